//! The objective of a theta fit.

#[cfg(feature = "serde")]
use crate::fit::FitReport;
use core::fmt;

/// The criterion of a theta fit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct ThetaCriteria {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) scaled_squares: f64,
}

impl ThetaCriteria {
    /// The sum of the squared errors from the fourth value on, over the mean size of the seasonally adjusted
    /// values: the criterion of the authors' program, in units of the data.
    #[must_use]
    pub fn scaled_squares(&self) -> f64 {
        self.scaled_squares
    }
}

impl fmt::Display for ThetaCriteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scaled sum of squared errors {:.4}", self.scaled_squares)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(FitReport<ThetaCriteria>);
