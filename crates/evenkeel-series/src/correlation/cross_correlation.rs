//! Cross-correlation, and correlation, of two series.

use super::autocorrelation::centered;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

fn same_length(a: &[f64], b: &[f64]) -> Result<(), Error> {
    if a.len() == b.len() {
        Ok(())
    } else {
        Err(Error::Shape { what: "second series", expected: a.len(), found: b.len() })
    }
}

/// The correlations of `a` at t + k with `b` at t, for k from 0 to `lags`: large where `a` follows `b` by k
/// steps. Exchange the series for negative lags.
///
/// Sums of products of deviations from the means of all, divided by n and by both standard deviations (with
/// n), as is usual (Brockwell and Davis 1991, doi:10.1007/978-1-4419-0320-4, section 11.2). Noise independent
/// of each other, at least one of it white, stays below 1.96 / √n in 95 of 100 lags.
///
/// *Missing data*: products with missing values are left out; with m products left at lag k, the sum is
/// divided by m + k. NaN at lags without any product. *Complexity*: O(n lags).
///
/// ```
/// use evenkeel_series::correlation::cross_correlation;
///
/// let load: Vec<f64> = (0..300u32).map(|t| f64::from(t * 7919 % 101)).collect();
/// let queue: Vec<f64> = (0..300).map(|t| if t < 3 { 50.0 } else { load[t - 3] }).collect();
/// let cross = cross_correlation(&queue, &load, 10)?;
/// assert!(cross[3] > 0.95 && cross[0].abs() < 0.3);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the series differ in length, [`Error::TooShort`] if nothing is observed,
/// [`Error::Parameter`] if `lags` is not below the number of values, [`Error::Numerical`] if one does not
/// vary.
pub fn cross_correlation(a: &[f64], b: &[f64], lags: usize) -> Result<Vec<f64>, Error> {
    same_length(a, b)?;
    let (a, b) = (centered(a)?, centered(b)?);
    Error::require(lags < a.len(), "lags", "below the number of values", lags)?;
    let spread = |x: &[f64]| {
        let seen = || x.iter().filter(|x| !x.is_nan());
        libm::sqrt(seen().map(|x| x * x).sum::<f64>() / seen().count() as f64)
    };
    let (sa, sb) = (spread(&a), spread(&b));
    if sa == 0.0 || sb == 0.0 {
        return Err(Error::Numerical { what: "the values do not vary" });
    }
    let at = |lag: usize| {
        let (mut sum, mut pairs) = (0.0, 0_usize);
        for product in a[lag..].iter().zip(&b).map(|(a, b)| (a / sa) * (b / sb)).filter(|x| !x.is_nan()) {
            sum += product;
            pairs += 1;
        }
        if pairs == 0 { f64::NAN } else { sum / (pairs + lag) as f64 }
    };
    Ok((0..=lags).map(at).collect())
}

/// The correlation of two series over the places where both are observed, each about its mean there
/// (Pearson's), in [-1, 1]. `None` with fewer than two such places, or if one does not vary. O(n).
///
/// ```
/// use evenkeel_series::correlation::correlation;
///
/// let r = correlation(&[1.0, 2.0, f64::NAN, 4.0], &[2.0, 4.0, 9.0, 8.0])?;
/// assert!((r.unwrap() - 1.0).abs() < 1e-15);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the series differ in length.
pub fn correlation(a: &[f64], b: &[f64]) -> Result<Option<f64>, Error> {
    same_length(a, b)?;
    let pairs = || a.iter().zip(b).filter_map(|(a, b)| Some((observed(*a)?, observed(*b)?)));
    let Some((a0, b0)) = pairs().next() else { return Ok(None) };
    let n = pairs().count() as f64;
    let (sum_a, sum_b) = pairs().fold((0.0, 0.0), |(p, q), (a, b)| (p + (a - a0), q + (b - b0)));
    let (mean_a, mean_b) = (sum_a / n, sum_b / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in pairs() {
        let (da, db) = ((a - a0) - mean_a, (b - b0) - mean_b);
        aa += da * da;
        bb += db * db;
        ab += da * db;
    }
    let r = ab / libm::sqrt(aa) / libm::sqrt(bb);
    Ok(r.is_finite().then(|| r.clamp(-1.0, 1.0)))
}
