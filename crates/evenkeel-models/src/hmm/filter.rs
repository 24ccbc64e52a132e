//! Online filters: stages whose output is the regime.

use super::emission::Emission;
use super::regime::Regime;
use super::running::Running;
use evenkeel_core::Stage;

/// The state of a hidden Markov model after each value of a stream: the exact filter, for models of one
/// coordinate; from [`HmmModel::filter`](crate::hmm::HmmModel::filter).
///
/// It goes on where the model stands; `reset` takes it back to before any observation. A missing value, and
/// one that is impossible in all states, moves the chain on by one step. O(K²) an update, no allocation;
/// state 5 K numbers beside the parameters.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_models::{HmmModel, hmm::{Covariance, Gaussian}};
///
/// let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 1.0])?;
/// let model = HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.1, 0.9], emission)?;
/// let mut filter = model.filter()?;
/// let regime = filter.update(4.2).expect("a filter always has an opinion");
/// assert!(regime.state() == 1 && regime.probability() > 0.99);
/// filter.update(f64::NAN);
/// assert!((filter.probabilities()[1] - 0.9).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HmmFilter<E> {
    pub(super) running: Running<E>,
}

impl<E: Emission> HmmFilter<E> {
    /// The probabilities of the states, given everything so far.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.running.belief.filtered
    }
}

impl<E: Emission> Stage<f64> for HmmFilter<E> {
    type Output = Regime;

    fn update(&mut self, x: f64) -> Option<Regime> {
        self.running.update(&[x]);
        Some(self.running.regime())
    }

    fn reset(&mut self) {
        self.running.reset();
    }
}

/// The same as [`HmmFilter`] for models of several coordinates; from
/// [`HmmModel::vector_filter`](crate::hmm::HmmModel::vector_filter).
///
/// A row of the wrong length is missing; a coordinate that is missing is left out of the density.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_models::{HmmModel, hmm::{Covariance, Gaussian}};
///
/// let emission = Gaussian::from_parameters(2, Covariance::Spherical, [0.0, 0.0, 5.0, 5.0], [1.0, 1.0])?;
/// let model = HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.1, 0.9], emission)?;
/// let mut filter = model.vector_filter();
/// let regime = filter.update(&[f64::NAN, 4.2][..]).expect("a filter always has an opinion");
/// assert_eq!(regime.state(), 1);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HmmVectorFilter<E> {
    pub(super) running: Running<E>,
}

impl<E: Emission> HmmVectorFilter<E> {
    /// The probabilities of the states, given everything so far.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.running.belief.filtered
    }
}

impl<E: Emission> Stage<&[f64]> for HmmVectorFilter<E> {
    type Output = Regime;

    fn update(&mut self, row: &[f64]) -> Option<Regime> {
        self.running.update(row);
        Some(self.running.regime())
    }

    fn reset(&mut self) {
        self.running.reset();
    }
}
