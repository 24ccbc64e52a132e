//! Recovery of an error ratio, by a sequential test.

use crate::verify::verifier::{Recovery, Sample, Verdict, Verifier};
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp};
use evenkeel_stats::sequential::BernoulliSequence;

evenkeel_core::state! {
    /// Says that users are fine again when the share of bad requests is surely below an objective, and that
    /// they are not when it is surely above.
    ///
    /// *When*: requests can be counted as good or bad. *Not when* there are next to none: it then stays
    /// undecided for long, which is right.
    ///
    /// *Method*: two beta-binomial confidence sequences ([`BernoulliSequence`]; H. Robbins 1970,
    /// doi:10.1214/aoms/1177696786). Recovered: the upper limit falls below the objective; its prior of rates
    /// has mean a tenth of the objective, where it is tightest. Failing: the lower limit of all data since
    /// the last action rises above it. The sequence of the upper limit starts afresh whenever its share of
    /// bad requests exceeds the objective, so that a fix that needs a moment is not held against itself for
    /// ever; the `j`-th start, from 0, may err with probability `alpha / ((j + 1)(j + 2))`, which sums to
    /// `alpha`. So over an incident in which the bad share never was below the objective, with all its
    /// [restarts](Verifier::restart), "recovered" is said with probability at most `alpha`, whenever it is
    /// read. It is no fixed number of good windows: with few requests it takes longer, and it says so.
    ///
    /// *Parameters*: objective in (0, 1); `alpha` in (0, 0.5], default 0.01. *Output*: after each sample with
    /// requests the verdict, with its limits. *Delay*: without bad requests about `ln(2 / alpha) / objective`
    /// requests.
    ///
    /// *Missing data*: a sample that is missing, has no requests or is a mere value teaches nothing; there is
    /// no opinion on it.
    ///
    /// *Time*: times must rise from sample to sample, also over [restarts](Verifier::restart). One that is
    /// not later than the last that counted is late, or was delivered twice: it is counted
    /// ([`late`](Self::late)) and teaches nothing. So there is one sample for a time: add up what several
    /// sources count. One more than an hour ahead of the last that counted is doubted
    /// ([`doubted`](Self::doubted)) and does not count, until a later one follows, which does. A very first
    /// sample that no other followed gives way to one more than an hour earlier. When an action ended it
    /// can't know: the machine passes on only what is later.
    ///
    /// *Cost*: O(1) (a few roots in one variable). *State*: about 180 bytes.
    ///
    /// ```
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_remedy::verify::Verdict;
    /// use evenkeel_remedy::{ErrorRatio, Sample};
    ///
    /// let mut users = ErrorRatio::builder(0.01).build()?;
    /// let mut verdicts = (0..60).map(|s| {
    ///     let sample = if s % 3 == 0 { Sample::Missing } else { Sample::Counts { good: 20, bad: 0 } };
    ///     users.update(At::new(Timestamp::from_seconds(s), sample)).map(|r| r.verdict())
    /// });
    /// assert_eq!(verdicts.position(|v| v == Some(Verdict::Recovered)), Some(43)); // 580 good requests, none bad
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ErrorRatio("ErrorRatio@2") {
        settings: ErrorRatioBuilder,
        /// The number of starts of the upper limit so far, from 0.
        start: u64,
        /// Bad and good since that start.
        bad: u64,
        good: u64,
        /// The number of restarts so far, from 0, and bad and good since.
        restarts: u64,
        all_bad: u64,
        all_good: u64,
        /// The time of the last sample that counted, and whether another counted before it or was believed
        /// for it.
        latest: Option<Timestamp>,
        confirmed: bool,
        /// The time of a sample that is too far ahead to be believed.
        doubt: Option<Timestamp>,
        late: u64,
        doubted: u64,
    }
}

/// How far ahead of the last a sample may be to be believed at once.
const LARGEST_JUMP: Duration = Duration::from_secs(3600);

/// Settings of an [`ErrorRatio`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct ErrorRatioBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    objective: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    alpha: f64,
}

impl ErrorRatioBuilder {
    /// The probability, over a whole incident, of saying "recovered" though users never were; and of saying
    /// "failing" though they were fine throughout. In (0, 0.5]; default 0.01.
    pub fn alpha(mut self, probability: f64) -> Self {
        self.alpha = probability;
        self
    }

    /// The verifier.
    ///
    /// # Errors
    /// If the objective is not in [1e-6, 0.999] or `alpha` not in [1e-9, 0.5].
    pub fn build(self) -> Result<ErrorRatio, Error> {
        Error::require(
            (1e-6..=0.999).contains(&self.objective),
            "objective",
            "in [1e-6, 0.999]",
            self.objective,
        )?;
        Error::require((1e-9..=0.5).contains(&self.alpha), "alpha", "in [1e-9, 0.5]", self.alpha)?;
        Ok(ErrorRatio {
            settings: self,
            start: 0,
            bad: 0,
            good: 0,
            restarts: 0,
            all_bad: 0,
            all_good: 0,
            latest: None,
            confirmed: false,
            doubt: None,
            late: 0,
            doubted: 0,
        })
    }
}

/// The share of `alpha` that the `j`-th of infinitely many starts may spend.
fn share(alpha: f64, j: u64) -> f64 {
    (alpha / ((j as f64 + 1.0) * (j as f64 + 2.0))).max(1e-300)
}

