//! What a fit says about itself.

use crate::small_sample;

/// How good a fit of [`SimpleSmoothing`](crate::SimpleSmoothing) is. k counts alpha if it was estimated, the starting level and the
/// innovation variance; n counts the observed values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SmoothingAccount {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) log_likelihood: f64,
    pub(super) parameters: u32,
    pub(super) observed: u64,
    pub(super) evaluations: u32,
    pub(super) constant: bool,
}

impl SmoothingAccount {
    /// The maximized Gaussian log-likelihood, with all its constants; infinite for a series that does not vary.
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

    /// Evaluations of the likelihood.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// Whether the series does not vary beyond rounding, so that nothing but its level could be learned.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// Akaike's criterion, `2 k - 2 log L`; smaller is better.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * f64::from(self.parameters) - 2.0 * self.log_likelihood
    }

    /// Akaike's criterion corrected for short series; infinite if n is not above k + 1.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        let k = f64::from(self.parameters);
        let left = self.count() - k - 1.0;
        if left > 0.0 { self.aic() + 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
    }

    /// Schwarz' criterion, `k log n - 2 log L`.
    #[must_use]
    pub fn bic(&self) -> f64 {
        f64::from(self.parameters) * self.count().ln() - 2.0 * self.log_likelihood
    }

    /// What the estimates add to the standard deviations of forecasts: the variance of the likelihood is divided by n.
    pub(super) fn widening(&self) -> f64 {
        let (n, k) = (self.count(), f64::from(self.parameters) - 1.0);
        (n / (n - k).max(1.0)).sqrt() * small_sample::widening(n - k, k, n)
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 samples are not reached")]
    fn count(&self) -> f64 {
        self.observed as f64
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(SmoothingAccount);
