//! Deterministic terms of unit root tests.

/// The deterministic part of a series that a unit root test allows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeterministicTerms {
    /// None: the series varies around zero.
    None,
    /// A constant: the series varies around a level.
    #[default]
    Level,
    /// A constant and a linear trend.
    Trend,
    /// A constant, a linear and a quadratic trend.
    Quadratic,
}

impl DeterministicTerms {
    /// How many columns the terms take in a regression.
    pub(super) fn columns(self) -> usize {
        self as usize
    }
}
