//! The recent past of many metrics on one grid of time.

use core::time::Duration;
use evenkeel_core::{Timestamp, observed};

/// Rings of equal length, one a metric, on a common grid; the newest row is the same for all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    step: Duration,
    rows: usize,
    /// The time of row 0; that of the first thing seen.
    origin: Option<Timestamp>,
    /// The newest row, counted from the origin.
    newest: u64,
    rings: Vec<Box<[f64]>>,
    /// Values that came for rows already gone.
    late: u64,
}

impl Window {
    pub(crate) fn new(step: Duration, rows: usize) -> Self {
        Self { step, rows, origin: None, newest: 0, rings: Vec::new(), late: 0 }
    }

    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// One metric more; its past is missing.
    pub(crate) fn add(&mut self) -> usize {
        self.rings.push(vec![f64::NAN; self.rows].into_boxed_slice());
        self.rings.len() - 1
    }

    /// Goes on to the row of `now`. Rows that are skipped are missing.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let row = self.row(now);
        let new = row.saturating_sub(self.newest).min(self.rows as u64);
        if new == 0 {
            return;
        }
        for ring in &mut self.rings {
            for i in 0..new {
                ring[((row - i) % self.rows as u64) as usize] = f64::NAN;
            }
        }
        self.newest = row;
    }

    /// Puts a value where its time says; the last one of a cell counts.
    pub(crate) fn put(&mut self, metric: usize, at: Timestamp, value: f64) {
        self.advance(at);
        let row = self.row(at);
        if self.newest - row >= self.rows as u64 {
            self.late += 1;
            return;
        }
        self.rings[metric][(row % self.rows as u64) as usize] = observed(value).unwrap_or(f64::NAN);
    }

    /// Adds to what is in the cell: for counts.
    pub(crate) fn increase(&mut self, metric: usize, at: Timestamp, by: f64) {
        self.advance(at);
        let row = self.row(at);
        if self.newest - row >= self.rows as u64 {
            self.late += 1;
            return;
        }
        let cell = &mut self.rings[metric][(row % self.rows as u64) as usize];
        *cell = if cell.is_nan() { by } else { *cell + by };
    }

    /// The ring of a metric in two pieces, the older first.
    pub(crate) fn pieces(&self, metric: usize) -> (&[f64], &[f64]) {
        let (newer, older) = self.rings[metric].split_at(((self.newest + 1) % self.rows as u64) as usize);
        (older, newer)
    }

    /// The time of the oldest row.
    pub(crate) fn start(&self) -> Timestamp {
        let origin = self.origin.unwrap_or_default();
        let nanos = self.step.as_nanos() as i128 * (i128::from(self.newest) - self.rows as i128 + 1);
        let start = (i128::from(origin.as_nanos()) + nanos).clamp(i64::MIN.into(), i64::MAX.into());
        Timestamp::from_nanos(i64::try_from(start).unwrap_or(i64::MIN))
    }

    pub(crate) fn step(&self) -> Duration {
        self.step
    }

    /// The row of a time, never before the origin.
    fn row(&mut self, at: Timestamp) -> u64 {
        let origin = *self.origin.get_or_insert(at);
        let rows = at.since(origin).as_nanos() / self.step.as_nanos().max(1);
        u64::try_from(rows).unwrap_or(u64::MAX)
    }
}
