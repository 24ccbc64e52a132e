//! The deterministic part: a mean, a drift or nothing.

/// The deterministic part of an [`Arima`](crate::arima::Arima): a mean, a drift, or nothing.
///
/// It is the mean or the slope *of the series*, not an intercept of the recursion: `y_t = mean + n_t`, or
/// `y_t = drift t + n_t` with t = 1 for the first value of the history, where n is ARIMA(p, d, q) without a
/// constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Constant {
    /// Nothing: the process itself has mean zero (d = 0) or no trend (d > 0).
    #[default]
    None,
    /// The mean of the series; only for d = 0, since differencing removes it.
    Mean,
    /// The slope per sample; only for d = 0 or 1, since differencing twice removes it.
    Drift,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Constant);
