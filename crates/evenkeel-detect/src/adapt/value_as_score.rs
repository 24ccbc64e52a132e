//! Identity: a value as its own score.

#[cfg(feature = "serde")]
use alloc::string::String;
use evenkeel_core::{Direction, Score, Stage, observed};

/// The value itself as its score: for metrics that already measure how bad things are (a queue length, a
/// count of errors), before a calibrator.
///
/// *Score*: the value, on its own scale, direction up. *Missing data*: silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValueAsScore;

impl Stage<f64> for ValueAsScore {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        Score::new(observed(x)?, Direction::Up)
    }

    fn reset(&mut self) {}
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for ValueAsScore {
    fn schema() -> String {
        "ValueAsScore@1".into()
    }
}
