//! From verdicts on alerts to the budget that keeps the promise.

use super::adjustment::Adjustment;
use crate::monitor::Budget;
use evenkeel_core::{Error, Timestamp, Watermark};
use evenkeel_stats::Gamma;

/// The prior of the ratio of false alarms: a gamma distribution of mean 1 with this shape. It counts as much
/// as so many false alarms.
const PRIOR: f64 = 1.0;
/// Before so many verdicts nothing is changed.
const LEAST_VERDICTS: u64 = 5;
/// The largest step of the scale by one verdict, as a factor.
const STEP: f64 = 2.0;
/// A smaller change, as a factor, is not made.
const WORTHWHILE: f64 = 1.1;
/// Larger counts say no more.
const MOST: f64 = 1e12;
/// Each missed event lets the scale go so much above 1, as a factor.
const FOR_A_MISS: f64 = 1.5;

/// What a person says of an alert, or of the lack of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Verdict {
    /// The alert was false: nothing was wrong.
    FalseAlarm,
    /// The alert was right.
    Confirmed,
    /// There was an event, and no alert.
    Missed,
}

evenkeel_core::state! {
    /// Moves thresholds by what people say of alerts, until false alarms come as often as the stated budget
    /// allows: it scales the budget that thresholds are given.
    ///
    /// *When*: behind a monitor or a fleet whose calibration can be wrong for the series that it meets, as
    /// values that depend on each other make it.
    ///
    /// *Method*: false alarms are a Poisson process with `ratio` times the rate that thresholds are given. The
    /// ratio has a gamma distribution, of mean 1 at first, that learns counts in time (A. Gelman and others,
    /// Bayesian Data Analysis, third edition, CRC 2013, chapter 2.6); the given budget becomes the stated one
    /// over its mean, and where the ratio is below 1, over its 95 % quantile, to be cautious. So it converges also
    /// where false alarms are another power of what thresholds are given. Verdicts may be wrong: of so many
    /// false ones as `mistaken` says is accounted for (W. J. Rogan, B. Gladen, Estimating prevalence from the
    /// results of a screening test, American Journal of Epidemiology 107 (1978) 71-76,
    /// doi:10.1093/oxfordjournals.aje.a112510), alerts without a verdict count like those with one, and no
    /// verdict moves the budget by more than a factor of two.
    ///
    /// Thresholds become lower than those of the stated budget only if events were missed, each missed one by a
    /// factor of up to 1.5 and only as far as false alarms then still keep the stated budget.
    ///
    /// *Parameters*
    ///
    /// | | range | default | why |
    /// | --- | --- | --- | --- |
    /// | `budget` | – | – | what false alarms are to keep |
    /// | `at_least`, `at_most` | (0, 1\], \[1, 1000\] | 1/100, 4 | the bounds of given over stated |
    /// | `mistaken` | \[0, 0.4\] | 0.1 | the share of verdicts that are wrong |
    /// | `memory` | \[10, 10⁶\] verdicts | 50 | an average of 50 is right to 14 % |
    ///
    /// *Output*: an [`Adjustment`] whenever the given budget changes (by a tenth or more), and never another
    /// change. Nothing changes before 5 verdicts. *Times*: as a [`Watermark`] believes them. *Cost*: O(1).
    /// *State*: 300 bytes.
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_detect::feedback::{Feedback, Verdict};
    /// use evenkeel_detect::monitor::Budget;
    ///
    /// let mut feedback = Feedback::builder(Budget::per_day(1.0)?).build()?;
    /// let hour = |n: i64| Timestamp::from_seconds(3_600 * n);
    /// let _ = feedback.advance(hour(0));
    /// // Six false alarms in a day and a half, where one a day was promised.
    /// let mut last = None;
    /// for i in 1..=6 {
    ///     let _ = feedback.alarm(hour(6 * i));
    ///     last = feedback.verdict(hour(6 * i), Verdict::FalseAlarm).or(last);
    /// }
    /// let adjustment = last.expect("a change");
    /// assert!(feedback.budget().rate() < 0.5 * feedback.stated().rate());
    /// assert!(adjustment.to_string().starts_with("thresholds raised at 1970-01-0"), "{adjustment}");
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Feedback("Feedback@1") {
        settings: FeedbackBuilder,
        clock: Watermark,
        /// The given budget over the stated one.
        scale: f64,
        /// False alarms that were given, in the time so far; with the other counts it fades by verdicts.
        given: f64,
        /// Alarms, and verdicts on alarms: wrong, right.
        alarms: f64,
        wrong: f64,
        right: f64,
        missed: f64,
        verdicts: (u64, u64, u64),
    }
}

