//! The Yeo-Johnson transform.

use super::box_cox::{Sample, log_of, only_if, power};
use super::exponent_search::{MOST, distinct, is_invertible, largest_around_zero, usable};
use alloc::vec::Vec;
use evenkeel_core::{Error, LARGEST, observed};

/// A power that takes values of either sign: that of Box and Cox of `1 + x` from 0 on, and its mirror with
/// exponent `2 - lambda` below (Yeo and Johnson 2000, doi:10.1093/biomet/87.4.954). 1 leaves values as they
/// are.
///
/// ```
/// use evenkeel_series::transform::YeoJohnson;
///
/// let skewed: Vec<f64> = (0..200).map(|i| (f64::from(i) / 40.0).exp() - 3.0).collect();
/// let scale = YeoJohnson::most_likely(&skewed)?;
/// assert!(scale.lambda() < 0.5);
/// assert!((scale.invert(scale.apply(-2.0).unwrap()) + 2.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct YeoJohnson {
    lambda: f64,
}

impl YeoJohnson {
    /// With this exponent.
    ///
    /// # Errors
    /// If `lambda` is not in [-32, 32].
    pub fn new(lambda: f64) -> Result<Self, Error> {
        Error::require((-MOST..=MOST).contains(&lambda), "lambda", "in [-32, 32]", lambda)?;
        Ok(Self { lambda })
    }

    /// The exponent of maximum likelihood, for observed values that are a normal sample after the transform,
    /// among those with which different values stay different and [`invert`](Self::invert) gives each of them
    /// back to a relative 1e-9. O(n) for each of some hundred exponents tried.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than 3 observed values, [`Error::Numerical`] if nothing varies, or
    /// values differ by rounding only so that no exponent keeps them apart.
    pub fn most_likely(values: &[f64]) -> Result<Self, Error> {
        let sample = Sided::new(values)?;
        let values = distinct(values);
        let holds = |lambda: f64| {
            let scale = Self { lambda };
            is_invertible(&values, |x| scale.apply(x), |z| scale.invert(z))
        };
        let search = |holds: &dyn Fn(f64) -> bool| {
            largest_around_zero(|lambda| only_if(holds(lambda), || sample.log_likelihood(lambda)))
        };
        Self::new(usable(search, holds)?)
    }

    /// The log-likelihood of the observed values as one normal sample at this exponent, without constants.
    ///
    /// # Errors
    /// Those of [`most_likely`](Self::most_likely).
    pub fn log_likelihood(&self, values: &[f64]) -> Result<f64, Error> {
        Ok(Sided::new(values)?.log_likelihood(self.lambda))
    }

    /// The exponent.
    #[must_use]
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The transformed value; `None` if it is missing or beyond 1e100 there.
    #[must_use]
    pub fn apply(&self, x: f64) -> Option<f64> {
        observed(transform(observed(x)?, self.lambda))
    }

    /// The inverse: the value of a place on the scale, within 1e100; places outside of the range of the
    /// transform give the nearest end.
    #[must_use]
    pub fn invert(&self, z: f64) -> f64 {
        if z >= 0.0 { back(z, self.lambda) } else { -back(-z, 2.0 - self.lambda) }
    }
}

fn back(z: f64, lambda: f64) -> f64 {
    let x = if lambda == 0.0 {
        libm::expm1(z)
    } else if lambda * z <= -1.0 {
        LARGEST
    } else {
        libm::expm1(log_of(z, lambda))
    };
    x.min(LARGEST)
}

fn transform(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 { power(libm::log1p(x), lambda) } else { -power(libm::log1p(-x), 2.0 - lambda) }
}

/// The sample in the form that the likelihood needs.
enum Sided {
    /// All of one sign: that of Box and Cox of `1 + |x|`, where nothing cancels; mirrored below 0.
    OneSign(Sample, bool),
    Both(Vec<f64>),
}

impl Sided {
    fn new(values: &[f64]) -> Result<Self, Error> {
        let seen: Vec<f64> = values.iter().filter_map(|x| observed(*x)).collect();
        if seen.len() < 3 {
            return Err(Error::TooShort { needed: 3, got: seen.len() });
        }
        if seen.iter().all(|x| *x == seen[0]) {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let below = seen.iter().all(|x| *x <= 0.0);
        if below || seen.iter().all(|x| *x >= 0.0) {
            let sizes: Vec<f64> = seen.iter().map(|x| 1.0 + x.abs()).collect();
            return Ok(Self::OneSign(Sample::new(&sizes, None)?, below));
        }
        Ok(Self::Both(seen))
    }

    fn log_likelihood(&self, lambda: f64) -> f64 {
        let seen = match self {
            Self::OneSign(sample, below) => {
                return sample.log_likelihood(if *below { 2.0 - lambda } else { lambda });
            }
            Self::Both(seen) => seen,
        };
        let n = seen.len() as f64;
        let z: Vec<f64> = seen.iter().map(|x| transform(*x, lambda)).collect();
        let mean = z.iter().map(|x| x / n).sum::<f64>();
        let variance = z.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let slopes: f64 = seen.iter().map(|x| libm::copysign(libm::log1p(x.abs()), *x)).sum();
        let value = (lambda - 1.0) * slopes - 0.5 * n * libm::log(variance);
        // Equal places of different values, or an overflow: no likelihood.
        if value.is_finite() { value } else { f64::NEG_INFINITY }
    }
}
