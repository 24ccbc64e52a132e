//! Granger causality tests.

use super::test_result::{TestResult, upper_chi_squared, upper_f};
use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::QrLeastSquares;

/// Whether the past of one series helps to foretell another beyond its own past (Granger 1969,
/// doi:10.2307/1912791). That is precedence, not cause: a common driver that acts on one of them later looks
/// the same. Both series have to be stationary; difference them otherwise.
///
/// # Method
/// The regression of the effect on a constant and its own `lags` values before, without and with as many of
/// the cause. The [F test](Self::f_test) is the one for short series; [chi-squared](Self::chi_squared_test)
/// and [likelihood ratio](Self::likelihood_ratio_test) agree with it in long ones and reject more easily in
/// short ones. Large where the cause helps.
///
/// *Missing data*: rows with a missing value are left out. *Complexity*: O(n lags²).
///
/// ```
/// use evenkeel_series::hypothesis_tests::Granger;
///
/// let load: Vec<f64> = (0..200u32).map(|t| f64::from(t * t % 103)).collect();
/// let before = |t: u32| if t < 2 { 0.0 } else { load[t as usize - 2] };
/// let latency: Vec<f64> = (0..200).map(|t| f64::from(t * 7919 % 31) + before(t)).collect();
/// assert!(Granger::new(3).f_test(&load, &latency)?.is_rejected(0.001));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Granger {
    lags: usize,
}

/// Residual sums of squares without and with the cause, numbers of rows and columns.
struct Both {
    without: f64,
    with: f64,
    rows: usize,
    columns: usize,
}

impl Granger {
    /// With so many values of the past, at least 1.
    pub const fn new(lags: usize) -> Self {
        Self { lags }
    }

    /// The F test.
    ///
    /// # Errors
    /// [`Error::Parameter`] without a lag, [`Error::Shape`] if the series differ in length,
    /// [`Error::TooShort`] with too few rows, [`Error::Numerical`] if one does not vary or follows from the
    /// others.
    pub fn f_test(&self, cause: &[f64], effect: &[f64]) -> Result<TestResult, Error> {
        let both = self.regress(cause, effect)?;
        let (numerator, denominator) = (self.lags as f64, (both.rows - both.columns) as f64);
        let f = (both.without - both.with) / numerator / (both.with / denominator);
        self.answer("Granger F test", f, upper_f(f, numerator, denominator), &both)
    }

    /// The chi-squared test, by the numerator of the F statistic.
    ///
    /// # Errors
    /// Those of [`f_test`](Self::f_test).
    pub fn chi_squared_test(&self, cause: &[f64], effect: &[f64]) -> Result<TestResult, Error> {
        let both = self.regress(cause, effect)?;
        let statistic = both.rows as f64 * (both.without - both.with) / both.with;
        let p = upper_chi_squared(statistic, self.lags as f64)?;
        self.answer("Granger chi-squared test", statistic, p, &both)
    }

    /// The likelihood ratio test.
    ///
    /// # Errors
    /// Those of [`f_test`](Self::f_test).
    pub fn likelihood_ratio_test(&self, cause: &[f64], effect: &[f64]) -> Result<TestResult, Error> {
        let both = self.regress(cause, effect)?;
        let statistic = both.rows as f64 * libm::log(both.without / both.with);
        let p = upper_chi_squared(statistic, self.lags as f64)?;
        self.answer("Granger likelihood ratio test", statistic, p, &both)
    }

    fn answer(&self, name: &'static str, statistic: f64, p: f64, both: &Both) -> Result<TestResult, Error> {
        let null = "the past of the one series does not help to predict the other";
        Ok(TestResult::new(name, null, statistic, p, both.rows)?.with_lags(self.lags))
    }

    fn regress(&self, cause: &[f64], effect: &[f64]) -> Result<Both, Error> {
        let lags = self.lags;
        Error::require(lags > 0, "lags", "at least 1", lags)?;
        if cause.len() != effect.len() {
            return Err(Error::Shape { what: "effect", expected: cause.len(), found: effect.len() });
        }
        let (x, y) = (scaled(cause)?, scaled(effect)?);
        let rows = y.len().saturating_sub(lags);
        let columns = lags.saturating_mul(2).saturating_add(1);
        if rows <= columns {
            return Err(Error::TooShort {
                needed: lags.saturating_add(columns).saturating_add(1),
                got: y.len(),
            });
        }
        let mut regressors = vec![vec![1.0; rows]];
        for of in [&y, &x] {
            regressors.extend((1..=lags).map(|lag| of[lags - lag..][..rows].to_vec()));
        }
        let mut response = y[lags..].to_vec();
        complete_rows(&mut regressors, &mut response);
        let fit = QrLeastSquares::new(regressors, response)?;
        let with = fit.squares(columns);
        if !fit.has_noise(columns) {
            return Err(Error::Numerical { what: "the regression leaves no noise" });
        }
        Ok(Both { without: fit.squares(1 + lags), with, rows: fit.rows(), columns })
    }
}

/// Minus the first value, in units of the largest distance from it: no statistic here depends on either.
fn scaled(values: &[f64]) -> Result<Vec<f64>, Error> {
    let y = missing_as_nan(values);
    let Some(first) = y.iter().copied().find(|x| !x.is_nan()) else {
        return Err(Error::TooShort { needed: 1, got: 0 });
    };
    let unit = y.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max((x - first).abs()));
    if unit == 0.0 {
        return Err(Error::Numerical { what: "the values do not vary" });
    }
    Ok(y.iter().map(|x| (x - first) / unit).collect())
}