/// Settings of a [`Feedback`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct FeedbackBuilder {
    budget: Budget,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    at_least: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    at_most: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    mistaken: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    memory: f64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(FeedbackBuilder);

impl FeedbackBuilder {
    /// Thresholds are never given less than this times the stated budget, in (0, 1]. Default 1/100.
    pub fn at_least(mut self, times: f64) -> Self {
        self.at_least = times;
        self
    }

    /// Thresholds are never given more than this times the stated budget, in [1, 1000]. Default 4.
    pub fn at_most(mut self, times: f64) -> Self {
        self.at_most = times;
        self
    }

    /// The share of verdicts that are wrong, in [0, 0.4]. Default 0.1.
    pub fn mistaken(mut self, share: f64) -> Self {
        self.mistaken = share;
        self
    }

    /// About how many verdicts count, in [10, 10⁶]. Default 50.
    pub fn memory(mut self, verdicts: f64) -> Self {
        self.memory = verdicts;
        self
    }

    /// The controller; it gives the stated budget at first.
    ///
    /// # Errors
    /// If a setting is out of its range, or the budget times a bound is none.
    pub fn build(self) -> Result<Feedback, Error> {
        let Self { budget, at_least, at_most, mistaken, memory } = self;
        Error::require(at_least > 0.0 && at_least <= 1.0, "at_least", "in (0, 1]", at_least)?;
        Error::require((1.0..=1e3).contains(&at_most), "at_most", "in [1, 1000]", at_most)?;
        Error::require((0.0..=0.4).contains(&mistaken), "mistaken", "in [0, 0.4]", mistaken)?;
        Error::require((10.0..=1e6).contains(&memory), "memory", "in [10, 10^6]", memory)?;
        for bound in [at_least, at_most] {
            let _ = budget.times(bound)?;
        }
        Ok(Feedback {
            settings: self,
            clock: Watermark::default(),
            scale: 1.0,
            given: 0.0,
            alarms: 0.0,
            wrong: 0.0,
            right: 0.0,
            missed: 0.0,
            verdicts: (0, 0, 0),
        })
    }
}

impl Feedback {
    /// A controller that keeps false alarms to `budget`.
    pub fn builder(budget: Budget) -> FeedbackBuilder {
        FeedbackBuilder { budget, at_least: 0.01, at_most: 4.0, mistaken: 0.1, memory: 50.0 }
    }

    /// The budget to give to thresholds now.
    pub fn budget(&self) -> Budget {
        // Within the bounds, which were checked.
        self.settings.budget.times(self.scale).unwrap_or(self.settings.budget)
    }

    /// The budget that false alarms are to keep.
    pub fn stated(&self) -> Budget {
        self.settings.budget
    }

