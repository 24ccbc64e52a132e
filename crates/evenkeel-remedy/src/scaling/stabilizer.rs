//! Stabilization windows, rate limits and bounds.

use crate::scaling::behavior::{Behavior, RatePolicy, Select};
use crate::scaling::sizing::Sizing;
use alloc::collections::VecDeque;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// How many spans of time are told apart in a window, and in the longest period of rate policies.
const SPANS: usize = 512;

/// What was called for within a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Recommendation {
    first: Timestamp,
    last: Timestamp,
    least: u32,
    most: u32,
}

/// By how much the size moved within a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Change {
    first: Timestamp,
    last: Timestamp,
    out: u64,
    within: u64,
}

/// Settings of a [`Stabilizer`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct StabilizerBuilder {
    least: u32,
    most: u32,
    scale_out: Behavior,
    scale_in: Behavior,
    silence: Option<Duration>,
}

impl StabilizerBuilder {
    /// How the size may grow. Default: [`Behavior::standard_out`].
    pub fn scale_out(mut self, behavior: Behavior) -> Self {
        self.scale_out = behavior;
        self
    }

    /// How the size may shrink. Default: [`Behavior::standard_in`].
    pub fn scale_in(mut self, behavior: Behavior) -> Self {
        self.scale_in = behavior;
        self
    }

    /// After how long without a reading all that was known is stale: the size then does not shrink until the
    /// window of scaling in has passed with readings, as at the very start. Default: 120 s.
    pub fn silence(mut self, length: Duration) -> Self {
        self.silence = Some(length);
        self
    }

    /// Lets the very first reading, and one after any silence, shrink the size at once.
    pub fn without_silence_check(mut self) -> Self {
        self.silence = None;
        self
    }

    /// The stabilizer.
    ///
    /// # Errors
    /// If the bounds are not `1 <= least <= most`.
    pub fn build(self) -> Result<Stabilizer, Error> {
        self.validate()?;
        let (recommendations, changes) =
            (VecDeque::with_capacity(SPANS + 2), VecDeque::with_capacity(SPANS + 2));
        Ok(Stabilizer { settings: self, recommendations, changes, latest: None, late: 0, before: None })
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.least > 0, "least", "at least 1", self.least)?;
        Error::require(self.most >= self.least, "most", "at least the least", self.most)?;
        self.scale_out.validate()?;
        self.scale_in.validate()
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Recommendation);
#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Change);
#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Before);
#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(StabilizerBuilder);

/// When which size was seen, and which it was to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Before {
    at: Timestamp,
    replicas: u32,
}

evenkeel_core::state! {
    /// Keeps a size calm: windows over what was called for, limits of the rate, bounds.
    ///
    /// *Method*: as in the Kubernetes autoscaler. The size grows to the least that was called for within the
    /// window of scaling out, and shrinks to the most that was called for within that of scaling in, each
    /// with what is called for now. So it moves towards what is called for or not at all, and the two windows
    /// never pull in different directions. Then the rate policies hold, counted from what really became of
    /// the size within their periods, whoever changed it; then the bounds.
    ///
    /// *Deviations*: a time without readings, [`hold`](Self::hold) or a long silence, counts as if the
    /// present size had been called for, so after an outage of the source the size shrinks only once the
    /// window has passed with readings. Kubernetes does so at the start only.
    ///
    /// *Times*: one that is earlier than the latest is taken for the latest and counted
    /// ([`late`](Self::late)).
    ///
    /// *Cost*: O(512) a call at most. *State*: at most 28 kB; readings that come faster than 512 in the
    /// longest window are put together, so that the window gets longer by at most a 512th.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_remedy::scaling::{Behavior, Stabilizer};
    ///
    /// let minute = Duration::from_secs(60);
    /// let calm = Behavior::new(Duration::ZERO)?.replicas(2, minute)?;
    /// let mut stabilizer = Stabilizer::builder(2, 20).scale_out(calm).build()?;
    /// let at = Timestamp::from_seconds;
    /// assert_eq!(stabilizer.stabilize(at(0), 5, 12).to(), 7);
    /// assert_eq!(stabilizer.stabilize(at(15), 7, 12).to(), 7);
    /// assert_eq!(stabilizer.stabilize(at(60), 7, 12).to(), 9);
    /// // Fewer are called for: not in the next five minutes.
    /// assert_eq!(stabilizer.stabilize(at(75), 9, 3).to(), 9);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Stabilizer("Stabilizer@1") {
        settings: StabilizerBuilder,
        recommendations: VecDeque<Recommendation>,
        changes: VecDeque<Change>,
        latest: Option<Timestamp>,
        late: u64,
        before: Option<Before>,
    }
}

