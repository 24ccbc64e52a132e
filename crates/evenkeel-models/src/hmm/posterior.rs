//! The states of a finished sequence, given all of it.

/// Smoothed probabilities of the states of one sequence; from
/// [`HmmModel::smooth`](crate::hmm::HmmModel::smooth).
///
/// ```
/// use evenkeel_models::{HmmModel, hmm::{Covariance, Gaussian}};
///
/// let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 1.0])?;
/// let model = HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.1, 0.9], emission)?;
/// let states = model.smooth(&[0.2, f64::NAN, 5.1])?;
/// // In the gap either is possible.
/// assert!((states.probabilities(1)[0] - 0.5).abs() < 0.01 && states.probabilities(2)[1] > 0.99);
/// assert!((states.expected_transitions(0, 1) - 1.0).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HmmPosterior {
    pub(super) states: usize,
    pub(super) probabilities: Vec<f64>,
    pub(super) transitions: Vec<f64>,
    pub(super) log_likelihood: f64,
}

impl HmmPosterior {
    /// The probabilities of the states at an index, given all rows.
    ///
    /// # Panics
    /// If the sequence has no such index.
    #[must_use]
    pub fn probabilities(&self, at: usize) -> &[f64] {
        &self.probabilities[at * self.states..][..self.states]
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.probabilities.len() / self.states
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.probabilities.is_empty()
    }

    /// How often the chain is expected to have gone from one state to another (or to have stayed).
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn expected_transitions(&self, from: usize, to: usize) -> f64 {
        assert!(to < self.states, "state {to} of {}", self.states);
        self.transitions[from * self.states + to]
    }

    /// The natural logarithm of the density of the observed coordinates; minus infinity for what is
    /// impossible.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }
}
