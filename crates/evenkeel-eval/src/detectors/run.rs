//! Detectors on rows.

use super::{Build, Entry, Setting};
use evenkeel_core::{Error, Stage};
use std::time::Instant;

/// What a detector said.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Run {
    /// A raw score for each row of the history.
    pub history: Vec<f64>,
    /// A raw score for each row that counts.
    pub scores: Vec<f64>,
    /// How many rows came, those of the history first, before the detector had something to say of all columns: they have no scores that
    /// mean anything.
    pub silent: usize,
    /// What it took, in seconds.
    pub seconds: f64,
}

/// Runs a detector over the rows of a history and then over those that count, both given as columns; NaN is missing. Where the detector is
/// silent, because a row is missing or nothing is known yet, the last score stands, 0 at first.
///
/// A detector of one series is built once for each column. What each says is taken in units of the mean of what it has said before,
/// and averaged over columns: surprises add up, while a maximum would follow the noisiest.
///
/// # Errors
/// If the detector cannot be built.
pub fn run(
    entry: &Entry,
    setting: &Setting,
    history: &[Vec<f64>],
    columns: &[Vec<f64>],
) -> Result<Run, Error> {
    let started = Instant::now();
    let before = history.first().map_or(0, Vec::len);
    let setting = setting.with_history(before);
    let rows = before + columns.first().map_or(0, Vec::len);
    let mut scores = vec![0.0; rows];
    let mut silent = 0;
    match entry.build() {
        Build::Rows(build) => {
            let mut stage = build(&setting, columns.len())?;
            let mut row = vec![f64::NAN; columns.len()];
            let (mut last, mut spoke) = (0.0, false);
            for (t, score) in scores.iter_mut().enumerate() {
                for (i, x) in row.iter_mut().enumerate() {
                    *x = at(history, columns, i, t, before);
                }
                let said = stage.update(&row);
                spoke |= said.is_some();
                last = said.map_or(last, |score| score.value());
                *score = last;
                silent += usize::from(!spoke);
            }
        }
        Build::Series(build) => {
            for i in 0..columns.len() {
                let mut stage = build(&setting)?;
                let (mut last, mut mean, mut count) = (0.0, 0.0, 0.0);
                for (t, score) in scores.iter_mut().enumerate() {
                    if let Some(said) = stage.update(at(history, columns, i, t, before)) {
                        let said = said.value();
                        // One that is silent throughout, as on a dead channel, holds nobody up.
                        silent = if count == 0.0 { silent.max(t) } else { silent };
                        let usual = mean;
                        count += 1.0;
                        mean += (said - mean) / count;
                        last = match columns.len() {
                            1 => said,
                            _ if usual > 0.0 => said / usual,
                            _ => 0.0,
                        };
                    }
                    *score += last / columns.len() as f64;
                }
            }
        }
    }
    let after = scores.split_off(before);
    Ok(Run { history: scores, scores: after, silent, seconds: started.elapsed().as_secs_f64() })
}

/// A value of the history or of what follows.
fn at(history: &[Vec<f64>], columns: &[Vec<f64>], column: usize, row: usize, before: usize) -> f64 {
    if row < before { history[column][row] } else { columns[column][row - before] }
}
