//! The quality of a stream.

use super::counter_detection::CounterDetection;
use super::history_check::rounded;
use super::quality::Quality;
use super::stuck::is_stuck;
use crate::series::nanos;
use evenkeel_core::{At, Error, SourceHealth, Stage, Timestamp, Unreliable, observed};

/// Intervals from which the step is learned.
const LEARNED_FROM: usize = 16;
/// The number of newest samples of which a bit each is kept.
const REMEMBERED: u32 = u64::BITS;

evenkeel_core::state! {
    /// Checks a stream of samples as they come, and gives the health of the source after each. Made by
    /// [`Quality::watch`], whose thresholds it keeps.
    ///
    /// ```
    /// use evenkeel_core::{At, SourceHealth, Stage, Timestamp, Unreliable};
    /// use evenkeel_series::clean::Quality;
    ///
    /// let mut watch = Quality::new().step(core::time::Duration::from_secs(10)).watch()?;
    /// let at = |second: i64, value| At::new(Timestamp::from_seconds(second), value);
    /// for i in 0..100 {
    ///     assert_eq!(watch.update(at(10 * i, (i as f64).sin())), Some(SourceHealth::Fresh));
    /// }
    /// // A sensor that hangs; then polls that bring nothing.
    /// let hung: Vec<_> = (100..120).filter_map(|i| watch.update(at(10 * i, 0.5))).collect();
    /// assert_eq!(hung.last(), Some(&SourceHealth::Unreliable(Unreliable::Stuck)));
    /// let polled: Vec<_> = (120..141).filter_map(|i| watch.update(at(10 * i, f64::NAN))).collect();
    /// assert_eq!(polled[3], SourceHealth::Stale);
    /// assert_eq!(polled[20], SourceHealth::Broken);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// A missing value with a time is a tick: time went on without a value. Without ticks a silent source
    /// cannot be noticed, since a stage has no clock. The output is the worst of: *broken* and *stale*, by
    /// the age of the newest usable value; *clock skew*, for 64 samples after `patience` samples in order
    /// behind the newest (from then on their times are believed); *stuck*; *gaps*, *late*, *disorder* (also
    /// repeated times), if more than the tolerated share of the newest 64 samples is absent, late or out of
    /// order. A counter that rests is not stuck. Counters are [detected](Self::is_counter) as described at
    /// [`Quality`], or [declared](Quality::counter).
    ///
    /// Without a given step there is no output until it is learned: the median of the first 16 intervals.
    /// O(1) time and 400 bytes.
    #[derive(Debug, Clone, PartialEq)]
    pub struct QualityWatch("QualityWatch@2") {
        step: Option<u64>,
        gap: f64,
        late: f64,
        stale: f64,
        broken: f64,
        tolerated: f64,
        shortest_stuck: u64,
        patience: u32,
        /// `None`: to be detected.
        counter: Option<bool>,
        seen: Seen,
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Seen);

/// What was learned from the data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Seen {
    /// The first intervals in order, as many as were seen.
    intervals: [u64; LEARNED_FROM],
    learned: u32,
    newest: Option<Timestamp>,
    previous: Option<Timestamp>,
    /// Samples in order behind the newest, the last ones.
    behind: u32,
    /// For how many more samples clock skew is reported.
    skewed: u32,
    usable: Option<Timestamp>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    value: Option<f64>,
    run: u64,
    /// Pairs of neighbors before the run, and the equal ones among them.
    pairs: u64,
    equal_pairs: u64,
    /// A bit of each of the newest samples.
    absent: u64,
    late: u64,
    disordered: u64,
    growth: CounterDetection,
}

impl Quality {
    /// A stage that checks a stream.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn watch(&self) -> Result<QualityWatch, Error> {
        self.validate()?;
        QualityWatch::new(self)
    }
}

impl QualityWatch {
    fn new(settings: &Quality) -> Result<Self, Error> {
        let step = settings.step.map(nanos).transpose()?.map(i64::unsigned_abs);
        Ok(Self {
            step,
            gap: settings.gap,
            late: settings.late,
            stale: settings.stale,
            broken: settings.broken,
            tolerated: settings.tolerated,
            shortest_stuck: settings.stuck,
            patience: settings.patience,
            counter: settings.counter,
            seen: Seen::default(),
        })
    }

