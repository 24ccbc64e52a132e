//! The fit report: information criteria, iterations and termination, the same for all models.

use crate::count::as_f64;
use core::fmt;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// Why a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Termination {
    /// There was nothing to search: the parameters were given, or there are none.
    Given,
    /// The optimum is known in closed form, without a search.
    ClosedForm,
    /// The expected gain of a further step was below the tolerance (1e-7 in log-likelihood), or a search in
    /// one dimension narrowed the optimum down.
    Converged,
    /// No step along the last direction gained anything: the objective is numerically flat, or the search
    /// stands at the edge of what is admissible.
    Flat,
    /// The limit of iterations was reached.
    IterationLimit,
    /// Nothing is left to explain but rounding: the series does not vary, or follows the model exactly.
    Exact,
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "nothing to search",
            Self::ClosedForm => "closed form",
            Self::Converged => "converged",
            Self::Flat => "no further gain",
            Self::IterationLimit => "stopped at the limit of iterations",
            Self::Exact => "exact fit",
        })
    }
}

/// The likelihood at its maximum, and the information criteria that follow from it; all of them smaller for
/// better models.
///
/// They compare models of the same values: for ARIMA of the same differencing, for a sparse autoregression of
/// the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Criteria {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    log_likelihood: f64,
    parameters: usize,
    effective: usize,
}

impl Criteria {
    pub(crate) fn new(log_likelihood: f64, parameters: usize, effective: usize) -> Self {
        Self { log_likelihood, parameters, effective }
    }

    /// The maximized natural log-likelihood, Gaussian, with all its constants; infinite for an exact fit; 0
    /// for a model that was not fitted to a history.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// k: how many numbers the model has, among them estimated starting states and the innovation variance.
    /// The page of the model says what counts.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// n: how many values the likelihood is of; for ARIMA the observed ones without d + D s.
    #[must_use]
    pub fn effective(&self) -> usize {
        self.effective
    }

    /// Akaike's criterion, `2 k - 2 log L`.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * as_f64(self.parameters) - 2.0 * self.log_likelihood
    }

    /// Akaike's criterion corrected for short series, `AIC + 2 k (k + 1) / (n - k - 1)`; infinite if n is not
    /// above k + 1.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        let k = as_f64(self.parameters);
        let left = as_f64(self.effective) - k - 1.0;
        if left > 0.0 { self.aic() + 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
    }

    /// Schwarz's criterion, `k log n - 2 log L`.
    #[must_use]
    pub fn bic(&self) -> f64 {
        as_f64(self.parameters) * as_f64(self.effective).ln() - 2.0 * self.log_likelihood
    }

    #[cfg(feature = "serde")]
    pub(crate) fn validate(&self) -> Result<(), Error> {
        Error::require(!self.log_likelihood.is_nan(), "log_likelihood", "a number", self.log_likelihood)
    }
}

impl fmt::Display for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (aic, aicc, bic) = (self.aic(), self.aicc(), self.bic());
        write!(f, "AIC {aic:.2}, AICc {aicc:.2}, BIC {bic:.2}; ")?;
        let (log_likelihood, k, n) = (self.log_likelihood, self.parameters, self.effective);
        write!(f, "log-likelihood {log_likelihood:.2} of {n} values, {k} parameters")
    }
}

/// How a fit went, and how good it is. Its `Display` is two lines: the criteria, and how the search went.
///
/// `C` is what the fit optimized: the likelihood, with [`Criteria`], for all models but
/// [`Theta`](crate::theta::Theta).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct FitReport<C = Criteria> {
    pub(crate) criteria: C,
    pub(crate) observed: usize,
    pub(crate) iterations: usize,
    pub(crate) evaluations: usize,
    pub(crate) termination: Termination,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(FitReport);

impl FitReport {
    /// Of a model with so many parameters that was not fitted to a history.
    pub(crate) fn given(parameters: usize) -> Self {
        Self {
            criteria: Criteria::new(0.0, parameters, 0),
            observed: 0,
            iterations: 0,
            evaluations: 0,
            termination: Termination::Given,
        }
    }
}

impl<C> FitReport<C> {
    /// How good the fit is.
    #[must_use]
    pub fn criteria(&self) -> &C {
        &self.criteria
    }

    /// Observed values in the history; for a sparse autoregression those whose lagged values are observed,
    /// too.
    #[must_use]
    pub fn observed(&self) -> usize {
        self.observed
    }

    /// Iterations of the search; for ARIMA over all starting points.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Evaluations of the objective, with or without its gradient.
    #[must_use]
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Why the search ended: that from the best starting point, where there were several.
    #[must_use]
    pub fn termination(&self) -> Termination {
        self.termination
    }

    /// Whether it ended at an optimum.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.termination != Termination::IterationLimit
    }
}

impl<C: fmt::Display> fmt::Display for FitReport<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.criteria)?;
        let (iterations, evaluations, observed) = (self.iterations, self.evaluations, self.observed);
        write!(f, "{}: {iterations} iterations, {evaluations} evaluations, ", self.termination)?;
        write!(f, "{observed} observed values")
    }
}
