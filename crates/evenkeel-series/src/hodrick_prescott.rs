//! The Hodrick-Prescott filter.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The Hodrick-Prescott filter: the trend that is close to the values and bends little.
///
/// It minimizes the sum of (value - trend)² plus λ times the sum of squared second differences of the trend. λ is the price of bending:
/// 0 gives the values back, infinity the straight line of least squares. With λ = (2 sin(π / T))⁻⁴, half of a wave of T values goes to
/// the trend ([`for_cutoff`](Self::for_cutoff)); economists take 1600 for quarters (T ≈ 40).
///
/// ```
/// use evenkeel_series::HodrickPrescott;
///
/// let y: Vec<f64> = (0..200).map(|t| f64::from(t) * 0.1 + f64::from(t % 2)).collect();
/// let trend = HodrickPrescott::new(1600.0).trend(&y)?;
/// assert!((trend[100] - 10.5).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Missing* values cost nothing, whatever the trend is there: the trend goes on as straight as it may.
/// *Complexity*: O(n) time and memory (a banded Cholesky factor).
/// *Source*: R. Hodrick, E. Prescott, Journal of Money, Credit and Banking 29 (1997) 1-16, doi:10.2307/2953682; E. Whittaker,
/// Proceedings of the Edinburgh Mathematical Society 41 (1923) 63-75, doi:10.1017/S0013091500077853.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct HodrickPrescott {
    lambda: f64,
}

impl HodrickPrescott {
    /// With this price of bending, from 0 to 1e12.
    pub const fn new(lambda: f64) -> Self {
        Self { lambda }
    }

    /// With the price at which half of a wave of `period` values, at least 2, goes to the trend.
    pub fn for_cutoff(period: f64) -> Self {
        let sine = 2.0 * libm::sin(core::f64::consts::PI / period);
        Self { lambda: 1.0 / (sine * sine * sine * sine) }
    }

    /// The trend, one value for each, also where a value is missing.
    ///
    /// # Errors
    /// If λ is out of range or fewer than two values are observed.
    pub fn trend(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        // Beyond, a double is too short for the sum of 1 and 16 λ.
        Error::require((0.0..=1e12).contains(&self.lambda), "lambda", "in [0, 1e12]", self.lambda)?;
        let seen = values.iter().filter(|x| observed(**x).is_some()).count();
        if seen < 2 {
            return Err(Error::TooShort { needed: 2, got: seen });
        }
        let n = values.len();
        if self.lambda == 0.0 && seen == n || n < 3 {
            return Ok(values.to_vec());
        }
        let lambda = self.lambda.max(f64::MIN_POSITIVE);
        // I + λ D'D = L diag(d) L' with two bands below the diagonal, and both triangular solves.
        let (mut d, mut first, mut second) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let mut x = vec![0.0; n];
        for i in 0..n {
            let squares = (if i + 2 < n { 1.0 } else { 0.0 })
                + (if i >= 1 && i + 1 < n { 4.0 } else { 0.0 })
                + (if i >= 2 { 1.0 } else { 0.0 });
            let value = observed(values[i]);
            let mut diagonal = lambda * squares + if value.is_some() { 1.0 } else { 0.0 };
            // The product of neighboring columns of D.
            let mut beside = lambda
                * ((if i + 2 < n { -2.0 } else { 0.0 }) + (if i >= 1 && i + 1 < n { -2.0 } else { 0.0 }));
            let mut right = value.unwrap_or(0.0);
            if i >= 1 {
                diagonal -= first[i - 1] * first[i - 1] * d[i - 1];
                beside -= first[i - 1] * second[i - 1] * d[i - 1];
                right -= first[i - 1] * x[i - 1];
            }
            if i >= 2 {
                diagonal -= second[i - 2] * second[i - 2] * d[i - 2];
                right -= second[i - 2] * x[i - 2];
            }
            if diagonal.is_nan() || diagonal <= 0.0 {
                return Err(Error::Numerical { what: "the gaps are too long for this lambda" });
            }
            d[i] = diagonal;
            first[i] = beside / diagonal;
            second[i] = if i + 2 < n { lambda / diagonal } else { 0.0 };
            x[i] = right;
        }
        for i in (0..n).rev() {
            let mut value = x[i] / d[i];
            if i + 1 < n {
                value -= first[i] * x[i + 1];
            }
            if i + 2 < n {
                value -= second[i] * x[i + 2];
            }
            x[i] = value;
        }
        Ok(x)
    }
}
