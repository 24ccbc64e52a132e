//! The Jarque-Bera test of normality.

use crate::hypothesis_tests::test_result::{TestResult, upper_chi_squared};
use evenkeel_core::{Error, observed};

/// Whether values are normal, by their skewness and kurtosis (Jarque and Bera 1987, doi:10.2307/1403192): n /
/// 6 (S² + K² / 4) with moments divided by n, chi-squared with 2 degrees of freedom for large n (below some
/// hundred values it rejects too seldom). Large where tails are heavy or one-sided.
///
/// Missing values are left out. O(n).
///
/// ```
/// use evenkeel_series::hypothesis_tests::jarque_bera;
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
