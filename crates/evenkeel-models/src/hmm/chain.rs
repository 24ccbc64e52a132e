//! The Markov chain of the hidden states.

use super::weight::{LEAST_WEIGHT, MOST_STATES};
use evenkeel_core::Error;

/// Initial probabilities and transitions, row by row, with their logarithms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub(super) initial: Vec<f64>,
    pub(super) transitions: Vec<f64>,
    pub(super) log_initial: Vec<f64>,
    pub(super) log_transitions: Vec<f64>,
}

impl Chain {
    /// Probabilities that sum to 1 within 1e-6 are scaled to 1.
    pub(super) fn new(mut initial: Vec<f64>, mut transitions: Vec<f64>) -> Result<Self, Error> {
        let states = initial.len();
        Error::require((1..=MOST_STATES).contains(&states), "states", "in 1..=64", states)?;
        let expected = states * states;
        if transitions.len() != expected {
            return Err(Error::Shape { what: "transitions", expected, found: transitions.len() });
        }
        normalize(&mut initial, "initial")?;
        for row in transitions.chunks_exact_mut(states) {
            normalize(row, "transitions")?;
        }
        let mut new = Self { initial, transitions, log_initial: Vec::new(), log_transitions: Vec::new() };
        new.refresh();
        Ok(new)
    }

    /// Equal initial probabilities, and states that stay with probability 0.9.
    pub(super) fn sticky(states: usize) -> Self {
        let leave = if states > 1 { 0.1 / (states - 1) as f64 } else { 0.0 };
        let stay = if states > 1 { 0.9 } else { 1.0 };
        let transitions =
            (0..states * states).map(|at| if at / states == at % states { stay } else { leave }).collect();
        let initial = vec![1.0 / states as f64; states];
        let mut new = Self { initial, transitions, log_initial: Vec::new(), log_transitions: Vec::new() };
        new.refresh();
        new
    }

    pub(super) fn refresh(&mut self) {
        self.log_initial = self.initial.iter().map(|p| libm::log(*p)).collect();
        self.log_transitions = self.transitions.iter().map(|p| libm::log(*p)).collect();
    }

    pub(super) fn states(&self) -> usize {
        self.initial.len()
    }

    pub(super) fn row(&self, state: usize) -> &[f64] {
        &self.transitions[state * self.states()..][..self.states()]
    }

    /// State k of the result is state `order[k]`.
    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        let initial = order.iter().map(|i| self.initial[*i]).collect();
        let transitions = order.iter().flat_map(|i| order.iter().map(move |j| self.row(*i)[*j])).collect();
        let mut new = Self { initial, transitions, log_initial: Vec::new(), log_transitions: Vec::new() };
        new.refresh();
        new
    }

    /// Sets the initial probabilities to the shares of what was expected.
    pub(super) fn maximize_initial(&mut self, expected: &[f64]) {
        let total: f64 = expected.iter().sum();
        if total > LEAST_WEIGHT {
            for (p, expected) in self.initial.iter_mut().zip(expected) {
                *p = expected / total;
            }
        }
    }

    /// Sets the transitions to the shares of what was expected; a state that was not seen to be left keeps
    /// its row. Returns which ones did.
    pub(super) fn maximize_transitions(&mut self, expected: &[f64]) -> Vec<bool> {
        let states = self.states();
        self.transitions
            .chunks_exact_mut(states)
            .zip(expected.chunks_exact(states))
            .map(|(row, expected)| {
                let total: f64 = expected.iter().sum();
                let seen = total > LEAST_WEIGHT;
                if seen {
                    row.iter_mut().zip(expected).for_each(|(p, e)| *p = e / total);
                }
                !seen
            })
            .collect()
    }

    /// Free probabilities: those above 0, less one for each sum.
    pub(super) fn free_initial(&self) -> usize {
        free(&self.initial)
    }

    pub(super) fn free_transitions(&self) -> usize {
        self.transitions.chunks_exact(self.states()).map(free).sum()
    }
}

fn free(probabilities: &[f64]) -> usize {
    probabilities.iter().filter(|p| **p > 0.0).count().saturating_sub(1)
}

/// Scales probabilities to sum 1.
pub(super) fn normalize(probabilities: &mut [f64], name: &'static str) -> Result<(), Error> {
    for p in probabilities.iter() {
        Error::require((0.0..=1.0 + 1e-6).contains(p), name, "probabilities in [0, 1]", p)?;
    }
    let total: f64 = probabilities.iter().sum();
    Error::require((total - 1.0).abs() <= 1e-6, name, "probabilities that sum to 1", total)?;
    // What sums to 1 but for rounding stays as it is, so that a saved model is restored bit for bit.
    if (total - 1.0).abs() > 1e-12 {
        probabilities.iter_mut().for_each(|p| *p /= total);
    }
    Ok(())
}
