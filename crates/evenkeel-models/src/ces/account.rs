//! What a fit says about itself.

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CesStop {
    /// The expected gain of a further step was below 1e-7 in log-likelihood.
    Converged,
    /// No step along the last direction gained anything: numerically flat, or at the edge of what is admissible.
    Flat,
    /// The limit of iterations was reached.
    Iterations,
    /// Nothing is left to explain but rounding.
    Exact,
}

/// How a fit of complex smoothing went, and how good it is. k counts the real numbers of parameters and starting states, and the
/// variance; n counts the observed values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CesAccount {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) log_likelihood: f64,
    pub(super) parameters: u32,
    pub(super) observed: u64,
    pub(super) iterations: u32,
    pub(super) evaluations: u32,
    pub(super) stop: CesStop,
    pub(super) searched_season: bool,
}

impl CesAccount {
    /// The Gaussian log-likelihood with all its constants; infinite for an exact fit.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// k.
    #[must_use]
    pub fn parameters(&self) -> u32 {
        self.parameters
    }

    /// n.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// Akaike's criterion corrected for short series, `2 k - 2 log L + 2 k (k + 1) / (n - k - 1)`; infinite if n is not above k + 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 samples are not reached")]
    pub fn aicc(&self) -> f64 {
        corrected(f64::from(self.parameters), self.observed as f64) - 2.0 * self.log_likelihood
    }

    /// Iterations from the best start.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Evaluations of the likelihood with its gradient, over all starts.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// Why the search ended.
    #[must_use]
    pub fn stop(&self) -> CesStop {
        self.stop
    }

    /// Whether the starting states of the season were searched for.
    #[must_use]
    pub fn searched_season(&self) -> bool {
        self.searched_season
    }
}

/// What k parameters cost of n values in the corrected criterion.
pub(super) fn corrected(k: f64, n: f64) -> f64 {
    let left = n - k - 1.0;
    2.0 * k + if left > 0.0 { 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(CesAccount);
