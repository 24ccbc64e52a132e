//! Portmanteau tests: Ljung-Box and Box-Pierce.

use crate::correlation::Autocorrelation;
use crate::hypothesis_tests::test_result::{TestResult, upper_chi_squared};
use evenkeel_core::Error;

/// Whether a series has no autocorrelation, by its first autocorrelations together. For the residuals of a
/// model: whether anything is left to model.
///
/// # Method
/// n (n + 2) Σ r_k² / (n - k) over the lags, chi-squared with their number less that of
/// [fitted](Self::fitted) coefficients (Ljung and Box 1978, doi:10.1093/biomet/65.2.297), or n Σ r_k² (Box
/// and Pierce 1970, doi:10.2307/2284333), which rejects too seldom in short series. Large where there is
/// memory.
///
/// # Parameters
/// `lags`: ln n to 10 for plain residuals, twice the period with a season; at least 1.
///
/// *Missing data*: as in [`Autocorrelation::of`], with n the number of observed values. *Complexity*: O(n
/// lags).
///
/// ```
/// use evenkeel_series::hypothesis_tests::Portmanteau;
///
/// let noise: Vec<f64> = (0..200u32).map(|t| f64::from(t * t % 103)).collect();
/// let smooth: Vec<f64> = noise.windows(2).map(|w| w[0] + w[1]).collect();
/// assert!(Portmanteau::ljung_box(5).test(&smooth)?.is_rejected(0.001));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Portmanteau {
    lags: usize,
    fitted: usize,
    weighted: bool,
}

impl Portmanteau {
    /// The Ljung-Box test.
    pub const fn ljung_box(lags: usize) -> Self {
        Self { lags, fitted: 0, weighted: true }
    }

    /// The Box-Pierce test.
    pub const fn box_pierce(lags: usize) -> Self {
        Self { lags, fitted: 0, weighted: false }
    }

    /// How many coefficients (AR and MA) were fitted to get these residuals, 0 by default; below `lags`.
    pub const fn fitted(self, coefficients: usize) -> Self {
        Self { fitted: coefficients, ..self }
    }

    /// Tests a series, or residuals.
    ///
    /// # Errors
    /// [`Error::Parameter`] without a lag, with more of them than observed values less one, or with as many
    /// coefficients fitted; [`Error::Numerical`] if nothing varies, or at a lag without any pair of values.
    pub fn test(&self, values: &[f64]) -> Result<TestResult, Error> {
        Error::require(self.lags > 0, "lags", "at least 1", self.lags)?;
        Error::require(self.fitted < self.lags, "fitted", "below the number of lags", self.fitted)?;
        let auto = Autocorrelation::of(values, self.lags)?;
        let count = auto.count();
        Error::require(self.lags < count, "lags", "below the number of observed values", self.lags)?;
        let n = count as f64;
        let squares = auto.correlations().iter().enumerate().skip(1);
        let statistic = n * if self.weighted {
            squares.map(|(lag, r)| (n + 2.0) * r * r / (n - lag as f64)).sum::<f64>()
        } else {
            squares.map(|(_, r)| r * r).sum::<f64>()
        };
        let p = if statistic.is_nan() {
            statistic
        } else {
            upper_chi_squared(statistic, (self.lags - self.fitted) as f64)?
        };
        let name = if self.weighted { "Ljung-Box test" } else { "Box-Pierce test" };
        Ok(TestResult::new(name, "the series has no memory", statistic, p, count)?.with_lags(self.lags))
    }
}
