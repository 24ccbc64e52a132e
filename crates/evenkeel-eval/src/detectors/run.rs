//! Detectors on rows.

use super::entry::{Build, Entry};
use super::setting::Setting;
use super::usage;
use crate::Cost;
use crate::failure::Failure;
use evenkeel_core::Stage;
use std::time::Instant;

/// The scores of a detector.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Run {
    /// A raw score for each row of the history.
    pub history: Vec<f64>,
    /// A raw score for each row that counts.
    pub scores: Vec<f64>,
    /// How many rows came, those of the history first, before the detector had a score for all columns: their
    /// scores mean nothing.
    pub silent: usize,
    /// The time it took, in seconds.
    pub seconds: f64,
    /// What a row cost.
    pub cost: Cost,
}

/// Runs a detector over the rows of a history and then over those that count, both given as columns; NaN is
/// missing. Where the detector has no score, because a row is missing or nothing is known yet, the last one
/// stands, 0 at first.
///
/// A detector of one series is built once for each column. What each says is taken in units of the mean of
/// what it has said before, and averaged over columns: surprises add up, while a maximum would follow the
/// noisiest.
///
/// # Errors
/// If the detector cannot be built, a program does not answer as agreed, or the columns differ in length or
/// the history in their number.
pub fn run(
    entry: &Entry,
    setting: &Setting,
    history: &[Vec<f64>],
    columns: &[Vec<f64>],
) -> Result<Run, Failure> {
    let (started, processor) = (Instant::now(), usage::of_thread());
    let mut of_program = None;
    let rows = Columns::new(history, columns)?;
    let setting = setting.with_history(rows.before);
    let because = |why: crate::failure::BoxError| Failure::new(why.to_string());
    let (mut scores, silent) = match entry.build() {
        Build::Rows(build) => {
            let mut stage = build(&setting, columns.len()).map_err(because)?;
            by_rows(&rows, |row| Ok(stage.update(row).map(|score| score.value())))?
        }
        Build::Program(program) => {
            let mut session = program.start()?;
            let said = by_rows(&rows, |row| session.score(row))?;
            of_program = Some(session.cost());
            said
        }
        Build::Series(build) => {
            let mut scores = vec![0.0; rows.len];
            let mut silent = 0;
            for i in 0..columns.len() {
                let mut stage = build(&setting).map_err(because)?;
                let (mut last, mut mean, mut count) = (0.0, 0.0, 0.0);
                for (t, score) in scores.iter_mut().enumerate() {
                    if let Some(said) = stage.update(rows.at(i, t)) {
                        let said = said.value();
                        // One that never has a score, as on a dead channel, does not hold up the others.
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
            (scores, silent)
        }
    };
    let after = scores.split_off(rows.before);
    let seconds = started.elapsed().as_secs_f64();
    let cost = of_program.unwrap_or_else(|| {
        let micros = |seconds: f64| 1e6 * seconds / rows.len.max(1) as f64;
        let used = usage::of_thread().zip(processor).map(|(now, before)| micros(now - before));
        Cost {
            rows: rows.len,
            microseconds_per_row: micros(seconds),
            processor_microseconds_per_row: used,
            ..Cost::default()
        }
    });
    Ok(Run { history: scores, scores: after, silent, seconds, cost })
}

/// The scores of whole rows, and how many came before the first.
fn by_rows(
    rows: &Columns<'_>,
    mut score: impl FnMut(&[f64]) -> Result<Option<f64>, Failure>,
) -> Result<(Vec<f64>, usize), Failure> {
    let mut row = vec![f64::NAN; rows.columns.len()];
    let (mut last, mut silent, mut spoke) = (0.0, 0, false);
    let mut scores = Vec::with_capacity(rows.len);
    for t in 0..rows.len {
        for (i, x) in row.iter_mut().enumerate() {
            *x = rows.at(i, t);
        }
        let said = score(&row)?;
        spoke |= said.is_some();
        last = said.unwrap_or(last);
        scores.push(last);
        silent += usize::from(!spoke);
    }
    Ok((scores, silent))
}

/// A history and what follows.
struct Columns<'a> {
    history: &'a [Vec<f64>],
    columns: &'a [Vec<f64>],
    /// Rows of the history, and of both.
    before: usize,
    len: usize,
}

impl<'a> Columns<'a> {
    fn new(history: &'a [Vec<f64>], columns: &'a [Vec<f64>]) -> Result<Self, Failure> {
        if !history.is_empty() && history.len() != columns.len() {
            let (learned, scored) = (history.len(), columns.len());
            return Err(Failure::new(format!(
                "the history has {learned} columns, what follows has {scored}"
            )));
        }
        for part in [history, columns] {
            if part.iter().any(|column| column.len() != part[0].len()) {
                return Err(Failure::new("the columns differ in length"));
            }
        }
        let before = history.first().map_or(0, Vec::len);
        Ok(Self { history, columns, before, len: before + columns.first().map_or(0, Vec::len) })
    }

    fn at(&self, column: usize, row: usize) -> f64 {
        if row < self.before { self.history[column][row] } else { self.columns[column][row - self.before] }
    }
}
