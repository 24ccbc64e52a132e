//! A closure as a detector.

use evenkeel_core::{Direction, Score, Stage};
use std::sync::Arc;

/// A closure that scores values, and what makes another with fresh state.
pub(super) struct Scorer<F, S> {
    build: Arc<F>,
    score: S,
}

impl<F: Fn() -> S, S> Scorer<F, S> {
    pub(super) fn new(build: Arc<F>) -> Self {
        Self { score: build(), build }
    }
}

impl<F: Fn() -> S, S: FnMut(f64) -> f64> Stage<f64> for Scorer<F, S> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        Score::new((self.score)(x), Direction::Either)
    }

    fn reset(&mut self) {
        self.score = (self.build)();
    }
}
