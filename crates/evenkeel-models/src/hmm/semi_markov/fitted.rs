//! Hidden semi-Markov models: the fitted model.

use super::duration::Duration;
use super::expectation::expect;
use super::filter::HsmmFilter;
use super::running::Running;
use super::segments::Segments;
use super::viterbi::viterbi;
use crate::fit::FitReport;
use crate::hmm::emission::Emission;
use crate::hmm::gaussian::Gaussian;
use crate::hmm::posterior::HmmPosterior;
use crate::hmm::sequences::Sequences;
use evenkeel_core::Error;

/// A hidden semi-Markov model with its parameters, following a stream; from [`Hsmm`](crate::hmm::Hsmm) or
/// [given parameters](Self::from_parameters).
///
/// With emissions of one coordinate that can forecast it is a [`Forecaster`](evenkeel_core::Forecaster); what
/// it expects depends on how long the present visit has lasted. Every sequence begins with the beginning of a
/// visit and may end in the middle of one.
///
/// After `fit` it stands at the end of the (last) sequence; `reset` takes it back to before any observation.
/// With K states and durations of at most D an update is O(K (K + D)) and allocates nothing; a forecast of
/// more than one step works on a copy of the K D numbers of its state.
#[derive(Debug, Clone, PartialEq)]
pub struct HsmmModel<E = Gaussian> {
    pub(super) running: Running<E>,
    pub(super) report: FitReport,
}

impl<E: Emission> HsmmModel<E> {
    /// With given initial probabilities, transitions between visits (row by row; 0 from a state to itself),
    /// durations of the states and emission. States keep their order. Probabilities that sum to 1 within 1e-6
    /// are scaled to 1.
    ///
    /// # Errors
    /// If a probability is negative, or those of a row do not sum to 1; if a state follows itself; if sizes
    /// or the longest durations disagree; if there are fewer than 2 states or more than 64.
    pub fn from_parameters(
        initial: impl Into<Vec<f64>>,
        transitions: impl Into<Vec<f64>>,
        durations: impl Into<Vec<Duration>>,
        emission: E,
    ) -> Result<Self, Error> {
        let segments = Segments::new(initial.into(), transitions.into(), durations.into())?;
        let (expected, found) = (segments.states(), emission.states());
        if expected != found {
            return Err(Error::Shape { what: "states of the emission", expected, found });
        }
        Error::require(emission.dimension() >= 1, "dimension", "at least 1", emission.dimension())?;
        let report = FitReport::given(segments.parameters() + emission.parameters());
        Ok(Self { running: Running::new(segments, emission), report })
    }

    /// The number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.running.segments.states()
    }

    /// The probabilities of the states of the first visit.
    #[must_use]
    pub fn initial(&self) -> &[f64] {
        &self.running.segments.chain.initial
    }

    /// The probability with which a visit to one state is followed by one to another.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn transition(&self, from: usize, to: usize) -> f64 {
        self.running.segments.chain.row(from)[to]
    }

    /// How long visits to a state last.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn duration(&self, state: usize) -> &Duration {
        &self.running.segments.durations[state]
    }

    /// The distributions of the observations.
    #[must_use]
    pub fn emission(&self) -> &E {
        &self.running.emission
    }

    /// How the fit went, and how good it is. A duration counts as two parameters, or, where it is free, as
    /// many as there are lengths with a probability above 0, less one.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
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
    pub fn filter(&self) -> Result<HsmmFilter<E>, Error> {
        let found = self.emission().dimension();
        if found != 1 {
            return Err(Error::Shape { what: "rows of a filter of values", expected: 1, found });
        }
        Ok(HsmmFilter { running: self.running.clone() })
    }

    /// The log-likelihood of a sequence that starts anew: natural logarithm, minus infinity for what is
    /// impossible. O(T K (K + D)) time, O(K D) memory.
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

    /// The states of a finished sequence, each given all of it; expected transitions are those between
    /// visits. O(T K (K + D)) time, O(T K) memory.
    ///
    /// # Errors
    /// If the length is not a multiple of the dimension, or the sequence is impossible.
    pub fn smooth(&self, sequence: &[f64]) -> Result<HmmPosterior, Error> {
        let sequences = Sequences::new(&[sequence], self.emission().dimension())?;
        let Running { segments, emission, .. } = &self.running;
        let mut probabilities = Vec::new();
        let expected = expect(segments, emission, &sequences, |_, _, weights| {
            probabilities.extend_from_slice(weights);
        });
        let Some(expected) = expected else {
            return Err(Error::Numerical { what: "the sequence is impossible under the model" });
        };
        let (transitions, log_likelihood) = (expected.transitions, expected.log_likelihood);
        Ok(HmmPosterior { states: self.states(), probabilities, transitions, log_likelihood })
    }

    /// The most probable visits, as the state of each row, and the log-probability of them together with the
    /// sequence; the last visit lasts at least as long as shown. Minus infinity for what is impossible.
    /// O(T K (K + D)) time, O(T K) memory.
    ///
    /// # Errors
    /// If the length is not a multiple of the dimension.
    pub fn decode(&self, sequence: &[f64]) -> Result<(Vec<usize>, f64), Error> {
        let sequences = Sequences::new(&[sequence], self.emission().dimension())?;
        let Running { segments, emission, .. } = &self.running;
        Ok(viterbi(segments, emission, &sequences.rows, &sequences.missing))
    }

    /// Follows a sequence from its start.
    pub(super) fn follow(&mut self, data: &Sequences) {
        self.running.reset();
        let last = data.iter().last();
        for row in last.map_or(&[][..], |(_, rows, _)| rows).chunks_exact(data.dimension) {
            self.running.update(row);
        }
    }
}
