//! What a fit says about itself.

use super::initial_values::ArimaStart;
use super::lag_polynomials::LagPolynomials;
use super::polynomial::step_down;
use crate::count::as_f64;

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ArimaStop {
    /// There was nothing to search: no coefficients, or given ones.
    Given,
    /// The expected gain of a further step was below 1e-7 in log-likelihood.
    Converged,
    /// No step along the last direction gained anything: numerically flat.
    Flat,
    /// The limit of iterations was reached.
    Iterations,
    /// The series does not vary beyond rounding: nothing can be learned but its level.
    Constant,
}

/// How an ARIMA fit went, and how good it is.
///
/// `k` counts the coefficients, the constant, the regressors and the innovation variance; n counts the observed values without d + D s. The
/// criteria are comparable between models with the same differencing on the same history.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ArimaAccount {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) log_likelihood: f64,
    pub(super) parameters: usize,
    pub(super) observed: usize,
    pub(super) effective: usize,
    pub(super) iterations: usize,
    pub(super) evaluations: usize,
    pub(super) stop: ArimaStop,
    pub(super) starts: usize,
    pub(super) start: ArimaStart,
    pub(super) near_unit_root: bool,
    pub(super) near_noninvertible: bool,
}

impl ArimaAccount {
    /// The account of a model that was not fitted.
    pub(super) fn given(parameters: usize, polynomials: &LagPolynomials, coefficients: &[f64]) -> Self {
        Self {
            log_likelihood: 0.0,
            parameters,
            observed: 0,
            effective: 0,
            iterations: 0,
            evaluations: 0,
            stop: ArimaStop::Given,
            starts: 0,
            start: ArimaStart::Given,
            near_unit_root: is_near_circle(polynomials, coefficients, true),
            near_noninvertible: is_near_circle(polynomials, coefficients, false),
        }
    }

    /// The maximized natural log-likelihood; infinite for a series that does not vary.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// k: coefficients, constant, regressors and innovation variance.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Observed values in the history.
    #[must_use]
    pub fn observed(&self) -> usize {
        self.observed
    }

    /// n: observed values without d + D s.
    #[must_use]
    pub fn effective(&self) -> usize {
        self.effective
    }

    /// Akaike's criterion, `2 k - 2 log L`; smaller is better.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * as_f64(self.parameters) - 2.0 * self.log_likelihood
    }

    /// Akaike's criterion corrected for short series, `AIC + 2 k (k + 1) / (n - k - 1)`; infinite if n is not above k + 1.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        let k = as_f64(self.parameters);
        let left = as_f64(self.effective) - k - 1.0;
        if left > 0.0 { self.aic() + 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
    }

    /// Schwarz' criterion, `k log n - 2 log L`.
    #[must_use]
    pub fn bic(&self) -> f64 {
        as_f64(self.parameters) * as_f64(self.effective).ln() - 2.0 * self.log_likelihood
    }

    /// Iterations over all starts.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Evaluations of the likelihood over all starts and the standard errors.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Why the search from the best start ended.
    #[must_use]
    pub fn stop(&self) -> ArimaStop {
        self.stop
    }

    /// Whether the search ended at a maximum.
    #[must_use]
    pub fn converged(&self) -> bool {
        matches!(self.stop, ArimaStop::Given | ArimaStop::Converged | ArimaStop::Flat | ArimaStop::Constant)
    }

    /// How many starts had a likelihood.
    #[must_use]
    pub fn starts(&self) -> usize {
        self.starts
    }

    /// The start that led to the best fit.
    #[must_use]
    pub fn start(&self) -> ArimaStart {
        self.start
    }

    /// Whether a partial autocorrelation of an autoregressive factor is within 1e-3 of ±1: one more difference may be needed.
    #[must_use]
    pub fn near_unit_root(&self) -> bool {
        self.near_unit_root
    }

    /// Whether a moving average factor is within 1e-3 of not being invertible: one difference may be too many.
    #[must_use]
    pub fn near_noninvertible(&self) -> bool {
        self.near_noninvertible
    }
}

/// Whether a partial autocorrelation of a factor on this side is within 1e-3 of ±1.
pub(super) fn is_near_circle(
    polynomials: &LagPolynomials,
    coefficients: &[f64],
    autoregressive: bool,
) -> bool {
    let sign = if autoregressive { 1.0 } else { -1.0 };
    polynomials.blocks().into_iter().filter(|block| block.1 == autoregressive).any(|(range, _)| {
        let mut partial: Vec<f64> = coefficients[range].iter().map(|c| sign * c).collect();
        !step_down(&mut partial) || partial.iter().any(|rho| rho.abs() > 1.0 - 1e-3)
    })
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(ArimaAccount);
