//! Forecasters and their predictions.

use crate::error::Error;
use crate::gaussian;
use crate::observed::observed;
use crate::stage::Stage;
use alloc::boxed::Box;

/// A stage on a regular grid that predicts: [`update`](Stage::update) learns the newest value and gives the
/// prediction of the *next* one.
///
/// `update`'s output always equals [`forecast_into`](Self::forecast_into) of length 1 right after it. A
/// missing value moves the forecast on by one step.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not forecast",
    note = "an unfitted model is not a forecaster: call `.fit(&history)?` first and go on with what it returns"
)]
pub trait Forecaster: Stage<f64, Output = Prediction> {
    /// Fills `out` with predictions of the next `out.len()` values, nearest first. False, and `out`
    /// untouched, if nothing is known yet.
    fn forecast_into(&self, out: &mut [Prediction]) -> bool;

    /// The value `x` under the predictive distribution of the next value; call it *before* `update(x)`.
    /// `None` if nothing is known yet or `x` is missing.
    ///
    /// Provided for Gaussian predictions; a model with another predictive distribution overrides it.
    fn assess(&self, x: f64) -> Option<Assessment> {
        let x = observed(x)?;
        let mut next = [Prediction::default()];
        if self.forecast_into(&mut next) { Some(next[0].assess(x)) } else { None }
    }
}

impl<F: Forecaster + ?Sized> Forecaster for Box<F> {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        (**self).forecast_into(out)
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        (**self).assess(x)
    }
}

impl<F: Forecaster + ?Sized> Forecaster for &mut F {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        (**self).forecast_into(out)
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        (**self).assess(x)
    }
}

/// A Gaussian summary of what is expected: mean and standard deviation, in the units of the data. Intervals
/// at any level are derived.
///
/// ```
/// use evenkeel_core::Prediction;
///
/// let p = Prediction::new(10.0, 2.0).unwrap();
/// let (low, high) = p.interval(0.95)?;
/// assert!((low - 6.080).abs() < 1e-3 && (high - 13.920).abs() < 1e-3);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
#[must_use]
pub struct Prediction {
    mean: f64,
    sd: f64,
}

impl Prediction {
    /// A prediction. `None` unless both are finite and `sd >= 0`.
    #[must_use]
    #[inline]
    pub fn new(mean: f64, sd: f64) -> Option<Self> {
        if mean.is_finite() && sd.is_finite() && sd >= 0.0 { Some(Self { mean, sd }) } else { None }
    }

    /// The expected value; finite.
    #[must_use]
    #[inline]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation; finite, at least 0.
    #[must_use]
    #[inline]
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// The central interval that holds the value with probability `level`.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    pub fn interval(&self, level: f64) -> Result<(f64, f64), Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let half = gaussian::upper_quantile(0.5 * (1.0 - level)) * self.sd;
        Ok((self.mean - half, self.mean + half))
    }

    /// How many standard deviations `x` lies above the mean. A prediction without spread (`sd` = 0) makes any
    /// other value infinitely far and its own mean not at all.
    #[must_use]
    #[inline]
    pub fn standardize(&self, x: f64) -> f64 {
        let deviation = x - self.mean;
        if deviation == 0.0 { 0.0 } else { deviation / self.sd }
    }

    /// `x` under the normal distribution with this mean and standard deviation.
    pub fn assess(&self, x: f64) -> Assessment {
        let z = self.standardize(x);
        // Without spread all the mass sits on the mean.
        let log_density = if self.sd > 0.0 {
            gaussian::log_density(z) - libm::log(self.sd)
        } else if z == 0.0 {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        };
        Assessment {
            log_density: log_density.clamp(f64::MIN, f64::MAX),
            lower: gaussian::lower(z),
            upper: gaussian::upper(z),
        }
    }
}

/// One value under a model's real predictive distribution, whatever its shape.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Assessment {
    log_density: f64,
    lower: f64,
    upper: f64,
}

impl Assessment {
    /// From the natural logarithm of the density (or probability mass) at the value, P(X <= x) and P(X >= x).
    /// `None` if one is NaN or a probability is outside [0, 1]. An infinite log density becomes the largest
    /// finite one of its sign.
    #[must_use]
    pub fn new(log_density: f64, lower: f64, upper: f64) -> Option<Self> {
        let inside = |p: f64| (0.0..=1.0).contains(&p);
        if log_density.is_nan() || !inside(lower) || !inside(upper) {
            return None;
        }
        Some(Self { log_density: log_density.clamp(f64::MIN, f64::MAX), lower, upper })
    }

    /// Natural logarithm of the density or probability mass; finite.
    #[must_use]
    #[inline]
    pub fn log_density(&self) -> f64 {
        self.log_density
    }

    /// P(X <= x), accurate where it is small.
    #[must_use]
    #[inline]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// P(X >= x), accurate where it is small.
    #[must_use]
    #[inline]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The two-sided p-value: twice the smaller tail, at most 1.
    #[must_use]
    pub fn two_sided(&self) -> f64 {
        (2.0 * self.lower.min(self.upper)).min(1.0)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts {
    #[serde(with = "crate::exact")]
    mean: f64,
    #[serde(with = "crate::exact")]
    sd: f64,
}

#[cfg(feature = "serde")]
impl From<Prediction> for Parts {
    fn from(p: Prediction) -> Self {
        Self { mean: p.mean, sd: p.sd }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Prediction {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        Self::new(p.mean, p.sd).ok_or_else(|| {
            Error::parameter(
                "prediction",
                "a finite mean and a finite sd >= 0",
                format_args!("{} ± {}", p.mean, p.sd),
            )
        })
    }
}
