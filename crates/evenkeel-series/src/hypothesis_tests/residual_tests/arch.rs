//! Engle's ARCH test for clustered variance.

use crate::hypothesis_tests::test_result::{TestResult, upper_chi_squared, upper_f};
use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::QrLeastSquares;

/// Whether residuals have the same variance at all times, or calm and volatile periods: a Lagrange multiplier
/// test (Engle 1982, doi:10.2307/1912773).
///
/// # Method
/// The regression of squares on a constant and the `lags` squares before: rows times R², chi-squared with
/// `lags` degrees of freedom, or the [F](Self::f_test) of all lags, which is the better one in short series.
/// Large where variance clusters.
///
/// *Missing data*: rows with a missing value are left out. *Complexity*: O(n lags²).
///
/// ```
/// use evenkeel_series::hypothesis_tests::ArchTest;
///
/// let noise = |t: u32| f64::from(t * t % 103) - 51.0;
/// let spells: Vec<f64> = (0..300).map(|t| noise(t) * if t % 60 < 15 { 4.0 } else { 1.0 }).collect();
/// assert!(ArchTest::new(4).test(&spells)?.is_rejected(0.001));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct ArchTest {
    lags: usize,
}

const NAME: &str = "ARCH test";
const NULL: &str = "the variance does not depend on the squares before";

impl ArchTest {
    /// Over so many lags, at least 1.
    pub const fn new(lags: usize) -> Self {
        Self { lags }
    }

    /// Tests residuals about 0, by the chi-squared distribution.
    ///
    /// # Errors
    /// [`Error::Parameter`] without a lag; [`Error::TooShort`] with too few rows; [`Error::Numerical`] if the
    /// squares do not vary.
    pub fn test(&self, residuals: &[f64]) -> Result<TestResult, Error> {
        let (fit, k) = self.regress(residuals)?;
        let n = fit.rows() as f64;
        let statistic = n * (1.0 - fit.squares(k) / fit.squares(1));
        let p = upper_chi_squared(statistic, self.lags as f64)?;
        Ok(TestResult::new(NAME, NULL, statistic, p, fit.rows())?.with_lags(self.lags))
    }

    /// Tests residuals about 0, by the F distribution.
    ///
    /// # Errors
    /// Those of [`test`](Self::test).
    pub fn f_test(&self, residuals: &[f64]) -> Result<TestResult, Error> {
        let (fit, k) = self.regress(residuals)?;
        let (numerator, denominator) = (self.lags as f64, (fit.rows() - k) as f64);
        let (all, left) = (fit.squares(1), fit.squares(k));
        let statistic = (all - left) / numerator / (left / denominator);
        let p = upper_f(statistic, numerator, denominator);
        Ok(TestResult::new(NAME, NULL, statistic, p, fit.rows())?.with_lags(self.lags))
    }

    fn regress(&self, residuals: &[f64]) -> Result<(QrLeastSquares, usize), Error> {
        Error::require(self.lags > 0, "lags", "at least 1", self.lags)?;
        let e = missing_as_nan(residuals);
        let unit = e.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
        if unit == 0.0 {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        let squares: Vec<f64> = e.iter().map(|x| (x / unit) * (x / unit)).collect();
        let rows = squares.len().saturating_sub(self.lags);
        let k = self.lags.saturating_add(1);
        if rows <= k {
            return Err(Error::TooShort {
                needed: self.lags.saturating_add(k).saturating_add(1),
                got: residuals.len(),
            });
        }
        let mut columns = vec![vec![1.0; rows]];
        columns.extend((1..=self.lags).map(|lag| squares[self.lags - lag..][..rows].to_vec()));
        let mut response = squares[self.lags..].to_vec();
        complete_rows(&mut columns, &mut response);
        let fit = QrLeastSquares::new(columns, response)?;
        if fit.squares(1) <= 0.0 {
            return Err(Error::Numerical { what: "the squares do not vary" });
        }
        Ok((fit, k))
    }
}
