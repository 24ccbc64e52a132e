//! What a hidden state says: the trait of emission distributions.

use core::fmt::Debug;
use evenkeel_core::Error;

/// The last row with an observed coordinate before another one: for emissions that
/// [remember](Emission::remembers) it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Before<'a> {
    /// Its coordinates; one that is missing is NaN.
    pub row: &'a [f64],
    /// How many rows before: 1 for the row right before, more after a gap.
    pub ago: usize,
}

impl<'a> Before<'a> {
    /// What is before the row after `row`.
    fn next(before: Option<Self>, row: &'a [f64]) -> Option<Self> {
        if row.iter().any(|x| !x.is_nan()) {
            return Some(Self { row, ago: 1 });
        }
        before.map(|Self { row, ago }| Self { row, ago: ago.saturating_add(1) })
    }

    /// What is before a row of a sequence.
    #[inline(always)]
    pub(super) fn of_sequence<E: Emission>(emission: &E, rows: &'a [f64], at: usize) -> Option<Self> {
        if emission.remembers() { Self::last(rows, at, emission.dimension()) } else { None }
    }

    fn last(rows: &'a [f64], at: usize, dimension: usize) -> Option<Self> {
        let behind = rows[..at * dimension].chunks_exact(dimension).rev().zip(1..);
        let mut observed = behind.filter(|(row, _)| row.iter().any(|x| !x.is_nan()));
        observed.next().map(|(row, ago)| Self { row, ago })
    }
}

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
/// Given the states, rows are independent unless the emission [remembers](Self::remembers): then a density is
/// that of a row given the last one [before](Before) it.
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

    /// Whether the density of a row depends on the row before it, as in an autoregression: false by default.
    /// Where it is true, [`log_densities_after`](Self::log_densities_after) and
    /// [`accumulate_after`](Self::accumulate_after) are overridden, too; those without the row before are
    /// then for rows with nothing before them in their sequence.
    fn remembers(&self) -> bool {
        false
    }

    /// [`log_densities`](Self::log_densities) given the last row before.
    fn log_densities_after(&self, before: Before<'_>, row: &[f64], out: &mut [f64]) {
        let _ = before;
        self.log_densities(row, out);
    }

    /// [`accumulate`](Self::accumulate) given the last row before.
    fn accumulate_after(&self, before: Before<'_>, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        let _ = before;
        self.accumulate(row, weights, sums);
    }

    /// Log-densities of consecutive rows, given the last row before the first for an emission that remembers
    /// it (`None`: there is none); what it says of rows without an observed coordinate is not read. To be
    /// overridden where that is faster.
    fn log_densities_of_rows(&self, before: Option<Before<'_>>, rows: &[f64], out: &mut [f64]) {
        let mut before = before;
        for (row, out) in rows.chunks_exact(self.dimension()).zip(out.chunks_exact_mut(self.states())) {
            if row.iter().any(|x| !x.is_nan()) {
                match before {
                    Some(before) => self.log_densities_after(before, row, out),
                    None => self.log_densities(row, out),
                }
            }
            before = Before::next(before, row);
        }
    }

    /// Adds consecutive rows, those without an observed coordinate among them, given the last row before the
    /// first; to be overridden where that is faster.
    fn accumulate_rows(&self, before: Option<Before<'_>>, rows: &[f64], weights: &[f64], sums: &mut [f64]) {
        let mut before = before;
        for (row, weights) in rows.chunks_exact(self.dimension()).zip(weights.chunks_exact(self.states())) {
            if row.iter().any(|x| !x.is_nan()) {
                match before {
                    Some(before) => self.accumulate_after(before, row, weights, sums),
                    None => self.accumulate(row, weights, sums),
                }
            }
            before = Before::next(before, row);
        }
    }

    /// Makes the parts of a state differ, if it has several that begin alike: called once for each start of
    /// EM, with all rows, the state that each of them was assigned to, and a seed. Does nothing by default.
    fn separate(&mut self, rows: &[f64], states: &[usize], seed: u64) {
        let _ = (rows, states, seed);
    }
}

/// An emission of one number with a mean, a variance and tails, so that the model can forecast.
pub trait ForecastEmission: Emission {
    /// Mean and variance of a state's values.
    fn moments(&self, state: usize) -> (f64, f64);

    /// P(X <= x) and P(X >= x) in a state, each accurate where it is small.
    fn tails(&self, state: usize, x: f64) -> (f64, f64);

    /// The moments given the last value before, for an emission that [remembers](Emission::remembers).
    fn moments_after(&self, state: usize, before: Before<'_>) -> (f64, f64) {
        let _ = before;
        self.moments(state)
    }

    /// The tails given the last value before, for an emission that [remembers](Emission::remembers).
    fn tails_after(&self, state: usize, before: Before<'_>, x: f64) -> (f64, f64) {
        let _ = before;
        self.tails(state, x)
    }
}
