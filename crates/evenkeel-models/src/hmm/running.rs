//! A model on a stream: parameters and the belief about the state.

use super::belief::Belief;
use super::chain::Chain;
use super::emission::Emission;
use super::regime::Regime;
use evenkeel_core::{observed, observed_slice};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running<E> {
    pub(super) chain: Chain,
    pub(super) emission: E,
    pub(super) belief: Belief,
    /// Room for a row; zeros between updates.
    row: Vec<f64>,
}

impl<E: Emission> Running<E> {
    pub(super) fn new(chain: Chain, emission: E) -> Self {
        let (belief, row) = (Belief::new(&chain), vec![0.0; emission.dimension()]);
        Self { chain, emission, belief, row }
    }

    pub(super) fn reset(&mut self) {
        self.belief.reset(&self.chain);
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
        let log_density = self.belief.update(&self.chain, &self.emission, row);
        self.row.fill(0.0);
        log_density
    }

    pub(super) fn regime(&self) -> Regime {
        let (state, probability) = self.belief.mode();
        Regime { state, probability }
    }
}
