//! In-control mean and standard deviation, and implausible values.

use evenkeel_core::{Error, Prediction};

/// Counts standardized values that are implausible: more than a million standard deviations off, unless eight
/// in a row are. The rule of `PlausibilityCheck`, for a known mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct WildRun(u8);

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(WildRun);

impl WildRun {
    #[inline]
    pub(crate) fn is_wild(&mut self, z: f64) -> bool {
        if z.abs() <= 1e6 {
            self.0 = 0;
            false
        } else {
            self.goes_on()
        }
    }

    #[cold]
    fn goes_on(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        self.0 < 8
    }
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
