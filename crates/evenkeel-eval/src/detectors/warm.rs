//! Detectors that learn before their first score.

use super::{Series, Setting};
use evenkeel_core::{Error, Score, Stage};
use evenkeel_detect::adapt::Standardize;

/// How many rows a fit waits for where there is no history.
const ROWS: usize = 300;
/// How many rows, the latest, a fit takes at most.
const MOST: usize = 4_000;

/// Waits for the history, or 300 rows where there is none, fits a detector to the latest 4,000 of them, and
/// goes on with it; silent until then. Where rows cannot be fitted (they are all equal), it waits for as many
/// again.
pub(super) struct Warm {
    rows: Vec<f64>,
    seen: usize,
    first: usize,
    next: usize,
    fit: fn(&[f64]) -> Result<Series, Error>,
    fitted: Option<Series>,
}

impl Warm {
    pub(super) fn new(setting: &Setting, fit: fn(&[f64]) -> Result<Series, Error>) -> Self {
        let first = setting.history.max(ROWS);
        Self { rows: Vec::new(), seen: 0, first, next: first, fit, fitted: None }
    }
}

impl Stage<f64> for Warm {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        if let Some(fitted) = &mut self.fitted {
            return fitted.update(x);
        }
        self.rows.push(x);
        self.seen += 1;
        if self.seen == self.next {
            self.next *= 2;
            self.rows.drain(..self.rows.len().saturating_sub(MOST));
            self.fitted = (self.fit)(&self.rows).ok();
            if self.fitted.is_some() {
                self.rows = Vec::new();
            }
        }
        None
    }

    fn reset(&mut self) {
        (self.rows, self.seen, self.next, self.fitted) = (Vec::new(), 0, self.first, None);
    }
}

/// Silent while a detector that learns as it goes has seen fewer rows than this: the first few are fitted
/// almost exactly, and the next ones would get enormous scores.
const GRACE: usize = 100;

/// Ignores the scores of a detector that learns as it goes, for 100 rows and as many as it needs at first.
pub(super) struct Grace<D> {
    detector: D,
    rows: usize,
    seen: usize,
}

impl<D> Grace<D> {
    /// For a detector that looks back over `memory` rows.
    pub(super) fn new(detector: D, memory: usize) -> Self {
        Self { detector, rows: GRACE + memory, seen: 0 }
    }
}

impl<D: Stage<f64, Output = Score>> Stage<f64> for Grace<D> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        self.seen += 1;
        self.detector.update(x).filter(|_| self.seen > self.rows)
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.seen = 0;
    }
}

/// Rows of which each coordinate is in units of its first 300 values, for a detector that compares
/// coordinates.
pub(super) struct Scaled<D> {
    detector: D,
    units: Vec<Standardize>,
    row: Vec<f64>,
}

impl<D> Scaled<D> {
    /// For rows of `width` coordinates.
    pub(super) fn new(detector: D, width: usize) -> Result<Self, Error> {
        let units = vec![Standardize::builder(ROWS).build()?; width];
        Ok(Self { detector, units, row: vec![f64::NAN; width] })
    }
}

impl<D: for<'a> Stage<&'a [f64], Output = Score>> Stage<&[f64]> for Scaled<D> {
    type Output = Score;

    fn update(&mut self, row: &[f64]) -> Option<Score> {
        for ((scaled, unit), x) in self.row.iter_mut().zip(&mut self.units).zip(row) {
            *scaled = unit.update(*x).unwrap_or(f64::NAN);
        }
        self.detector.update(&self.row)
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.units.iter_mut().for_each(Stage::reset);
    }
}
