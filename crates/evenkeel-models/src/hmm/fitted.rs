//! Hidden Markov models: the fitted model.

use super::chain::Chain;
use super::emission::Emission;
use super::expectation::{expect, with_states};
use super::filter::{HmmFilter, HmmVectorFilter};
use super::gaussian::Gaussian;
use super::posterior::HmmPosterior;
use super::running::Running;
use super::scaled::Work;
use super::sequences::Sequences;
use super::viterbi::viterbi;
use crate::fit::FitReport;
use evenkeel_core::Error;

/// A hidden Markov model with its parameters, following a stream; from [`Hmm`](crate::hmm::Hmm) or
/// [given parameters](Self::from_parameters).
///
/// With Gaussian or Poisson emissions of one coordinate it is a [`Forecaster`](evenkeel_core::Forecaster):
/// its `assess` is under the mixture of the states, so that `Surprise` or `Likelihood` of `evenkeel-detect`
/// make a detector of it. For the states themselves there are the [filter](Self::filter), and for finished
/// sequences [smoothing](Self::smooth) and the most probable [path](Self::decode).
///
/// After `fit` it stands at the end of the (last) sequence; `reset` takes it back to before any observation.
/// An update is O(K²) and allocates nothing.
///
/// Sequences are rows of [`dimension`](Emission::dimension) coordinates, one behind the other; NaN is
/// missing, and a row without an observed coordinate adds exactly 0 to a log-likelihood.
///
/// ```
/// use evenkeel_core::{Forecaster, Stage};
/// use evenkeel_models::{HmmModel, hmm::{Covariance, Gaussian}};
///
/// // A queue: mostly short, sometimes long.
/// let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [10.0, 80.0], [4.0, 100.0])?;
/// let mut queue = HmmModel::from_parameters([1.0, 0.0], [0.99, 0.01, 0.05, 0.95], emission)?;
/// assert_eq!(queue.decode(&[9.0, 11.0, 75.0, 85.0, 12.0])?.0, [0, 0, 1, 1, 0]);
///
/// queue.update(12.0);
/// // Neither 40 nor a jump to 85 is usual; only 40 is out of the question.
/// let (middle, long) = (queue.assess(40.0).unwrap(), queue.assess(85.0).unwrap());
/// assert!(middle.log_density() < -10.0 && long.log_density() > -10.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HmmModel<E = Gaussian> {
    pub(super) running: Running<E>,
    pub(super) report: FitReport,
    pub(super) kept: Vec<bool>,
}

impl<E: Emission> HmmModel<E> {
    /// With given initial probabilities, transitions (row by row: from state i to state j) and emission.
    /// States keep their order. Probabilities that sum to 1 within 1e-6 are scaled to 1.
    ///
    /// # Errors
    /// If a probability is negative, or those of a row do not sum to 1; if sizes disagree; if there are no
    /// states or more than 64.
    pub fn from_parameters(
        initial: impl Into<Vec<f64>>,
        transitions: impl Into<Vec<f64>>,
        emission: E,
    ) -> Result<Self, Error> {
        let chain = Chain::new(initial.into(), transitions.into())?;
        let (expected, found) = (chain.states(), emission.states());
        if expected != found {
            return Err(Error::Shape { what: "states of the emission", expected, found });
        }
        Error::require(emission.dimension() >= 1, "dimension", "at least 1", emission.dimension())?;
        let parameters = chain.free_initial() + chain.free_transitions() + emission.parameters();
        let kept = vec![false; chain.states()];
        Ok(Self { running: Running::new(chain, emission), report: FitReport::given(parameters), kept })
    }

