//! The Phillips-Perron test.

use super::degenerate_series::{STILL, STRAIGHT, is_still, is_straight, rounding};
use super::deterministic_terms::DeterministicTerms;
use crate::hypothesis_tests::test_result::TestResult;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::linear::QrLeastSquares;

/// The Phillips-Perron test, whose null hypothesis is that the series has a unit root. It corrects for
/// autocorrelation by a long-run variance instead of lagged differences as
/// [`Adf`](crate::hypothesis_tests::Adf) does: there is no order to choose, but it rejects too often where
/// noise is negatively correlated.
///
/// # Method
/// The t of Dickey and Fuller's regression without lags, corrected by the difference of variance and long-run
/// variance of its residuals (Phillips and Perron 1988, doi:10.1093/biomet/75.2.335: Z of t), with Bartlett
/// weights (Newey and West 1987, doi:10.2307/1913610). *Small* (negative) where the series is stationary.
/// P-values and [critical values](TestResult::critical_values) by MacKinnon, as for
/// [`Adf`](crate::hypothesis_tests::Adf).
///
/// # Parameters
/// [`lags`](Self::lags): how many autocovariances; by default 4 (n / 100)^(1/4) rounded down.
///
/// # Missing data
/// Missing values are left out, and the others closed up.
///
/// *Complexity*: O(n lags), memory O(n).
///
/// ```
/// use evenkeel_series::hypothesis_tests::PhillipsPerron;
///
/// let noise: Vec<f64> = (0..200u32).map(|t| f64::from(t * t % 103) - 51.0).collect();
/// let walk: Vec<f64> = noise.iter().scan(0.0, |sum, x| { *sum += x; Some(*sum) }).collect();
/// assert!(PhillipsPerron::level().test(&noise)?.is_rejected(0.01));
/// assert!(!PhillipsPerron::trend().test(&walk)?.is_rejected(0.10));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct PhillipsPerron {
    terms: DeterministicTerms,
    lags: Option<usize>,
}

impl PhillipsPerron {
    /// Around a level.
    pub const fn level() -> Self {
        Self { terms: DeterministicTerms::Level, lags: None }
    }

    /// Around a line.
    pub const fn trend() -> Self {
        Self { terms: DeterministicTerms::Trend, lags: None }
    }

    /// Whether a trend line does not count as stationary.
    pub(super) fn is_without_trend(&self) -> bool {
        self.terms != DeterministicTerms::Trend
    }

    /// How many autocovariances the long-run variance takes; at most n - 2 of them are used.
    pub const fn lags(self, lags: usize) -> Self {
        Self { lags: Some(lags), ..self }
    }

    /// Tests a series.
    ///
    /// # Errors
    /// [`Error::TooShort`] with too few observed values; [`Error::Numerical`] if nothing varies or nothing is
    /// random, as of values on a straight line, but for rounding.
    pub fn test(&self, values: &[f64]) -> Result<TestResult, Error> {
        let mut y: Vec<f64> = values.iter().filter_map(|x| observed(*x)).collect();
        let k = self.terms.columns() + 1;
        if y.len() < k + 2 {
            return Err(Error::TooShort { needed: k + 2, got: y.len() });
        }
        if is_straight(&y) {
            return Err(if is_still(&y, rounding(&y)) { STILL } else { STRAIGHT });
        }
        let first = y[0];
        y.iter_mut().for_each(|x| *x -= first);
        let unit = y.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        if unit == 0.0 {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        y.iter_mut().for_each(|x| *x /= unit);
        let rows = y.len() - 1;
        let n = rows as f64;
        let mut columns = vec![vec![1.0; rows]];
        if self.terms == DeterministicTerms::Trend {
            columns.push((1..=rows).map(|t| t as f64 / n - 0.5).collect());
        }
        let about = QrLeastSquares::new(columns.clone(), y[1..].to_vec())?.squares(k - 1);
        columns.push(y[..rows].to_vec());
        let fit = QrLeastSquares::new(columns.clone(), y[1..].to_vec())?;
        let t = fit.t(k, k - 1, 1.0)?;
        let coefficients = fit.coefficients(k);
        let residuals: Vec<f64> = (0..rows)
            .map(|i| {
                let fitted: f64 = columns.iter().zip(&coefficients).map(|(column, b)| column[i] * b).sum();
                y[i + 1] - fitted
            })
            .collect();
        let lags =
            self.lags.unwrap_or_else(|| libm::trunc(4.0 * libm::pow(n / 100.0, 0.25)) as usize).min(rows - 1);
        let product =
            |lag: usize| residuals[lag..].iter().zip(&residuals).map(|(a, b)| a * b).sum::<f64>() / n;
        let short = product(0);
        let long = short
            + (1..=lags).map(|l| 2.0 * (1.0 - l as f64 / (lags as f64 + 1.0)) * product(l)).sum::<f64>();
        // The mean square about the level or line, as the paper has it.
        let spread =
            about / (n * n) * if self.terms == DeterministicTerms::Trend { 1.0 - 1.0 / (n * n) } else { 1.0 };
        let statistic =
            libm::sqrt(short / long) * t - 0.5 * (long - short) / long * libm::sqrt(long / spread);
        let test = TestResult::new(
            "Phillips-Perron test",
            "the series wanders (has a unit root)",
            statistic,
            self.terms.p(statistic),
            rows,
        )?;
        Ok(test.with_lags(lags).with_critical(self.terms.critical(rows)))
    }
}
