//! Autocovariances of all lags at once, by Fourier transforms.

use super::fourier_transform::Spectral;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

impl Spectral {
    /// The autocovariances at lags 0 to `lags`, by one transform and back: O((n + lags) log n) for all.
    ///
    /// They are about the mean of all, and those of complete series are divided by n, so that they are a
    /// positive definite sequence. Pairs with *missing* values are left out: with m pairs at lag k, the sum
    /// is divided by m + k, as R does it with `na.pass`.
    ///
    /// ```
    /// use evenkeel_series::spectral::Spectral;
    ///
    /// let c = Spectral::new().autocovariance(&[1.0, 2.0, 3.0, 4.0], 1)?;
    /// assert!((c[0] - 1.25).abs() < 1e-12 && (c[1] - 0.3125).abs() < 1e-12);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If nothing is observed, or `lags` is not below the number of values.
    pub fn autocovariance(&mut self, values: &[f64], lags: usize) -> Result<Vec<f64>, Error> {
        let (mut sum, mut count) = (0.0, 0_usize);
        for x in values.iter().filter_map(|x| observed(*x)) {
            sum += x;
            count += 1;
        }
        if count == 0 {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        Error::require(lags < values.len(), "lags", "below the number of values", lags)?;
        let mean = sum / count as f64;
        let centered: Vec<f64> = values.iter().map(|x| observed(*x).map_or(0.0, |x| x - mean)).collect();
        let mut products = self.lagged_products(&centered, lags);
        if count == values.len() {
            products.iter_mut().for_each(|c| *c /= count as f64);
            return Ok(products);
        }
        let seen: Vec<f64> = values.iter().map(|x| if observed(*x).is_some() { 1.0 } else { 0.0 }).collect();
        let pairs = self.lagged_products(&seen, lags);
        for ((lag, c), pairs) in products.iter_mut().enumerate().zip(pairs) {
            // The number of pairs is a whole number, up to rounding of the transform.
            let pairs = libm::round(pairs);
            *c = if pairs > 0.0 { *c / (pairs + lag as f64) } else { f64::NAN };
        }
        Ok(products)
    }

    /// The autocorrelations at lags 0 to `lags`: [autocovariances](Self::autocovariance) by that of lag 0.
    ///
    /// # Errors
    /// Those of [`autocovariance`](Self::autocovariance), and if nothing varies.
    pub fn autocorrelation(&mut self, values: &[f64], lags: usize) -> Result<Vec<f64>, Error> {
        let mut c = self.autocovariance(values, lags)?;
        let variance = c[0];
        if variance.is_nan() || variance <= 0.0 {
            return Err(Error::Numerical { what: "a constant series has no correlation" });
        }
        c.iter_mut().for_each(|c| *c /= variance);
        Ok(c)
    }
}
