//! The kinds of naive forecasts, and their limits.

/// The longest period or window.
pub(super) const LONGEST: usize = 100_000;

/// Which of the naive forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum NaiveKind {
    /// The last value, repeated.
    Last,
    /// The value one period before.
    Seasonal,
    /// The last value, and the slope from the first to the last.
    Drift,
    /// The mean of all values.
    Mean,
    /// The mean of the newest values.
    WindowMean,
    /// The last value, seasonally adjusted: Naive2 of the M competitions.
    Adjusted,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(NaiveKind);
