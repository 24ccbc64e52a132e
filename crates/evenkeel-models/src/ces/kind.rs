//! The kinds of seasonality, and the limits of the period.

use evenkeel_core::Error;

/// The longest period.
pub(super) const LONGEST: usize = 10_000;
/// How the season enters complex smoothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CesKind {
    /// There is no season.
    None,
    /// Each phase of the season is a series of its own.
    Simple,
    /// Added to the level, as a real number a phase.
    Partial,
    /// Added to the level, as a complex number a phase.
    Full,
}

impl CesKind {
    pub(super) const ALL: [Self; 4] = [Self::None, Self::Simple, Self::Partial, Self::Full];

    /// Numbers that are estimated, with the variance.
    pub(super) fn parameters(self, period: usize) -> usize {
        match self {
            Self::None => 2 + 2 + 1,
            Self::Simple => 2 + 2 * period + 1,
            Self::Partial => 3 + 2 + period + 1,
            Self::Full => 4 + 2 + 2 * period + 1,
        }
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(CesKind);

pub(super) fn check_period(period: usize) -> Result<(), Error> {
    Error::require((1..=LONGEST).contains(&period), "period", "in 1..=10000", period)
}
