//! The theta models, and how the series is seasonally adjusted.

/// Which of the theta models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ThetaKind {
    /// The theta method as published: a line through all values with half its slope, on a level that is
    /// smoothed by itself. R's `thetaf`.
    Classic,
    /// Theta 2, level and line fitted together (STM).
    Standard,
    /// Theta fitted, too (OTM).
    Optimized,
    /// Theta 2, on a line that goes through the values seen so far (DSTM).
    DynamicStandard,
    /// Theta fitted, on a line that goes through the values seen so far (DOTM).
    DynamicOptimized,
}

impl ThetaKind {
    pub(super) fn is_dynamic(self) -> bool {
        matches!(self, Self::DynamicStandard | Self::DynamicOptimized)
    }

    pub(super) fn fits_theta(self) -> bool {
        matches!(self, Self::Optimized | Self::DynamicOptimized)
    }
}

/// How the season is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ThetaSeason {
    /// As factors; as deviations where factors cannot be formed: values that are not positive, factors below
    /// 0.01.
    Multiplicative,
    /// As deviations, which are subtracted.
    Additive,
}