    /// The number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.running.chain.states()
    }

    /// The probabilities of the states of the first row.
    #[must_use]
    pub fn initial(&self) -> &[f64] {
        &self.running.chain.initial
    }

    /// The probabilities with which a state is followed by each state.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn transitions(&self, from: usize) -> &[f64] {
        self.running.chain.row(from)
    }

    /// The probability with which one state is followed by another.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn transition(&self, from: usize, to: usize) -> f64 {
        self.running.chain.row(from)[to]
    }

    /// How many rows a visit to a state lasts on average, `1 / (1 - a)`: infinite for a state that is never
    /// left.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn dwell(&self, state: usize) -> f64 {
        let others: f64 =
            self.transitions(state).iter().enumerate().filter(|(j, _)| *j != state).map(|(_, p)| p).sum();
        1.0 / others
    }

    /// The distributions of the observations.
    #[must_use]
    pub fn emission(&self) -> &E {
        &self.running.emission
    }

    /// How the fit went, and how good it is. Parameters are those that were estimated: initial probabilities
    /// and transitions that began above 0, less one for each sum, and those of the emission. n counts rows
    /// with an observed coordinate.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Whether the last iteration kept the transitions of a state because the history never shows it being
    /// left: they are those it had before, or began with.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn is_without_exit(&self, state: usize) -> bool {
        self.kept[state]
    }

    /// The probabilities of the states, given everything so far.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.running.belief.filtered
    }

    /// The online filter of values, which goes on where the model stands.
    ///
    /// # Errors
    /// If the model is not one of one coordinate.
    pub fn filter(&self) -> Result<HmmFilter<E>, Error> {
        let found = self.emission().dimension();
        if found != 1 {
            return Err(Error::Shape { what: "rows of a filter of values", expected: 1, found });
        }
        Ok(HmmFilter { running: self.running.clone() })
    }

    /// The online filter of rows, which goes on where the model stands.
    #[must_use]
    pub fn vector_filter(&self) -> HmmVectorFilter<E> {
        HmmVectorFilter { running: self.running.clone() }
    }

    /// The log-likelihood of a sequence that starts anew: natural logarithm, minus infinity for what is
    /// impossible. It is exact however small probabilities become. O(T K²) time, O(K) memory.
    ///
    /// # Errors
    /// If the length is not a multiple of the dimension.
    pub fn log_likelihood(&self, sequence: &[f64]) -> Result<f64, Error> {
        let sequences = Sequences::new(&[sequence], self.emission().dimension())?;
        let mut running = self.running.clone();
        running.reset();
        let mut sum = evenkeel_stats::CompensatedSum::new();
        for row in sequences.rows.chunks_exact(sequences.dimension) {
            let log_density = running.update(row);
            if log_density == f64::NEG_INFINITY {
                return Ok(log_density);
            }
            sum.add(log_density);
        }
        Ok(sum.value())
    }

    /// The states of a finished sequence, each given all of it (forward-backward). O(T K²) time, O(T K)
    /// memory.
    ///
    /// # Errors
    /// If the length is not a multiple of the dimension.
    pub fn smooth(&self, sequence: &[f64]) -> Result<HmmPosterior, Error> {
        let sequences = Sequences::new(&[sequence], self.emission().dimension())?;
        Ok(with_states!(self.states(), smooth::<_, E>(&self.running, &sequences)))
    }

    /// The most probable path of states, and the log-probability of path and sequence together (Viterbi).
    /// Among equally probable ones states with smaller numbers win, from the end. An impossible row makes it
    /// minus infinity and counts as missing for the path. O(T K²) time, O(T K) memory.
    ///
    /// # Errors
    /// If the length is not a multiple of the dimension.
    pub fn decode(&self, sequence: &[f64]) -> Result<(Vec<usize>, f64), Error> {
        let sequences = Sequences::new(&[sequence], self.emission().dimension())?;
        let Running { chain, emission, .. } = &self.running;
        let (rows, missing) = (&sequences.rows, &sequences.missing);
        Ok(with_states!(self.states(), viterbi::<_, E>(chain, emission, rows, missing)))
    }
}

fn smooth<const N: usize, E: Emission>(running: &Running<E>, sequences: &Sequences) -> HmmPosterior {
    let states = running.chain.states();
    let mut work = Work::<N>::new(sequences.longest(), states);
    let mut probabilities = vec![0.0; sequences.longest() * states];
    let Running { chain, emission, .. } = running;
    let expected = expect(chain, emission, sequences, &mut work, &mut [], &mut probabilities);
    let (transitions, log_likelihood) = (expected.transitions, expected.log_likelihood);
    HmmPosterior { states, probabilities, transitions, log_likelihood }
}
