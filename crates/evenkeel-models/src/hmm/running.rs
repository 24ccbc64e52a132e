//! A model on a stream: parameters and the belief about the state.

use super::belief::Belief;
use super::chain::Chain;
use super::emission::{Before, Emission};
use super::regime::Regime;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::{observed, observed_slice};

/// The last row with an observed coordinate, for an emission that remembers it; otherwise without numbers.
#[derive(Debug, Clone)]
pub(super) struct LastRow {
    /// NaN where a coordinate is missing.
    pub(super) row: Vec<f64>,
    /// How many rows before the next one; 0 if there is none.
    pub(super) ago: u64,
}

impl LastRow {
    pub(super) fn new<E: Emission>(emission: &E) -> Self {
        Self { row: vec![0.0; if emission.remembers() { emission.dimension() } else { 0 }], ago: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.row.fill(0.0);
        self.ago = 0;
    }

    pub(super) fn before(&self) -> Option<Before<'_>> {
        let ago = usize::try_from(self.ago).unwrap_or(usize::MAX);
        if ago == 0 { None } else { Some(Before { row: &self.row, ago }) }
    }

    /// After a row (`None`: missing).
    pub(super) fn update(&mut self, row: Option<&[f64]>) {
        match row {
            _ if self.row.is_empty() => {}
            Some(row) => {
                self.row.copy_from_slice(row);
                self.ago = 1;
            }
            None if self.ago > 0 => self.ago = self.ago.saturating_add(1),
            None => {}
        }
    }

    /// What was saved, checked against one that is new.
    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, row: Vec<f64>, ago: u64) -> Result<(), Error> {
        let (expected, found) = (self.row.len(), row.len());
        if expected != found {
            return Err(Error::Shape { what: "last", expected, found });
        }
        for x in &row {
            Error::require(x.is_nan() || observed(*x).is_some(), "last", "missing or observed", x)?;
        }
        let something = row.iter().any(|x| !x.is_nan());
        Error::require(ago == 0 || something, "ago", "0 where nothing is remembered", ago)?;
        (self.row, self.ago) = (row, ago);
        Ok(())
    }
}

impl PartialEq for LastRow {
    /// Missing coordinates are the same.
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
        self.ago == other.ago
            && self.row.len() == other.row.len()
            && self.row.iter().zip(&other.row).all(same)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running<E> {
    pub(super) chain: Chain,
    pub(super) emission: E,
    pub(super) belief: Belief,
    pub(super) last: LastRow,
    /// Room for a row; zeros between updates.
    row: Vec<f64>,
}

impl<E: Emission> Running<E> {
    pub(super) fn new(chain: Chain, emission: E) -> Self {
        let (belief, row) = (Belief::new(&chain), vec![0.0; emission.dimension()]);
        let last = LastRow::new(&emission);
        Self { chain, emission, belief, last, row }
    }

    pub(super) fn reset(&mut self) {
        self.belief.reset(&self.chain);
        self.last.reset();
    }

    /// A row; of the wrong length it is missing. Returns the logarithm of its density.
    pub(super) fn update(&mut self, row: &[f64]) -> f64 {
        let mut any = false;
        if let Some(row) = observed_slice(row, self.row.len()) {
            for (to, x) in self.row.iter_mut().zip(row) {
                *to = observed(*x).unwrap_or(f64::NAN);
                any |= !to.is_nan();
            }
        }
        let row = if any { Some(self.row.as_slice()) } else { None };
        let before = self.last.before();
        let log_density = self.belief.update(&self.chain, &self.emission, before, row);
        self.last.update(row);
        self.row.fill(0.0);
        log_density
    }

    pub(super) fn regime(&self) -> Regime {
        let (state, probability) = self.belief.mode();
        Regime { state, probability }
    }
}
