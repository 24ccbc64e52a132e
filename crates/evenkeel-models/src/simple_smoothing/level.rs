//! The recursion of the level, exact across gaps.

/// A level that moves by `alpha` times each surprise, with what is not known of it after a gap.
///
/// The innovations have variance 1. Without gaps the level is known exactly and the recursion is the
/// textbook's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) mean: f64,
    /// Variance of the level in units of the innovation variance.
    pub(super) variance: f64,
}

/// Below this a variance of the level is taken for none.
const SETTLED: f64 = 1e-14;

impl Level {
    pub(super) fn at(mean: f64) -> Self {
        Self { mean, variance: 0.0 }
    }

    /// Variance of the next value.
    pub(super) fn spread(&self) -> f64 {
        self.variance + 1.0
    }

    /// The share of a surprise that the level keeps.
    pub(super) fn gain(&self, alpha: f64) -> f64 {
        (self.variance + alpha) / self.spread()
    }

    /// Takes a value.
    pub(super) fn observe(&mut self, alpha: f64, y: f64) {
        let gain = self.gain(alpha);
        self.mean += gain * (y - self.mean);
        let left = self.variance + alpha * alpha - gain * (self.variance + alpha);
        self.variance = if left > SETTLED { left } else { 0.0 };
    }

    /// Goes on without a value.
    pub(super) fn skip(&mut self, alpha: f64) {
        self.variance += alpha * alpha;
    }
}
