//! The known behavior that a control chart compares with.

use evenkeel_core::{Error, PlausibilityCheck, Prediction};

/// The check of values of such a process in thousandths of a standard deviation: a million of those off is implausible.
pub(crate) fn in_control_check() -> PlausibilityCheck {
    PlausibilityCheck::knowing(1e3)
}

/// A standardized value in the unit of that check.
pub(crate) fn in_thousandths(z: f64) -> f64 {
    (1e3 * z).clamp(-evenkeel_core::LARGEST, evenkeel_core::LARGEST)
}

/// Mean and standard deviation of a process in control, checked once for every chart.
///
/// # Errors
/// If `mean` is not finite, or `sd` is not finite and positive.
pub(crate) fn in_control(mean: f64, sd: f64) -> Result<Prediction, Error> {
    Error::require(
        evenkeel_core::observed(mean).is_some(),
        "mean",
        "finite and at most 1e100 in magnitude",
        mean,
    )?;
    Error::require(
        (f64::MIN_POSITIVE..=evenkeel_core::LARGEST).contains(&sd),
        "sd",
        "positive, and at most 1e100",
        sd,
    )?;
    Prediction::new(mean, sd).ok_or(Error::Numerical { what: "mean and sd make no prediction" })
}
