//! Autocorrelation.

use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::Normal;

/// The autocovariances and autocorrelations of a series at lags 0, 1, 2, ..., and the limits for those of
/// noise.
///
/// Use it for few lags; for many lags of long series, `spectral` computes the same faster by Fourier
/// transforms.
///
/// # Method
/// Sums of products of deviations from the mean of all (Box and Jenkins 1970; Brockwell and Davis 1991,
/// doi:10.1007/978-1-4419-0320-4, section 7.2). By default they are divided by n, which makes the sequence
/// positive definite and its error small; [`unbiased`](Self::unbiased) divides by the number of products
/// instead.
///
/// *Missing data*: products with missing values are left out; with m products left at lag k, the sum is
/// divided by m + k, or by m if unbiased. At lags without any product the values are NaN.
///
/// *Complexity*: O(n lags), memory O(n + lags).
///
/// ```
/// use evenkeel_series::correlation::Autocorrelation;
///
/// let beats: Vec<f64> = (0..120).map(|t| f64::from(t % 6)).collect();
/// let auto = Autocorrelation::of(&beats, 12)?;
/// assert!(auto.correlations()[6] > 0.9 && auto.correlations()[3] < 0.0);
/// // Noise would stay inside of this in 95 of 100 lags.
/// assert!((auto.noise_limit(0.95)? - 0.179).abs() < 1e-3);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Autocorrelation {
    covariances: Vec<f64>,
    correlations: Vec<f64>,
    count: usize,
}

impl Autocorrelation {
    /// At lags 0 to `lags`, divided by n.
    ///
    /// # Errors
    /// [`Error::TooShort`] if nothing is observed, [`Error::Parameter`] if `lags` is not below the number of
    /// values, [`Error::Numerical`] if nothing varies.
    pub fn of(values: &[f64], lags: usize) -> Result<Self, Error> {
        Self::with(values, lags, true)
    }

    /// At lags 0 to `lags`, divided by the number of products: unbiased except for the error of the mean, and
    /// noisier.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub fn unbiased(values: &[f64], lags: usize) -> Result<Self, Error> {
        Self::with(values, lags, false)
    }

    fn with(values: &[f64], lags: usize, damped: bool) -> Result<Self, Error> {
        let centered = centered(values)?;
        let count = values.iter().filter(|x| observed(**x).is_some()).count();
        Error::require(lags < values.len(), "lags", "below the number of values", lags)?;
        let covariances: Vec<f64> = (0..=lags)
            .map(|lag| {
                let (mut sum, mut pairs) = (0.0, 0_usize);
                for product in
                    centered[lag..].iter().zip(&centered).map(|(a, b)| a * b).filter(|x| !x.is_nan())
                {
                    sum += product;
                    pairs += 1;
                }
                if pairs == 0 { f64::NAN } else { sum / (pairs + if damped { lag } else { 0 }) as f64 }
            })
            .collect();
        let variance = covariances[0];
        if variance.is_nan() || variance <= 0.0 {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let correlations = covariances.iter().map(|c| c / variance).collect();
        Ok(Self { covariances, correlations, count })
    }

    /// The autocovariances, from lag 0.
    #[must_use]
    pub fn covariances(&self) -> &[f64] {
        &self.covariances
    }

    /// The autocorrelations, from lag 0, where it is 1.
    #[must_use]
    pub fn correlations(&self) -> &[f64] {
        &self.correlations
    }

    /// How many values were observed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The limit that the share `level` of the autocorrelations of noise stays below, in absolute value: z /
    /// √n.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `level` is not in (0, 1).
    pub fn noise_limit(&self, level: f64) -> Result<f64, Error> {
        Ok(z(level)? / libm::sqrt(self.count as f64))
    }

    /// Bartlett's limits at each lag from 0 (where it is 0), assuming that the correlations at all smaller
    /// lags are real and the others zero: for the order of a moving average (Bartlett 1946,
    /// doi:10.2307/2983611).
    ///
    /// # Errors
    /// [`Error::Parameter`] if `level` is not in (0, 1).
    pub fn bartlett_limits(&self, level: f64) -> Result<Vec<f64>, Error> {
        let z = z(level)?;
        let mut squares = 1.0;
        let limits = self.correlations.iter().enumerate().map(|(lag, r)| {
            if lag == 0 {
                return 0.0;
            }
            let limit = z * libm::sqrt(squares / self.count as f64);
            squares += 2.0 * if r.is_nan() { 0.0 } else { r * r };
            limit
        });
        Ok(limits.collect())
    }
}

/// Deviations from the mean, NaN where missing.
pub(super) fn centered(values: &[f64]) -> Result<Vec<f64>, Error> {
    let seen = || values.iter().filter_map(|x| observed(*x));
    let count = seen().count();
    let Some(first) = seen().next() else { return Err(Error::TooShort { needed: 1, got: 0 }) };
    // About a value of the series, so that a large level costs no precision, and equal values do not vary at
    // all.
    let mean = seen().map(|x| x - first).sum::<f64>() / count as f64;
    Ok(values.iter().map(|x| observed(*x).map_or(f64::NAN, |x| (x - first) - mean)).collect())
}

/// The two-sided quantile of the standard normal distribution.
fn z(level: f64) -> Result<f64, Error> {
    Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
    Ok(Normal::new(0.0, 1.0)?.upper_quantile(0.5 * (1.0 - level)))
}