    /// The time from sample to sample, given or learned; `None` while it is learned.
    #[must_use]
    pub fn step(&self) -> Option<core::time::Duration> {
        self.step_nanos().map(core::time::Duration::from_nanos)
    }

    /// Whether the values are treated as those of a counter: as [declared](Quality::counter), else as
    /// detected so far.
    #[must_use]
    pub fn is_counter(&self) -> bool {
        self.counter.unwrap_or_else(|| self.seen.growth.is_counter())
    }

    fn step_nanos(&self) -> Option<u64> {
        let known = self.seen.learned as usize >= LEARNED_FROM;
        self.step.or(known.then_some(self.seen.intervals[LEARNED_FROM / 2]))
    }

    /// Takes a time that is not before the newest; gives the number of samples missing before it.
    fn advance(&mut self, newest: Timestamp, time: Timestamp) -> u64 {
        let interval = time.as_nanos().abs_diff(newest.as_nanos());
        let seen = &mut self.seen;
        seen.newest = Some(time);
        seen.behind = 0;
        if interval > 0 && (seen.learned as usize) < LEARNED_FROM {
            let known = seen.learned as usize;
            let place = seen.intervals[..known].partition_point(|other| *other <= interval);
            seen.intervals[place..=known].rotate_right(1);
            seen.intervals[place] = interval;
            seen.learned += 1;
        }
        match self.step_nanos() {
            Some(step) if interval as f64 >= self.gap * step as f64 => {
                rounded(interval, step).saturating_sub(1)
            }
            _ => 0,
        }
    }

    /// Takes a time behind the newest.
    fn fall_behind(&mut self, time: Timestamp) {
        let in_order = self.seen.previous.is_some_and(|previous| time > previous);
        let seen = &mut self.seen;
        // Disorder among them lowers the count by one, so that a clock that was set back is found in disorder
        // too.
        seen.behind = match (seen.behind, in_order) {
            (0, _) => 1,
            (behind, true) => behind.saturating_add(1),
            (behind, false) => (behind - 1).max(1),
        };
        if seen.behind >= self.patience {
            seen.newest = Some(time);
            seen.usable = seen.usable.map(|usable| usable.min(time));
            seen.behind = 0;
            seen.skewed = REMEMBERED;
        }
    }

    fn learn(&mut self, value: f64) {
        let seen = &mut self.seen;
        seen.usable = seen.newest;
        seen.growth.learn(seen.value, value);
        let equal = seen.value == Some(value);
        if equal {
            seen.run = seen.run.saturating_add(1);
            return;
        }
        if seen.value.is_some() {
            // A stuck run is no evidence of how often values repeat normally.
            if !is_stuck(seen.run, self.shortest_stuck, seen.equal_pairs, seen.pairs) {
                seen.pairs = seen.pairs.saturating_add(seen.run - 1);
                seen.equal_pairs = seen.equal_pairs.saturating_add(seen.run - 1);
            }
            seen.pairs = seen.pairs.saturating_add(1);
            while seen.pairs >= 1 << 20 {
                seen.pairs /= 2;
                seen.equal_pairs /= 2;
            }
        }
        seen.value = Some(value);
        seen.run = 1;
    }

    fn health(&self, now: Timestamp, step: u64) -> SourceHealth {
        let seen = &self.seen;
        let age = seen.usable.map_or(f64::INFINITY, |usable| now.since(usable).as_nanos() as f64);
        let many = |bits: u64| f64::from(bits.count_ones()) > self.tolerated * f64::from(REMEMBERED);
        if age > self.broken * step as f64 {
            SourceHealth::Broken
        } else if age > self.stale * step as f64 {
            SourceHealth::Stale
        } else if seen.skewed > 0 {
            SourceHealth::Unreliable(Unreliable::ClockSkew)
        } else if !self.is_counter() && is_stuck(seen.run, self.shortest_stuck, seen.equal_pairs, seen.pairs)
        {
            SourceHealth::Unreliable(Unreliable::Stuck)
        } else if many(seen.absent) {
            SourceHealth::Unreliable(Unreliable::Gaps)
        } else if many(seen.late) {
            SourceHealth::Unreliable(Unreliable::Late)
        } else if many(seen.disordered) {
            SourceHealth::Unreliable(Unreliable::Disorder)
        } else {
            SourceHealth::Fresh
        }
    }
}