    /// How many times as many false alarms as thresholds are given are believed to come: the mean, and the
    /// central interval of probability 0.9.
    #[must_use]
    pub fn ratio(&self) -> (f64, (f64, f64)) {
        let judged = self.wrong + self.right;
        // The share of false alarms among alarms, as far as verdicts are right.
        let mistaken = self.settings.mistaken;
        let said = if judged > 0.0 { self.wrong / judged } else { 0.0 };
        let share = ((said - mistaken) / (1.0 - 2.0 * mistaken)).clamp(0.0, 1.0);
        let shape = PRIOR + share * self.alarms.max(judged);
        let scale = 1.0 / (PRIOR + self.given);
        let interval = Gamma::new(shape, scale)
            .map_or((0.0, f64::MAX), |ratio| (ratio.lower_quantile(0.05), ratio.upper_quantile(0.05)));
        (shape * scale, interval)
    }

    /// Lets time pass without an alarm.
    pub fn advance(&mut self, now: Timestamp) -> Option<Adjustment> {
        self.pass(now);
        self.adjust()
    }

    /// Counts an alert of the monitor, or a page of the fleet. Without these calls alerts are only those that
    /// have a verdict.
    pub fn alarm(&mut self, now: Timestamp) -> Option<Adjustment> {
        self.pass(now);
        self.alarms = (self.alarms + 1.0).min(MOST);
        self.adjust()
    }

    /// Takes what a person says, at the time at which it is said.
    pub fn verdict(&mut self, now: Timestamp, verdict: Verdict) -> Option<Adjustment> {
        self.pass(now);
        let keep = 1.0 - 1.0 / self.settings.memory;
        for count in [&mut self.given, &mut self.alarms, &mut self.wrong, &mut self.right, &mut self.missed] {
            *count *= keep;
        }
        let (wrong, right, missed) = &mut self.verdicts;
        let (count, all) = match verdict {
            Verdict::FalseAlarm => (&mut self.wrong, wrong),
            Verdict::Confirmed => (&mut self.right, right),
            Verdict::Missed => (&mut self.missed, missed),
        };
        *count += 1.0;
        *all = all.saturating_add(1);
        self.adjust()
    }

    fn pass(&mut self, now: Timestamp) {
        let elapsed = self.clock.tick(now).elapsed();
        self.given = (self.given + self.settings.budget.expected_in(elapsed) * self.scale).min(MOST);
    }

    /// Follows what is believed.
    fn adjust(&mut self) -> Option<Adjustment> {
        let (wrong, right, missed) = self.verdicts;
        if wrong.saturating_add(right).saturating_add(missed) < LEAST_VERDICTS {
            return None;
        }
        let FeedbackBuilder { at_least, at_most, .. } = self.settings;
        let (ratio, interval) = self.ratio();
        let for_misses = libm::pow(FOR_A_MISS, self.missed);
        let wanted = if ratio >= 1.0 {
            1.0 / ratio
        } else {
            (1.0 / interval.1.max(ratio)).clamp(1.0, for_misses.max(1.0))
        };
        let bounded = wanted.clamp(at_least, at_most);
        let scale = bounded.clamp(self.scale / STEP, self.scale * STEP);
        if (WORTHWHILE.recip()..WORTHWHILE).contains(&(scale / self.scale)) {
            return None;
        }
        let from = self.budget();
        self.scale = scale;
        Some(Adjustment {
            at: self.clock.latest().unwrap_or(Timestamp::EPOCH),
            from,
            to: self.budget(),
            stated: self.settings.budget,
            ratio,
            interval,
            verdicts: [wrong, right, missed],
            is_bounded: bounded != wanted,
        })
    }

    /// Forgets what it learned, as if freshly built.
    pub fn reset(&mut self) {
        if let Ok(fresh) = self.settings.build() {
            *self = fresh;
        }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let FeedbackBuilder { at_least, at_most, .. } = self.settings.build()?.settings;
        let inside = (at_least..=at_most).contains(&self.scale);
        Error::require(inside, "scale", "within its bounds", self.scale)?;
        let counts = [self.given, self.alarms, self.wrong, self.right, self.missed];
        let sound = counts.iter().all(|count| (0.0..=MOST).contains(count));
        Error::require(sound, "counts", "finite, at least 0", format_args!("{counts:?}"))
    }
}
