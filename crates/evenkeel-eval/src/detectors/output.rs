//! Transformations of raw scores.

use evenkeel_core::{Direction, Score, Stage};
use evenkeel_detect::adapt::SmoothedScore;

/// What is given to a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Scores as the detector gives them.
    Raw,
    /// [`smoothed`].
    Smoothed,
    /// [`alert_once`].
    Once,
    /// [`alert_once`] of [`smoothed`].
    SmoothedOnce,
}

impl Output {
    /// The output of raw scores.
    #[must_use]
    pub fn of(self, raw: &[f64]) -> Vec<f64> {
        match self {
            Self::Raw => raw.to_vec(),
            Self::Smoothed => smoothed(raw),
            Self::Once => alert_once(raw),
            Self::SmoothedOnce => alert_once(&smoothed(raw)),
        }
    }
}

/// The span of [`smoothed`].
const SPAN: usize = 20;

/// Scores behind [`SmoothedScore`] over a span of twenty rows, causal: they rise with an event and stay high
/// while it lasts.
#[expect(clippy::missing_panics_doc, reason = "the span is in range")]
#[must_use]
pub fn smoothed(raw: &[f64]) -> Vec<f64> {
    let mut stage = SmoothedScore::new(SPAN).expect("a span in range");
    let mut last = 0.0;
    let next = |raw: &f64| {
        let score = Score::new(*raw, Direction::Either).and_then(|score| stage.update(score));
        last = score.map_or(last, |score| score.value());
        last
    };
    raw.iter().map(next).collect()
}

/// For how many rows [`alert_once`] is quiet: a fifth of NAB's longest probation. A fifth of a file's own
/// probation would reveal how long the file is.
const QUIET: usize = 150;
/// How much larger a score must be to pass nevertheless.
const WORSE: f64 = 1.5;

/// After each score that passes, all others are 0 for 150 rows, unless they exceed it one and a half times:
/// of an event only the beginning passes, and what is worse.
///
/// ```
/// use evenkeel_eval::detectors::alert_once;
/// assert_eq!(alert_once(&[1.0, 1.2, 5.0, 5.0, 7.0, 8.0]), [1.0, 0.0, 5.0, 0.0, 0.0, 8.0]);
/// ```
#[must_use]
pub fn alert_once(scores: &[f64]) -> Vec<f64> {
    let mut told: Option<(usize, f64)> = None;
    let tell = |(row, score): (usize, &f64)| {
        let quiet = told.is_some_and(|(last, height)| row - last <= QUIET && *score <= WORSE * height);
        if quiet {
            0.0
        } else {
            told = Some((row, *score));
            *score
        }
    };
    scores.iter().enumerate().map(tell).collect()
}
