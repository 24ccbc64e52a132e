//! EM: parameters of (locally) maximal likelihood from a start (Baum, Petrie, Soules and Weiss 1970,
//! doi:10.1214/aoms/1177697196).

use super::chain::Chain;
use super::emission::Emission;
use super::expectation::expect;
use super::scaled::Work;
use super::sequences::Sequences;
use crate::fit::Termination;
use evenkeel_core::Error;

/// What is estimated, and when the search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EmOptions {
    pub(super) iterations: usize,
    pub(super) tolerance: f64,
    pub(super) initial: bool,
    pub(super) transitions: bool,
    pub(super) emission: bool,
}

/// Where a search stands.
#[derive(Debug, Clone)]
pub(super) struct Outcome<E> {
    pub(super) chain: Chain,
    pub(super) emission: E,
    pub(super) log_likelihood: f64,
    pub(super) iterations: usize,
    pub(super) evaluations: usize,
    pub(super) termination: Termination,
    /// States whose transitions were kept, because they were not seen to be left.
    pub(super) kept: Vec<bool>,
}

impl<E: Emission> Outcome<E> {
    fn objective(&self) -> f64 {
        self.log_likelihood + self.emission.log_prior()
    }

    pub(super) fn better_than(&self, other: &Self) -> bool {
        self.objective() > other.objective()
    }
}

/// From a start to where the gain that is still expected is below the tolerance.
pub(super) fn maximize<const N: usize, E: Emission>(
    chain: Chain,
    emission: E,
    sequences: &Sequences,
    options: &EmOptions,
) -> Result<Outcome<E>, Error> {
    let states = chain.states();
    let mut work = Work::<N>::new(sequences.longest(), states);
    let mut sums = vec![0.0; emission.sums()];
    let mut expected = expect(&chain, &emission, sequences, &mut work, &mut sums, &mut []);
    if expected.log_likelihood == f64::NEG_INFINITY {
        return Err(Error::Numerical { what: "the history is impossible under the model it starts from" });
    }
    let log_likelihood = expected.log_likelihood;
    let mut now = Outcome {
        chain,
        emission,
        log_likelihood,
        iterations: 0,
        evaluations: 1,
        termination: Termination::IterationLimit,
        kept: vec![false; states],
    };
    let mut gained = f64::INFINITY;
    while now.iterations < options.iterations {
        let before = now.clone();
        if options.initial {
            now.chain.maximize_initial(&expected.initial);
        }
        if options.transitions {
            now.kept = now.chain.maximize_transitions(&expected.transitions);
        }
        now.chain.refresh();
        if options.emission {
            now.emission.maximize(&sums);
        }
        now.iterations += 1;
        now.evaluations += 1;
        expected = expect(&now.chain, &now.emission, sequences, &mut work, &mut sums, &mut []);
        now.log_likelihood = expected.log_likelihood;
        let gain = now.objective() - before.objective();
        // Also for NaN, and for what an emission of the user's makes worse.
        let better = gain > 0.0;
        if !better {
            let flat = gain >= -1e-9 * before.log_likelihood.abs().max(1.0);
            now = Outcome { iterations: now.iterations, evaluations: now.evaluations, ..before };
            now.termination = if flat { Termination::Converged } else { Termination::Flat };
            break;
        }
        // Near the optimum gains shrink by a constant factor: what is left is their geometric sum (Aitken).
        let rate = gain / gained;
        gained = gain;
        if rate < 1.0 && gain * rate / (1.0 - rate) < options.tolerance && gain < options.tolerance {
            now.termination = Termination::Converged;
            break;
        }
    }
    Ok(now)
}
