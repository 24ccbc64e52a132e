//! The hidden process of a semi-Markov model: which state follows which, and for how long.

use super::duration::Duration;
use crate::hmm::chain::Chain;
use evenkeel_core::Error;

/// A chain without self-transitions, and a duration for each state; all with the same longest one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segments {
    pub(super) chain: Chain,
    pub(super) durations: Vec<Duration>,
}

impl Segments {
    pub(super) fn new(
        initial: Vec<f64>,
        transitions: Vec<f64>,
        durations: Vec<Duration>,
    ) -> Result<Self, Error> {
        let chain = Chain::new(initial, transitions)?;
        let states = chain.states();
        Error::require(states >= 2, "states", "at least 2: a visit is followed by another state", states)?;
        for k in 0..states {
            let own = chain.row(k)[k];
            Error::require(own == 0.0, "transitions", "0 from a state to itself", own)?;
        }
        if durations.len() != states {
            return Err(Error::Shape { what: "durations", expected: states, found: durations.len() });
        }
        let longest = durations.iter().map(Duration::longest).max().unwrap_or(1);
        for duration in &durations {
            let found = duration.longest();
            if found != longest {
                return Err(Error::Shape { what: "longest duration", expected: longest, found });
            }
        }
        Ok(Self { chain, durations })
    }

    pub(super) fn states(&self) -> usize {
        self.durations.len()
    }

    pub(super) fn longest(&self) -> usize {
        self.durations[0].longest()
    }

    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        let durations = order.iter().map(|k| self.durations[*k].clone()).collect();
        Self { chain: self.chain.reordered(order), durations }
    }

    pub(super) fn parameters(&self) -> usize {
        let durations: usize = self.durations.iter().map(Duration::parameters).sum();
        self.chain.free_initial() + self.chain.free_transitions() + durations
    }
}
