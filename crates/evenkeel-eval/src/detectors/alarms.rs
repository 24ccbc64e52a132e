//! Alarms under a budget.

use core::time::Duration;
use evenkeel_core::{At, Direction, Error, Score, Stage, Timestamp, TransitionKind};
use evenkeel_detect::alarm::ScoreAlarm;

/// How many false alarms are allowed, and in what time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Budget {
    /// False alarms a day.
    pub per_day: f64,
    /// How long a row is.
    pub step: Duration,
    /// How many scores the calibrator learns before its first p-value; `None`: as many as the library
    /// recommends.
    pub calibration: Option<usize>,
}

impl Budget {
    /// One false alarm a day at rows of this length, calibrated as the library recommends ([`ScoreAlarm`]).
    #[must_use]
    pub fn daily(step: Duration) -> Self {
        Self { per_day: 1.0, step, calibration: None }
    }

    /// Sets how many scores calibrate.
    #[must_use]
    pub fn with_calibration(mut self, scores: usize) -> Self {
        self.calibration = Some(scores);
        self
    }
}

/// The alarms that raw scores raise under a budget, by the library's [`ScoreAlarm`]. First and last row of each; rows of the
/// history only calibrate and are not among them. Rows for which `missing` is true are not asked about.
///
/// # Errors
/// If the budget is out of range: as much as an alarm in every row.
pub fn alarms(
    budget: &Budget,
    history: &[f64],
    scores: &[f64],
    missing: impl Fn(usize) -> bool,
) -> Result<Vec<(usize, usize)>, Error> {
    let day = Duration::from_secs(86_400);
    let builder = ScoreAlarm::builder(budget.per_day, day, budget.step);
    let mut alarm = match budget.calibration {
        Some(scores) => builder.calibration(scores).build()?,
        None => builder.build()?,
    };
    for score in history.iter().filter_map(|score| Score::new(*score, Direction::Up)) {
        alarm.learn(score);
    }
    let step = i64::try_from(budget.step.as_nanos()).unwrap_or(i64::MAX);
    // Times are row numbers: a row's time is its number of steps.
    let time =
        |row: usize| Timestamp::from_nanos(step.saturating_mul(i64::try_from(row).unwrap_or(i64::MAX)));
    let row = |time: Timestamp| usize::try_from(time.as_nanos() / step.max(1)).unwrap_or(0);
    let (mut raised, mut since) = (Vec::new(), None);
    for (at, score) in scores.iter().enumerate().filter(|(at, _)| !missing(*at)) {
        let Some(score) = Score::new(*score, Direction::Up) else { continue };
        let Some(transition) = alarm.update(At::new(time(at), score)) else { continue };
        match transition.kind {
            TransitionKind::Raised => since = Some(row(transition.start)),
            TransitionKind::Cleared => {
                let end = transition.end.map_or(at, row);
                raised.extend(since.take().map(|start| (start, end)));
            }
            _ => {}
        }
    }
    raised.extend(since.map(|start| (start, scores.len().saturating_sub(1))));
    Ok(raised)
}
