//! The candidate forms that were compared.

use super::form::EtsForm;

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

    /// Its corrected criterion of Akaike; for one that was abandoned early, what it had reached by then.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    /// Whether it has a slope without damping although the mean of its errors is further from 0 than 3.3
    /// standard errors. It is then not chosen, however good its criterion is: such a slope is not what the
    /// series does.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.contradicted
    }

    /// Whether its standard deviation grows beyond the range of the history and what a walk with its steps
    /// would make, within 24 steps or two periods: an error in proportion to a level that the errors move may
    /// do that. It then gives way to the next one, unless that is more than 20 behind. Only forms that were
    /// better than the chosen one are tested for it.
    #[must_use]
    pub fn is_explosive(&self) -> bool {
        self.explosive
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(EtsCandidate);
