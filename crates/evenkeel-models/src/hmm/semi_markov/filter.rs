//! The online filter: a stage whose output is the regime.

use super::running::Running;
use crate::hmm::emission::Emission;
use crate::hmm::regime::Regime;
use evenkeel_core::Stage;

/// The state of a hidden semi-Markov model after each value of a stream, for models of one coordinate; from
/// [`HsmmModel::filter`](crate::hmm::HsmmModel::filter).
///
/// It goes on where the model stands; `reset` takes it back to before any observation. A missing value, and
/// one that is impossible in all states, moves the visits on by one row. With K states and durations of at
/// most D an update is O(K (K + D)) without allocation; state K D numbers beside the parameters.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_models::hmm::{Covariance, Duration, Gaussian, HsmmModel};
///
/// let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 1.0])?;
/// // Ten quiet rows, then three busy ones, and again.
/// let quiet = Duration::from_probabilities([vec![0.0; 9], vec![1.0]].concat())?;
/// let busy = Duration::from_probabilities([vec![0.0, 0.0, 1.0], vec![0.0; 7]].concat())?;
/// let model = HsmmModel::from_parameters([1.0, 0.0], [0.0, 1.0, 1.0, 0.0], [quiet, busy], emission)?;
/// let mut filter = model.filter()?;
/// for _ in 0..10 {
///     filter.update(0.3);
/// }
/// // Nothing was seen, and still it is known that the next three rows are busy.
/// let regime = filter.update(f64::NAN).expect("a filter always has an opinion");
/// assert!(regime.state() == 1 && regime.probability() > 0.999);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HsmmFilter<E> {
    pub(super) running: Running<E>,
}

impl<E: Emission> HsmmFilter<E> {
    /// The probabilities of the states, given everything so far.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.running.belief.filtered
    }
}

impl<E: Emission> Stage<f64> for HsmmFilter<E> {
    type Output = Regime;

    fn update(&mut self, x: f64) -> Option<Regime> {
        self.running.update_value(x);
        Some(self.running.regime())
    }

    fn reset(&mut self) {
        self.running.reset();
    }
}
