//! The report of an automatic forecast: what was chosen, and why.

use core::fmt;

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
///
/// Its `Display` is a few lines: seasons, validation, the models with more than 1 % of the weight, remarks.
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

impl fmt::Display for AutoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seasons.is_empty() {
            f.write_str("no season")?;
        } else {
            write!(f, "seasons of {:?} samples", self.seasons)?;
        }
        match self.error {
            Some(error) => {
                let (origins, horizon) = (self.origins, self.horizon);
                write!(
                    f,
                    "; mean absolute error {error:.4} at {origins} origins, up to {horizon} steps ahead"
                )?;
            }
            None => f.write_str("; not validated")?,
        }
        write!(f, "; intervals widened by {:.2}", self.widened)?;
        let mut members: Vec<&AutoMember> = self.members.iter().filter(|m| m.weight > 0.01).collect();
        members.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for member in &members {
            write!(f, "\n{:5.1} % {}", 100.0 * member.weight, member.name)?;
            if let Some(error) = member.error {
                write!(f, " (error {error:.4})")?;
            }
        }
        write!(f, "\n{} of {} models have more than 1 %", members.len(), self.members.len())?;
        self.remarks.iter().try_for_each(|remark| write!(f, "\n{remark}"))
    }
}
