//! The report of an automatic forecast: what was chosen, and why.

/// The kind of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum AutoFamily {
    /// Autoregressions on long lags, on several scales.
    LongLags,
    /// Exponential smoothing, Theta, ARIMA: what short histories need.
    Smoothing,
    /// What is used if nothing else can be.
    Fallback,
}

/// A model that was considered.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct AutoMember {
    /// What it is.
    pub name: String,
    /// Its kind.
    pub family: AutoFamily,
    /// Its share in the forecast, in [0, 1]; 0 if it was left out.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub weight: f64,
    /// Its mean absolute error at the origins of validation, in units of the data, where it was validated.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub error: Option<f64>,
    /// Why it was left out, if it was.
    pub why_not: Option<String>,
}

/// How an [`Auto`](crate::auto::Auto) came to its forecast.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct AutoReport {
    /// The seasons that were reckoned with, the shortest first, in samples; empty if there are none.
    pub seasons: Vec<usize>,
    /// How many steps ahead it was validated.
    pub horizon: usize,
    /// From how many origins; 0 if the history was too short for that.
    pub origins: usize,
    /// All models that were considered.
    pub members: Vec<AutoMember>,
    /// The mean absolute error of the combination at the origins, in units of the data, where it was
    /// validated.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub error: Option<f64>,
    /// What the standard deviations of the combination are multiplied by, for their 95 % intervals to hold as
    /// at the origins; 1 without origins.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub widened: f64,
    /// What was found out about the history, in sentences.
    pub remarks: Vec<String>,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(AutoReport);
