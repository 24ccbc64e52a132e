//! A one-sided CUSUM of normal scores, with the threshold of its share of a budget.

use crate::chart::run_length::ThresholdTable;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// An event is over once its return to normal is so many times as likely as its going on: the logarithm
/// of 1000.
const OVER: f64 = 6.907_755_278_982_137;
/// By how much, as a log likelihood ratio, a sum may exceed its threshold: nothing rarer than a millionth of
/// the budget is reported.
const MOST_EXCESS: f64 = 13.815_510_557_964_274;
/// The most excursions that may pass a threshold in a calibration; where more are expected, nothing is
/// concluded about dependence.
const MOST_ALLOWED: usize = 31;
/// The cumulative sum of log likelihood ratios of a shift against none, restarted at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct OneSidedCusum {
    /// The shift to detect, in standard deviations of the normal scores.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shift: f64,
    /// The threshold for independent values, in standard deviations.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    least: f64,
    /// At this sum it raises: at `least`, or beyond what the values that it was calibrated on reached.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    threshold: f64,
    /// [`form`] of the threshold.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    at_threshold: f64,
    /// [`rate`](Self::rate) of a sum of 0, where it is most of the time.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    at_rest: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    sum: f64,
    /// The largest sum since it was raised; 0 while it is not.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    peak: f64,
}

impl OneSidedCusum {
    /// Detects a shift by twice the allowance, and raises every `run_length` normal scores on average when there is none.
    pub(super) fn new(table: &ThresholdTable, run_length: f64) -> Self {
        let (shift, least) = (2.0 * table.allowance, table.threshold(run_length));
        Self { shift, least, threshold: least, at_threshold: 0.0, at_rest: 0.0, sum: 0.0, peak: 0.0 }
            .with_threshold(least)
    }

    /// The same evidence under the budget of a fresh one for the same shift. By how many times the threshold
    /// was above that of independent values, it is then: dependence between values widens the excursions of
    /// a sum in proportion, whatever the budget.
    pub(super) fn rebudget(&mut self, fresh: &Self) {
        let widened = (self.threshold / self.least).max(1.0);
        let changed = fresh.with_threshold(widened * fresh.least);
        let most = changed.threshold + MOST_EXCESS / changed.shift;
        *self = Self { sum: self.sum.min(most), peak: self.peak.min(most), ..changed };
    }

    fn with_threshold(self, threshold: f64) -> Self {
        let at_threshold = form(self.shift, threshold);
        Self { threshold, at_threshold, at_rest: at_threshold / form(self.shift, 0.0), ..self }
    }

    /// Raises from now on only beyond what normal values reached by themselves: beyond the excursions of
    /// `normal_scores`, in their order, but for so many as are `expected` of independent ones. For those it
    /// changes hardly anything; values that depend on each other, as errors of a model after a spike do, come
    /// in runs, and runs that are usual are no evidence. An excursion counts at most twice the threshold, and
    /// never above three times the one of independent values, so that no incident makes blind. What was usual
    /// before is forgotten in about the time of one false alarm.
    pub(super) fn calibrate(&mut self, normal_scores: impl Iterator<Item = f64>, expected: f64) {
        let allowed = (expected + 2.0 * libm::sqrt(expected)) as usize;
        let mut largest = [0.0_f64; MOST_ALLOWED + 1];
        let (mut sum, mut peak) = (0.0_f64, 0.0_f64);
        for z in normal_scores.chain([f64::NEG_INFINITY]) {
            sum = (sum + z - 0.5 * self.shift).max(0.0);
            peak = peak.max(sum);
            if sum == 0.0 && peak > largest[MOST_ALLOWED] {
                let at = largest.partition_point(|other| *other >= peak);
                largest[at..].rotate_right(1);
                largest[at] = peak;
            }
            if sum == 0.0 {
                peak = 0.0;
            }
        }
        let beyond =
            largest.get(allowed).copied().unwrap_or(0.0).min(2.0 * self.threshold).min(3.0 * self.least);
        let before = self.least + (1.0 - expected.min(0.125)) * (self.threshold - self.least);
        *self = self.with_threshold(before.max(beyond));
    }

    pub(super) fn is_raised(&self) -> bool {
        self.peak > 0.0
    }

    /// Takes a normal score.
    #[inline]
    pub(super) fn update(&mut self, z: f64) {
        let most = self.threshold + MOST_EXCESS / self.shift;
        self.sum = (self.sum + z - 0.5 * self.shift).clamp(0.0, most);
        if self.sum >= self.threshold || self.is_raised() {
            self.peak = self.peak.max(self.sum);
            if (self.peak - self.sum) * self.shift >= OVER {
                self.peak = 0.0;
            }
        }
    }

    /// Resets it.
    pub(super) fn forget(&mut self) {
        *self = self.with_threshold(self.least);
        self.restart();
    }

    pub(super) fn restart(&mut self) {
        (self.sum, self.peak) = (0.0, 0.0);
    }

    /// How much more often than its threshold a sum so large is reached when nothing is wrong: 1 at the
    /// threshold, below 1 beyond.
    #[inline]
    pub(super) fn rate(&self) -> f64 {
        if self.sum > 0.0 { self.at_threshold / form(self.shift, self.sum) } else { self.at_rest }
    }

    /// Whether it is one of these settings.
    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, table: &ThresholdTable, run_length: f64) -> Result<(), Error> {
        let most = self.threshold + MOST_EXCESS / self.shift;
        let sound = self.shift == 2.0 * table.allowance
            && is_threshold(table, self.least, run_length)
            && (self.least..1e9).contains(&self.threshold)
            && *self == self.with_threshold(self.threshold)
            && (0.0..=most).contains(&self.sum)
            && (0.0..=most).contains(&self.peak);
        Error::require(sound, "sum", "one that its threshold allows", self.sum)
    }
}

/// Siegmund's form of the run length to a sum, up to a factor: exp(d) - d - 1 with d = `shift` (`sum` +
/// 1.166). Between sums of one chart it is a ratio, exact at the threshold by construction. D. Siegmund,
/// Sequential analysis, Springer 1985, doi:10.1007/978-1-4757-1862-1.
fn form(shift: f64, sum: f64) -> f64 {
    let d = shift * (sum + 1.166);
    libm::expm1(d) - d
}

/// Whether a threshold is the one of this run length.
#[cfg(feature = "serde")]
fn is_threshold(table: &ThresholdTable, least: f64, run_length: f64) -> bool {
    // One unit of threshold is exp(2 k) times the run length; logarithms may differ in the last bits.
    2.0 * table.allowance * (least - table.threshold(run_length)).abs() < 1e-9
}
