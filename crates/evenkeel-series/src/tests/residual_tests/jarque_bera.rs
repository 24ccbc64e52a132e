//! The Jarque-Bera test of normality, and the Durbin-Watson statistic.

use crate::tests::test_result::{TestResult, upper_chi_squared};
use evenkeel_core::{Error, observed};

/// Whether values are normal, by their skewness and kurtosis (Jarque and Bera 1987, doi:10.2307/1403192): n /
/// 6 (S² + K² / 4) with moments divided by n, chi-squared with 2 degrees of freedom for large n (below some
/// hundred values it rejects too seldom). Large where tails are heavy or one-sided.
///
/// Missing values are left out. O(n).
///
/// ```
/// use evenkeel_series::tests::jarque_bera;
///
/// let latencies: Vec<f64> = (1..200).map(|i| -(f64::from(i) / 200.0).ln()).collect();
/// assert!(jarque_bera(&latencies)?.is_rejected(0.001));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooShort`] with fewer than two observed values, [`Error::Numerical`] if nothing varies.
pub fn jarque_bera(values: &[f64]) -> Result<TestResult, Error> {
    let seen = || values.iter().filter_map(|x| observed(*x));
    let count = seen().count();
    let (Some(first), true) = (seen().next(), count > 1) else {
        return Err(Error::TooShort { needed: 2, got: count });
    };
    let n = count as f64;
    let unit = seen().fold(0.0, |most: f64, x| most.max((x - first).abs()));
    if unit == 0.0 {
        return Err(Error::Numerical { what: "the values do not vary" });
    }
    let mean = seen().map(|x| (x - first) / unit).sum::<f64>() / n;
    let (mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0);
    for d in seen().map(|x| (x - first) / unit - mean) {
        m2 += d * d;
        m3 += d * d * d;
        m4 += d * d * d * d;
    }
    let (m2, m3, m4) = (m2 / n, m3 / n, m4 / n);
    let skewness = m3 / (m2 * libm::sqrt(m2));
    let kurtosis = m4 / (m2 * m2) - 3.0;
    let statistic = n / 6.0 * (skewness * skewness + 0.25 * kurtosis * kurtosis);
    let p = upper_chi_squared(statistic, 2.0)?;
    TestResult::new("Jarque-Bera test", "the values are normal", statistic, p, count)
}

/// The sum of squared differences of residuals over that of their squares (Durbin and Watson 1950,
/// doi:10.2307/2332391): near 2 without memory of one step, near 0 where neighbors are alike, near 4 where
/// they alternate. Differences with a missing value are left out. `None` if all residuals are 0 or none is
/// observed. O(n).
///
/// ```
/// assert_eq!(evenkeel_series::tests::durbin_watson(&[1.0, -1.0, 1.0, -1.0]), Some(3.0));
/// ```
#[must_use]
pub fn durbin_watson(residuals: &[f64]) -> Option<f64> {
    let unit = residuals.iter().filter_map(|x| observed(*x)).fold(0.0, |most: f64, x| most.max(x.abs()));
    if unit == 0.0 {
        return None;
    }
    let squares: f64 = residuals.iter().filter_map(|x| observed(*x)).map(|x| (x / unit) * (x / unit)).sum();
    let steps: f64 = residuals
        .windows(2)
        .filter_map(|pair| Some(observed(pair[1])? / unit - observed(pair[0])? / unit))
        .map(|d| d * d)
        .sum();
    Some(steps / squares)
}
