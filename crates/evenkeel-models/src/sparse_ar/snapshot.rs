//! Snapshots of sparse autoregressions.

use super::fitted::SparseArModel;
use crate::fit::FitReport;
use evenkeel_core::{Error, LARGEST};

evenkeel_core::state! {
    SparseArModel as struct SavedSparseArModel("SparseArModel@2") {
        difference: usize,
        intercept: f64,
        lags: Vec<usize>,
        coefficients: Vec<f64>,
        sd: f64,
        report: FitReport,
        candidates: usize,
        shrinkage: f64,
        ring: Vec<f64>,
        head: usize,
        filled: usize,
        gap: u64,
    }
}

impl From<&SparseArModel> for SavedSparseArModel {
    fn from(m: &SparseArModel) -> Self {
        let m = m.clone();
        Self {
            difference: m.difference,
            intercept: m.intercept,
            lags: m.lags,
            coefficients: m.coefficients,
            sd: m.sd,
            report: m.report,
            candidates: m.candidates,
            shrinkage: m.shrinkage,
            ring: m.ring,
            head: m.head,
            filled: m.filled,
            gap: m.gap,
        }
    }
}

impl TryFrom<SavedSparseArModel> for SparseArModel {
    type Error = Error;

    fn try_from(s: SavedSparseArModel) -> Result<Self, Error> {
        let mut model = Self::new(
            s.difference,
            s.intercept,
            s.lags,
            s.coefficients,
            s.sd,
            (s.report, s.candidates, s.shrinkage),
        )?;
        let expected = model.ring.len();
        if s.ring.len() != expected {
            return Err(Error::Shape { what: "ring", expected, found: s.ring.len() });
        }
        for x in &s.ring {
            Error::require(x.abs() <= LARGEST, "value", "finite, at most 1e100", x)?;
        }
        Error::require(s.head < expected, "head", "a place in the ring", s.head)?;
        Error::require(s.filled <= expected, "filled", "at most the ring's length", s.filled)?;
        Error::require(s.filled == expected || s.head == s.filled, "head", "behind what was filled", s.head)?;
        model.ring = s.ring;
        model.head = s.head;
        model.filled = s.filled;
        model.gap = s.gap;
        Ok(model)
    }
}
