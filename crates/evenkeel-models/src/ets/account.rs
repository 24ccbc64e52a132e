//! What a fit says about itself.

use super::form::EtsForm;

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum EtsStop {
    /// There was nothing to search: the parameters were given.
    Given,
    /// The expected gain of a further step was below 1e-7 in log-likelihood.
    Converged,
    /// No step along the last direction gained anything: numerically flat.
    Flat,
    /// The limit of iterations was reached.
    Iterations,
    /// Nothing is left to explain: the series follows the form up to rounding.
    Exact,
}

/// A form that the automatic choice fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EtsCandidate {
    pub(super) form: EtsForm,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) aicc: f64,
    pub(super) contradicted: bool,
    pub(super) explosive: bool,
}

impl EtsCandidate {
    /// The form.
    #[must_use]
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// Its corrected criterion of Akaike; for one that was given up early, what it had reached by then.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    /// Whether it has a slope without damping although the mean of its errors is further from 0 than 3.3 standard errors. It is then not
    /// chosen, however good its criterion is: such a slope is not what the series does.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.contradicted
    }

    /// Whether its standard deviation grows beyond the range of the history and what a walk with its steps would make, within 24 steps or
    /// two periods: an error in proportion to a level that the errors move may do that. It then gives way to the next one, unless
    /// that is more than 20 behind. Only forms that were better than the chosen one are judged.
    #[must_use]
    pub fn is_explosive(&self) -> bool {
        self.explosive
    }
}

/// How an exponential smoothing fit went, and how good it is.
///
/// k counts smoothing parameters (phi among them, where there is one), starting states (the season's without one, which follows from the
/// others) and the variance, as R's `ets` does: 18 for a damped slope with an additive season of 12. n counts the observed values. The criteria are comparable between all forms on the same history.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EtsAccount {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) log_likelihood: f64,
    pub(super) parameters: u32,
    pub(super) observed: u64,
    pub(super) iterations: u32,
    pub(super) evaluations: u32,
    pub(super) stop: EtsStop,
    pub(super) searched_season: bool,
    pub(super) candidates: Vec<EtsCandidate>,
}

impl EtsAccount {
    /// The account of a model whose parameters were given.
    pub(super) fn given(form: EtsForm, period: usize) -> Self {
        Self {
            log_likelihood: 0.0,
            parameters: u32::try_from(form.parameters(period)).unwrap_or(u32::MAX),
            observed: 0,
            iterations: 0,
            evaluations: 0,
            stop: EtsStop::Given,
            searched_season: false,
            candidates: Vec::new(),
        }
    }

    /// The Gaussian log-likelihood with all its constants, the variance at its maximum; infinite for an exact fit.
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

    /// Iterations of the search.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Evaluations of the likelihood, with or without its gradient.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// Why the search ended.
    #[must_use]
    pub fn stop(&self) -> EtsStop {
        self.stop
    }

    /// Whether the starting states of the season were searched for. Those of a long season are taken from moving averages.
    #[must_use]
    pub fn searched_season(&self) -> bool {
        self.searched_season
    }

    /// What the automatic choice compared, best first; empty if the form was given.
    #[must_use]
    pub fn candidates(&self) -> &[EtsCandidate] {
        &self.candidates
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 samples are not reached")]
    fn count(&self) -> f64 {
        self.observed as f64
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(EtsAccount);
