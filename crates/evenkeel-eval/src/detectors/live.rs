//! A detector that is given one row after the other.

use super::entry::{Build, Entry};
use super::program::Session;
use super::setting::Setting;
use super::{Rows, Series};
use crate::failure::Failure;

/// A detector that is running: it is given one row after the other, as a program is, and says of each what
/// [`run`](super::run) says of it.
///
/// ```
/// use evenkeel_eval::detectors::{self, Live, Setting};
///
/// let entry = detectors::by_name("difference").unwrap();
/// let mut live = Live::new(&entry, &Setting::default(), 1)?;
/// let scores = [1.0, 2.0, 1.0, 9.0].map(|value| live.score(&[value]).unwrap());
/// assert_eq!(scores, [0.0, 0.0, 1.0, 8.0]);
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
pub struct Live {
    detector: Running,
    last: f64,
}

enum Running {
    Rows(Rows),
    Series(Vec<Column>),
    Program(Box<Session>),
}

/// A detector of one column, and what it has said.
struct Column {
    detector: Series,
    last: f64,
    mean: f64,
    count: f64,
}

impl Live {
    /// Builds a detector for rows of so many columns.
    ///
    /// # Errors
    /// If it cannot be built.
    pub fn new(entry: &Entry, setting: &Setting, columns: usize) -> Result<Self, Failure> {
        let because = |why: crate::failure::BoxError| Failure::new(why.to_string());
        let detector = match entry.build() {
            Build::Rows(build) => Running::Rows(build(setting, columns).map_err(because)?),
            Build::Program(program) => Running::Program(Box::new(program.start()?)),
            Build::Series(build) => {
                let column = |_| {
                    let detector = build(setting).map_err(because)?;
                    Ok(Column { detector, last: 0.0, mean: 0.0, count: 0.0 })
                };
                Running::Series((0..columns).map(column).collect::<Result<_, Failure>>()?)
            }
        };
        Ok(Self { detector, last: 0.0 })
    }

    /// The score of a row; the last one where it has nothing to say, 0 at first. Values beyond the number of
    /// columns are ignored, absent ones are missing.
    ///
    /// # Errors
    /// If it is a program that does not answer as agreed.
    pub fn score(&mut self, row: &[f64]) -> Result<f64, Failure> {
        match &mut self.detector {
            Running::Rows(stage) => {
                self.last = stage.update(row).map_or(self.last, |score| score.value());
            }
            Running::Program(session) => self.last = session.score(row)?.unwrap_or(self.last),
            Running::Series(columns) => {
                let count = columns.len();
                self.last = 0.0;
                for (i, column) in columns.iter_mut().enumerate() {
                    column.update(row.get(i).copied().unwrap_or(f64::NAN), count == 1);
                    self.last += column.last / count as f64;
                }
            }
        }
        Ok(self.last)
    }
}

impl Column {
    /// In units of what it has said before, unless it is the only one.
    fn update(&mut self, x: f64, is_alone: bool) {
        let Some(said) = self.detector.update(x) else { return };
        let (said, usual) = (said.value(), self.mean);
        self.count += 1.0;
        self.mean += (said - self.mean) / self.count;
        self.last = match is_alone {
            true => said,
            false if usual > 0.0 => said / usual,
            false => 0.0,
        };
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("last", &self.last).finish_non_exhaustive()
    }
}