/// Whether a time still belongs to the span that began at `first`, so that at most `SPANS` fit into `longest`.
fn joins(first: Timestamp, now: Timestamp, longest: Duration) -> bool {
    now.since(first) <= longest / SPANS as u32
}

/// Whether spans follow each other, up to a time.
#[cfg(feature = "serde")]
fn in_order(mut spans: impl Iterator<Item = (Timestamp, Timestamp)>, latest: Timestamp) -> bool {
    let mut last = Timestamp::MIN;
    spans.all(|(first, end)| {
        let fits = last <= first && first <= end && end <= latest;
        last = end;
        fits
    })
}

impl Stabilizer {
    /// Keeps the size between these bounds, at least 1.
    pub fn builder(least: u32, most: u32) -> StabilizerBuilder {
        StabilizerBuilder {
            least,
            most,
            scale_out: Behavior::standard_out(),
            scale_in: Behavior::standard_in(),
            silence: Some(Duration::from_secs(120)),
        }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.settings.validate()?;
        let n = self.recommendations.len().max(self.changes.len());
        Error::require(n <= SPANS + 2, "spans", "at most 514", n)?;
        let latest = self.latest.unwrap_or(Timestamp::MIN);
        let recommended = self.recommendations.iter().map(|r| (r.first, r.last));
        let changed = self.changes.iter().map(|c| (c.first, c.last));
        let fits = in_order(recommended, latest)
            && in_order(changed, latest)
            && self.before.is_none_or(|before| before.at <= latest);
        Error::require(fits, "times", "in order", "out of order")
    }

    /// The smallest and the largest size.
    #[must_use]
    pub fn bounds(&self) -> (u32, u32) {
        (self.settings.least, self.settings.most)
    }

    /// How many times were earlier than the latest.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Forgets all that was called for and done.
    pub fn reset(&mut self) {
        self.recommendations.clear();
        self.changes.clear();
        (self.latest, self.late, self.before) = (None, 0, None);
    }

    /// Nothing is known at this time, when there are so many replicas: the size stays.
    pub fn hold(&mut self, now: Timestamp, replicas: u32) {
        let now = self.advance(now, replicas);
        self.remember(now, u32::MAX, replicas);
        self.before = Some(Before { at: now, replicas });
    }

