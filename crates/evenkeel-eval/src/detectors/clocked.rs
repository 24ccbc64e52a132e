//! Detectors that need the time of each row.

use core::time::Duration;
use evenkeel_core::{At, Score, Stage, Timestamp};

/// Gives every row a time: rows are `step` apart, from an arbitrary one on.
pub(super) struct Clocked<D> {
    detector: D,
    step: Duration,
    now: Timestamp,
}

impl<D> Clocked<D> {
    pub(super) fn new(detector: D, step: Duration) -> Self {
        Self { detector, step, now: Timestamp::EPOCH }
    }
}

impl<D: Stage<At<f64>, Output = Score>> Stage<f64> for Clocked<D> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let said = self.detector.update(At::new(self.now, x));
        self.now = self.now + self.step;
        said
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.now = Timestamp::EPOCH;
    }
}