impl Stage<At<f64>> for QualityWatch {
    type Output = SourceHealth;

    fn update(&mut self, x: At<f64>) -> Option<SourceHealth> {
        let value = observed(x.value);
        let before = self.seen.newest.unwrap_or(x.time);
        let first = self.seen.newest.is_none();
        self.seen.skewed = self.seen.skewed.saturating_sub(1);
        let missed = if x.time >= before { self.advance(before, x.time) } else { 0 };
        let by = before.since(x.time).as_nanos() as f64;
        let late = self.step_nanos().is_some_and(|step| by > self.late * step as f64);
        if x.time < before {
            self.fall_behind(x.time);
        }
        let seen = &mut self.seen;
        seen.previous = Some(x.time);
        if x.time >= before {
            // First the missing samples, then this one.
            let gap = if missed >= u64::from(REMEMBERED) { u64::MAX } else { !(u64::MAX << missed) };
            let shifted = u32::try_from(missed).ok().and_then(|missed| seen.absent.checked_shl(missed));
            seen.absent = ((shifted.unwrap_or(0) | gap) << 1) | u64::from(value.is_none());
        } else if value.is_some() {
            // A late sample had been missing: the newest hole is filled.
            seen.absent &= seen.absent.wrapping_sub(1);
        }
        seen.late = (seen.late << 1) | u64::from(late);
        seen.disordered = (seen.disordered << 1) | u64::from(!first && x.time <= before);
        // A late value does not make the source fresh.
        if let Some(value) = value.filter(|_| seen.newest == Some(x.time)) {
            self.learn(value);
        }
        let step = self.step_nanos()?;
        Some(self.health(self.seen.newest.unwrap_or(x.time), step))
    }

    fn reset(&mut self) {
        self.seen = Seen::default();
    }
}

#[cfg(feature = "serde")]
impl QualityWatch {
    fn validate(&self) -> Result<(), Error> {
        let mut settings = Quality::new()
            .gap(self.gap)
            .late(self.late)
            .stale(self.stale)
            .broken(self.broken)
            .tolerated(self.tolerated)
            .stuck(self.shortest_stuck)
            .patience(self.patience);
        if let Some(step) = self.step {
            settings = settings.step(core::time::Duration::from_nanos(step));
        }
        settings.watch()?;
        let seen = &self.seen;
        let known = usize::try_from(seen.learned).unwrap_or(usize::MAX);
        Error::require(known <= LEARNED_FROM, "learned", "at most 16", seen.learned)?;
        let (intervals, unknown) = seen.intervals.split_at(known);
        Error::require(
            intervals.is_sorted() && intervals.first() != Some(&0) && unknown.iter().all(|x| *x == 0),
            "intervals",
            "in order, above 0, and 0 where unknown",
            "not so",
        )?;
        Error::require(
            (seen.value.is_some()) == (seen.run > 0) && seen.value.is_none_or(|x| observed(x).is_some()),
            "run",
            "above 0 with an observed value, 0 without",
            seen.run,
        )?;
        Error::require(
            seen.equal_pairs <= seen.pairs && seen.pairs < 1 << 20,
            "pairs",
            "below 2^20, and at least the equal ones",
            seen.pairs,
        )?;
        Error::require(seen.growth.is_sound(), "growth", "at most as many falls as changes", "more")?;
        Error::require(seen.skewed <= REMEMBERED, "skewed", "at most 64", seen.skewed)?;
        Error::require(seen.behind < self.patience, "behind", "below patience", seen.behind)?;
        Error::require(seen.usable <= seen.newest, "usable", "not after the newest", "after it")?;
        Ok(())
    }
}
