//! How often series fall silent by themselves.

use core::time::Duration;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_stats::special::incomplete_beta;

/// What was seen counts half after a week.
const HALF_LIFE: f64 = 604_800.0;

/// More losses say no more.
const MOST: f64 = 1e9;

/// The rate at which series fall silent while nothing is wrong: a gamma distribution, learned from counts in
/// time. Its prediction of a count is negative binomial (A. Gelman and others, Bayesian Data Analysis, third
/// edition, CRC 2013, chapter 2.6).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct LossRate {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    losses: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    seconds: f64,
}

impl LossRate {
    /// Before anything was seen: as if there had been one in the time of a `window`.
    pub(super) fn new(window: Duration) -> Self {
        Self { losses: 1.0, seconds: window.as_secs_f64() }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        let fade = libm::exp2(-seconds / HALF_LIFE);
        // What was learned counts less and less, and never less than one loss.
        (self.losses, self.seconds) =
            (self.losses.max(1.0) * fade, (self.seconds * fade + seconds).max(1e-9));
    }

    /// Learns losses that were no incident: an outage is no rate.
    pub(super) fn learn(&mut self, losses: u64) {
        self.losses = (self.losses + losses as f64).min(MOST);
    }

    /// The probability of at least so many in the time of a window.
    pub(super) fn at_least(&self, losses: u64, window: Duration) -> f64 {
        if losses == 0 {
            return 1.0;
        }
        let window = window.as_secs_f64();
        let p = window / (self.seconds + window);
        incomplete_beta(losses as f64, self.losses.max(0.5), p, 1.0 - p).lower()
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self) -> Result<(), Error> {
        let sound = (0.0..=MOST).contains(&self.losses) && (1e-9..=1e21).contains(&self.seconds);
        Error::require(sound, "losses", "a number in a time", self.losses)
    }
}
