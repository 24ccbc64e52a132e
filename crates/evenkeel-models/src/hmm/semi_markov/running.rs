//! A semi-Markov model on a stream.

use super::belief::Belief;
use super::segments::Segments;
use crate::hmm::emission::Emission;
use crate::hmm::regime::Regime;
use crate::hmm::running::LastRow;
use crate::hmm::weight::MOST_STATES;
use evenkeel_core::observed;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running<E> {
    pub(super) segments: Segments,
    pub(super) emission: E,
    pub(super) belief: Belief,
    pub(super) last: LastRow,
}

impl<E: Emission> Running<E> {
    pub(super) fn new(segments: Segments, emission: E) -> Self {
        let belief = Belief::new(&segments);
        let last = LastRow::new(&emission);
        Self { segments, emission, belief, last }
    }

    pub(super) fn reset(&mut self) {
        self.belief.reset(&self.segments);
        self.last.reset();
    }

    /// A row whose missing coordinates are NaN. Returns the logarithm of its density given the rows before.
    pub(super) fn update(&mut self, row: &[f64]) -> f64 {
        let k = self.segments.states();
        let mut densities = [0.0; MOST_STATES];
        let densities = &mut densities[..k];
        let seen = row.iter().any(|x| !x.is_nan());
        if seen {
            self.emission.log_densities_of_rows(self.last.before(), row, densities);
            for density in densities.iter_mut() {
                // NaN is of an emission that breaks its promise.
                *density = if density.is_nan() { f64::NEG_INFINITY } else { density.min(f64::MAX) };
            }
        }
        let log_density = self.belief.update(&self.segments, if seen { Some(densities) } else { None });
        self.last.update(if seen { Some(row) } else { None });
        log_density
    }

    /// A value of a stream.
    pub(super) fn update_value(&mut self, x: f64) {
        self.update(&[observed(x).unwrap_or(f64::NAN)]);
    }

    pub(super) fn regime(&self) -> Regime {
        let (state, probability) = self.belief.mode();
        Regime { state, probability }
    }
}