    /// What may become of a size, where another is called for.
    pub fn stabilize(&mut self, now: Timestamp, replicas: u32, wanted: u32) -> Sizing {
        let silent = match (self.latest, self.settings.silence) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(latest), Some(silence)) => now.since(latest) > silence,
        };
        let now = self.advance(now, replicas);
        if silent {
            self.remember(now, u32::MAX, replicas);
        }
        let (mut floor, mut ceiling) = (wanted, wanted);
        for r in &self.recommendations {
            let age = now.since(r.last);
            if age < self.settings.scale_out.window {
                floor = floor.min(r.least);
            }
            if age < self.settings.scale_in.window {
                ceiling = ceiling.max(r.most);
            }
        }
        let stabilized = replicas.max(floor).min(ceiling);
        self.remember(now, wanted, wanted);
        self.before = Some(Before { at: now, replicas });
        let limited = self.limit(now, replicas, stabilized);
        let to = limited.clamp(self.settings.least, self.settings.most);
        Sizing::new(replicas, wanted, stabilized, to)
    }

    /// Moves on to a time, forgets what is too old, and notes what became of the size since.
    fn advance(&mut self, now: Timestamp, replicas: u32) -> Timestamp {
        let latest = self.latest.unwrap_or(now);
        self.late = self.late.saturating_add(u64::from(now < latest));
        let now = now.max(latest);
        self.latest = Some(now);
        let period = self.longest_period();
        if let Some(before) = self.before {
            let out = u64::from(replicas.saturating_sub(before.replicas));
            let within = u64::from(before.replicas.saturating_sub(replicas));
            if out > 0 || within > 0 {
                match self.changes.back_mut() {
                    Some(change) if joins(change.first, before.at, period) => {
                        change.last = before.at;
                        change.out = change.out.saturating_add(out);
                        change.within = change.within.saturating_add(within);
                    }
                    _ => self.changes.push_back(Change { first: before.at, last: before.at, out, within }),
                }
            }
        }
        while self.changes.front().is_some_and(|c| now.since(c.last) >= period) {
            self.changes.pop_front();
        }
        let window = self.longest_window();
        while self.recommendations.front().is_some_and(|r| now.since(r.last) >= window) {
            self.recommendations.pop_front();
        }
        now
    }

    fn longest_window(&self) -> Duration {
        self.settings.scale_out.window.max(self.settings.scale_in.window)
    }

    fn longest_period(&self) -> Duration {
        let policies = self.settings.scale_out.policies.iter().chain(&self.settings.scale_in.policies);
        policies.map(|policy| policy.parts().1).max().unwrap_or_default()
    }

    fn remember(&mut self, now: Timestamp, least: u32, most: u32) {
        let window = self.longest_window();
        if window.is_zero() {
            return;
        }
        match self.recommendations.back_mut() {
            Some(r) if joins(r.first, now, window) => {
                r.last = now;
                r.least = r.least.min(least);
                r.most = r.most.max(most);
            }
            _ => self.recommendations.push_back(Recommendation { first: now, last: now, least, most }),
        }
    }

    /// The rate policies.
    fn limit(&self, now: Timestamp, replicas: u32, wanted: u32) -> u32 {
        let out = wanted > replicas;
        let behavior = if out { &self.settings.scale_out } else { &self.settings.scale_in };
        if wanted == replicas || (behavior.policies.is_empty() && behavior.select != Select::Disabled) {
            return wanted;
        }
        let allowed = behavior.policies.iter().map(|policy| {
            let (number, period) = policy.parts();
            let mut start = i64::from(replicas);
            for change in self.changes.iter().filter(|c| now.since(c.last) < period) {
                start = start.saturating_sub_unsigned(change.out).saturating_add_unsigned(change.within);
            }
            match (policy, out) {
                (RatePolicy::Replicas { .. }, true) => start.saturating_add(i64::from(number)),
                (RatePolicy::Replicas { .. }, false) => start.saturating_sub(i64::from(number)),
                (RatePolicy::Percent { .. }, true) => {
                    libm::ceil(start as f64 * (1.0 + f64::from(number) / 100.0)) as i64
                }
                (RatePolicy::Percent { .. }, false) => {
                    libm::trunc(start as f64 * (1.0 - f64::from(number) / 100.0)) as i64
                }
            }
        });
        let limit = match (behavior.select, out) {
            (Select::Disabled, _) => None,
            (Select::Most, true) | (Select::Least, false) => allowed.max(),
            (Select::Least, true) | (Select::Most, false) => allowed.min(),
        };
        let (now, wanted) = (i64::from(replicas), i64::from(wanted));
        let limit = limit.unwrap_or(now);
        // What was done already never makes it go the other way.
        let size = if out { wanted.min(limit.max(now)) } else { wanted.max(limit.min(now)) };
        u32::try_from(size).unwrap_or(replicas)
    }
}
