//! Huber-bounded exponentially weighted level and spread of a coordinate.

#[cfg(feature = "serde")]
use evenkeel_core::{Error, Prediction};

/// Exponentially weighted level and standard deviation; the first values count alike. A value counts for at
/// most `bound` standard deviations (P. J. Huber), once ten values are known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct HuberEwm {
    level: f64,
    /// The mean absolute deviation, which a large value does not inflate as it does a square.
    deviation: f64,
    count: u64,
}

/// The standard deviation of a normal distribution in mean absolute deviations.
const NORMAL: f64 = 1.253_314_137_315_500_1;
const FARTHEST: f64 = 1e6;

impl HuberEwm {
    /// The value in standard deviations from the level, at most a million; 0 where nothing varies yet.
    pub(crate) fn standardize(&self, x: f64) -> f64 {
        let z = (x - self.level) / (NORMAL * self.deviation);
        if z.is_finite() { z.clamp(-FARTHEST, FARTHEST) } else { 0.0 }
    }

    pub(crate) fn learn(&mut self, x: f64, memory: f64, bound: f64) {
        self.count = self.count.saturating_add(1);
        if self.count == 1 {
            self.level = x;
            return;
        }
        let off = x - self.level;
        let farthest = bound * NORMAL * self.deviation;
        let bounded = if self.count > 10 && farthest > 0.0 { off.clamp(-farthest, farthest) } else { off };
        let weight = (1.0 / self.count as f64).max(1.0 / memory);
        self.level += weight * bounded;
        // The first deviation comes with the second value.
        let weight = (1.0 / (self.count - 1) as f64).max(1.0 / memory);
        self.deviation += weight * (bounded.abs() - self.deviation);
    }

    #[cfg(feature = "serde")]
    pub(crate) fn numbers(&self) -> [f64; 3] {
        [self.level, self.deviation, self.count as f64]
    }

    #[cfg(feature = "serde")]
    pub(crate) fn restore([level, deviation, count]: [f64; 3]) -> Result<Self, Error> {
        let sane = Prediction::new(level, deviation).is_some()
            && level.abs() <= 1e101
            && deviation <= 1e102
            && (0.0..=1e15).contains(&count);
        Error::require(sane, "tracker", "a finite level and spread, and a count", level)?;
        Ok(Self { level, deviation, count: count as u64 })
    }
}
