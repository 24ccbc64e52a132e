//! Normalization to a common scale: z-scores, robust z-scores, ranges.

use crate::quantile::median_of_mut;
use crate::quantile::{MAD_TO_SD, mad};
use alloc::vec::Vec;
use evenkeel_core::{Error, Fit, Stage, observed};

/// Normalization of values to a common scale, learned from a history by [`fit`](Fit::fit).
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_series::transform::Normalization;
///
/// let history = [10.0, 12.0, 14.0, f64::NAN, 16.0, 500.0];
/// let mut normal = Normalization::Robust.fit(&history[..])?;
/// assert_eq!(normal.update(14.0), Some(0.0));
/// let z = normal.update(20.0).unwrap();
/// assert!((z - 6.0 / (1.482602218505602 * 2.0)).abs() < 1e-12);
/// assert!((normal.invert(z).unwrap() - 20.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Missing values of the history are left out. O(n) time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Normalization {
    /// (x - mean) / standard deviation.
    #[default]
    Standard,
    /// (x - median) / (1.4826 median absolute deviation): robust against outliers.
    Robust,
    /// (x - minimum) / (maximum - minimum): the history is in [0, 1], the stream may not be.
    MinMax,
}

impl Fit<[f64]> for Normalization {
    type Fitted = Normalizer;

    /// # Errors
    /// [`Error::TooShort`] below two observed values, [`Error::Numerical`] if the history has no spread of
    /// the kind that is asked for.
    fn fit(&self, history: &[f64]) -> Result<Normalizer, Error> {
        let mut values: Vec<f64> = history.iter().copied().filter_map(observed).collect();
        if values.len() < 2 {
            return Err(Error::TooShort { needed: 2, got: values.len() });
        }
        let (center, scale) = match self {
            Self::Standard => mean_and_deviation(&values),
            Self::Robust => {
                let spread = mad(&values).unwrap_or(0.0) * MAD_TO_SD;
                (median_of_mut(&mut values).unwrap_or(0.0), spread)
            }
            Self::MinMax => {
                let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low)
            }
        };
        Normalizer::new(center, scale)
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in values {
        n += 1.0;
        let off = x - mean;
        mean += off / n;
        squares += off * (x - mean);
    }
    (mean, libm::sqrt(squares / (n - 1.0)))
}

evenkeel_core::state! {
    /// Normalizes a stream to the scale of its history, as learned by [`Normalization`].
    ///
    /// A stage without memory: (x - [`center`](Self::center)) / [`scale`](Self::scale); no output for a
    /// missing value, or where the result would not count as [`observed`].
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Normalizer("Normalizer@1") {
        center: f64,
        scale: f64,
    }
}

impl Normalizer {
    /// From a known center and scale.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the center is not finite and at most 1e100 in magnitude; [`Error::Numerical`]
    /// if the scale is not above 0 or beyond 1e101.
    pub fn new(center: f64, scale: f64) -> Result<Self, Error> {
        let own = Self { center, scale };
        own.validate()?;
        Ok(own)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(observed(self.center).is_some(), "center", "finite and at most 1e100", self.center)?;
        if self.scale > f64::MIN_POSITIVE && self.scale <= 1e101 {
            Ok(())
        } else {
            Err(Error::Numerical { what: "the scale: the history has no spread" })
        }
    }

    /// The value that becomes 0.
    #[must_use]
    pub fn center(&self) -> f64 {
        self.center
    }

    /// The distance that becomes 1.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The normalized value; `None` for a missing one.
    #[must_use]
    pub fn apply(&self, x: f64) -> Option<f64> {
        observed((observed(x)? - self.center) / self.scale)
    }

    /// Back to the units of the data; `None` for a missing value.
    #[must_use]
    pub fn invert(&self, z: f64) -> Option<f64> {
        observed(self.center + observed(z)? * self.scale)
    }
}

impl Stage<f64> for Normalizer {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        self.apply(x)
    }

    fn reset(&mut self) {}
}