impl ErrorRatio {
    /// A verifier of the promise that the share of bad requests is below `objective`.
    pub fn builder(objective: f64) -> ErrorRatioBuilder {
        ErrorRatioBuilder { objective, alpha: 0.01 }
    }

    /// What users were promised.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.settings.objective
    }

    /// The probability of erring.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.settings.alpha
    }

    /// What is thought now; `None` before the first request.
    #[must_use]
    pub fn recovery(&self) -> Option<Recovery> {
        if self.all_good == 0 && self.all_bad == 0 {
            return None;
        }
        let ErrorRatioBuilder { objective, alpha } = self.settings;
        let upper = {
            let (a, mean) = (0.5, 0.1 * objective);
            let sequence =
                BernoulliSequence::with_prior(share(alpha, self.start), a, a * (1.0 - mean) / mean);
            sequence.ok().and_then(|mut s| s.update_counts(self.bad, self.good)).map_or(1.0, |i| i.upper())
        };
        let lower = {
            let sequence = BernoulliSequence::new(share(alpha, self.restarts));
            sequence
                .ok()
                .and_then(|mut s| s.update_counts(self.all_bad, self.all_good))
                .map_or(0.0, |i| i.lower())
        };
        let verdict = if upper < objective {
            Verdict::Recovered
        } else if lower > objective {
            Verdict::Failing
        } else {
            Verdict::Undecided
        };
        Some(Recovery::new(verdict, objective, lower.min(upper), upper, self.bad.saturating_add(self.good)))
    }

    /// How many samples with requests came too late, or twice.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How many samples with requests were too far ahead to count.
    #[must_use]
    pub fn doubted(&self) -> u64 {
        self.doubted
    }

    /// Whether a sample of this time counts.
    fn admit(&mut self, time: Timestamp) -> bool {
        match self.latest {
            Some(latest) if time > latest + LARGEST_JUMP && self.doubt.is_none_or(|doubt| time <= doubt) => {
                self.doubt = Some(time);
                self.doubted = self.doubted.saturating_add(1);
                return false;
            }
            Some(latest) if time > latest => self.confirmed = true,
            Some(latest) if self.confirmed || time + LARGEST_JUMP >= latest => {
                self.late = self.late.saturating_add(1);
                return false;
            }
            _ => {}
        }
        (self.latest, self.doubt) = (Some(time), None);
        true
    }

    /// Begins the upper limit anew, at a smaller share of alpha.
    fn start_again(&mut self) {
        self.start = self.start.saturating_add(1);
        self.bad = 0;
        self.good = 0;
    }

    fn exceeds(&self) -> bool {
        let trials = self.bad as f64 + self.good as f64;
        self.bad as f64 > self.settings.objective * trials
    }
}

impl Stage<At<Sample>> for ErrorRatio {
    type Output = Recovery;

    fn update(&mut self, x: At<Sample>) -> Option<Recovery> {
        let Sample::Counts { good, bad } = x.value else { return None };
        if good == 0 && bad == 0 || !self.admit(x.time) {
            return None;
        }
        // What is too bad already at the last sample gives way before this one is seen: a start never depends
        // on what it tests.
        if self.exceeds() {
            self.start_again();
        }
        self.bad = self.bad.saturating_add(bad);
        self.good = self.good.saturating_add(good);
        self.all_bad = self.all_bad.saturating_add(bad);
        self.all_good = self.all_good.saturating_add(good);
        self.recovery()
    }

    fn reset(&mut self) {
        self.start = 0;
        self.bad = 0;
        self.good = 0;
        self.restarts = 0;
        self.all_bad = 0;
        self.all_good = 0;
        (self.latest, self.confirmed, self.doubt) = (None, false, None);
        (self.late, self.doubted) = (0, 0);
    }
}

impl Verifier for ErrorRatio {
    fn restart(&mut self) {
        if self.all_bad == 0 && self.all_good == 0 {
            return; // nothing was looked at, nothing was spent
        }
        self.start_again();
        self.restarts = self.restarts.saturating_add(1);
        self.all_bad = 0;
        self.all_good = 0;
    }

    fn is_promising(&self) -> bool {
        let (good, bad) = (self.all_good as f64, self.all_bad as f64);
        good > 0.0 && bad <= self.settings.objective * (good + bad)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(ErrorRatioBuilder);

#[cfg(feature = "serde")]
impl ErrorRatio {
    fn validate(&self) -> Result<(), Error> {
        self.settings.build()?;
        Error::require(self.bad <= self.all_bad, "bad", "at most the total of bad requests", self.bad)?;
        Error::require(self.good <= self.all_good, "good", "at most the total of good requests", self.good)?;
        Error::require(self.restarts <= self.start, "restarts", "at most the starts", self.restarts)?;
        let seen = self.latest.is_some();
        let is_fresh = self.start == 0 && self.all_bad == 0 && self.all_good == 0;
        Error::require(seen || is_fresh, "latest", "a time once anything was counted", "none")?;
        let is_new = !self.confirmed && self.doubt.is_none();
        Error::require(seen || is_new, "latest", "a time once it was confirmed or doubted", "none")?;
        let Some(doubt) = self.doubt else { return Ok(()) };
        let is_ahead = self.latest.is_some_and(|latest| doubt > latest + LARGEST_JUMP);
        Error::require(is_ahead, "doubt", "more than an hour after `latest`", doubt)
    }
}
