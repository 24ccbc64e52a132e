//! What a hidden state says: the trait of emission distributions.

use core::fmt::Debug;
use evenkeel_core::Error;

/// The distributions of the observations in each hidden state: bring your own by implementing it.
///
/// An observation is a row of [`dimension`](Self::dimension) coordinates; one that is missing is NaN, and a
/// density is then that of the other coordinates. A row without any observed coordinate never gets here: it
/// counts as density 1 everywhere.
///
/// An emission always has parameters: those it was made with, then those that were fitted. The maximum of the
/// likelihood is found from sums over all rows, weighted by the probability of each state (the expectation
/// step); what is summed is the emission's own affair.
///
/// ```
/// use evenkeel_core::{Error, Fit};
/// use evenkeel_models::{Hmm, hmm::Emission};
///
/// /// Waiting times: exponential, with a mean for each state.
/// #[derive(Debug, Clone, PartialEq)]
/// struct Waiting(Vec<f64>);
///
/// impl Emission for Waiting {
///     fn states(&self) -> usize {
///         self.0.len()
///     }
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn with_states(&self, states: usize) -> Self {
///         Self(vec![self.0[0]; states])
///     }
///     fn reordered(&self, order: &[usize]) -> Self {
///         Self(order.iter().map(|k| self.0[*k]).collect())
///     }
///     fn mean(&self, state: usize) -> f64 {
///         self.0[state]
///     }
///     fn parameters(&self) -> usize {
///         self.0.len()
///     }
///     fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
///         match rows.iter().find(|x| **x < 0.0) {
///             Some(x) => Err(Error::parameter("history", "of waiting times >= 0", x)),
///             None => Ok(()),
///         }
///     }
///     fn log_densities(&self, row: &[f64], out: &mut [f64]) {
///         for (out, mean) in out.iter_mut().zip(&self.0) {
///             *out = if row[0] < 0.0 { f64::NEG_INFINITY } else { -row[0] / mean - mean.ln() };
///         }
///     }
///     fn sums(&self) -> usize {
///         2 * self.0.len()
///     }
///     fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
///         for (sums, weight) in sums.chunks_exact_mut(2).zip(weights) {
///             sums[0] += weight;
///             sums[1] += weight * row[0];
///         }
///     }
///     fn maximize(&mut self, sums: &[f64]) {
///         for (mean, sums) in self.0.iter_mut().zip(sums.chunks_exact(2)) {
///             if sums[0] > 1e-10 {
///                 *mean = (sums[1] / sums[0]).max(1e-12);
///             }
///         }
///     }
/// }
///
/// let history: Vec<f64> =
///     (0..200u32).map(|t| if t % 50 < 40 { 0.1 } else { 7.0 } * f64::from(1 + t % 3)).collect();
/// let model = Hmm::new(2).emission(Waiting(vec![1.0])).fit(&history)?;
/// assert!(model.emission().mean(0) < 0.3 && model.emission().mean(1) > 10.0);
/// # Ok::<(), Error>(())
/// ```
pub trait Emission: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The number of states.
    fn states(&self) -> usize;

    /// The number of coordinates of an observation, at least 1.
    fn dimension(&self) -> usize;

    /// The same family with so many states, each with the parameters of the first.
    #[must_use]
    fn with_states(&self, states: usize) -> Self;

    /// The states in another order: state k of the result is state `order[k]` of this one.
    #[must_use]
    fn reordered(&self, order: &[usize]) -> Self;

    /// What states are ordered by, so that labels do not switch between fits: usually the mean of the first
    /// coordinate.
    fn mean(&self, state: usize) -> f64;

    /// Free parameters of all states together, for information criteria.
    fn parameters(&self) -> usize;

    /// Sees all rows of the history, one behind the other, before a fit: takes what it needs (a scale, a
    /// floor), and refuses what it cannot have said.
    ///
    /// # Errors
    /// If a value is impossible for the whole family.
    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error>;

    /// The natural logarithm of the density (or probability) of a row in each state: minus infinity for what
    /// is impossible, never NaN. It must not allocate.
    fn log_densities(&self, row: &[f64], out: &mut [f64]);

    /// The length of the sums that [`accumulate`](Self::accumulate) adds to.
    fn sums(&self) -> usize;

    /// Adds a row, which belongs to each state with the given weight, to sums that began as zeros.
    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]);

    /// Sets the parameters to the maximum of the expected log-likelihood. A state with (next to) no weight
    /// keeps what it had.
    fn maximize(&mut self, sums: &[f64]);

    /// The logarithm of the prior density of the parameters, but for a constant; 0 without a prior.
    fn log_prior(&self) -> f64 {
        0.0
    }

    /// [`log_densities`](Self::log_densities) of many rows; what it says of rows without an observed
    /// coordinate is not read. To be overridden where that is faster.
    fn log_densities_of_rows(&self, rows: &[f64], out: &mut [f64]) {
        for (row, out) in rows.chunks_exact(self.dimension()).zip(out.chunks_exact_mut(self.states())) {
            if row.iter().any(|x| !x.is_nan()) {
                self.log_densities(row, out);
            }
        }
    }

    /// [`accumulate`](Self::accumulate) of many rows, those without an observed coordinate among them; to be
    /// overridden where that is faster.
    fn accumulate_rows(&self, rows: &[f64], weights: &[f64], sums: &mut [f64]) {
        for (row, weights) in rows.chunks_exact(self.dimension()).zip(weights.chunks_exact(self.states())) {
            if row.iter().any(|x| !x.is_nan()) {
                self.accumulate(row, weights, sums);
            }
        }
    }
}

/// An emission of one number with a mean, a variance and tails, so that the model can forecast.
pub trait ForecastEmission: Emission {
    /// Mean and variance of a state's values.
    fn moments(&self, state: usize) -> (f64, f64);

    /// P(X <= x) and P(X >= x) in a state, each accurate where it is small.
    fn tails(&self, state: usize, x: f64) -> (f64, f64);
}
