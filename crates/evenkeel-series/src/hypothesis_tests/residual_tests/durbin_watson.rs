//! The Durbin-Watson statistic.

use evenkeel_core::{Error, observed};

/// The Durbin-Watson statistic of residuals: the sum of their squared differences over that of their squares
/// (Durbin and Watson 1950, doi:10.2307/2332391). It is near 2 without autocorrelation at lag 1, near 0 where
/// neighbors are alike, near 4 where they alternate.
///
/// Missing values are left out, and so are differences with one. O(n).
///
/// ```
/// use evenkeel_series::hypothesis_tests::durbin_watson;
///
/// assert_eq!(durbin_watson(&[1.0, -1.0, 1.0, -1.0])?, 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooShort`] with fewer than two observed residuals, [`Error::Numerical`] if all are 0 or no two in
/// a row are observed.
pub fn durbin_watson(residuals: &[f64]) -> Result<f64, Error> {
    let seen = || residuals.iter().filter_map(|x| observed(*x));
    let count = seen().count();
    if count < 2 {
        return Err(Error::TooShort { needed: 2, got: count });
    }
    let unit = seen().fold(0.0, |most: f64, x| most.max(x.abs()));
    if unit == 0.0 {
        return Err(Error::Numerical { what: "all residuals are 0" });
    }
    let squares: f64 = seen().map(|x| (x / unit) * (x / unit)).sum();
    let steps = residuals
        .windows(2)
        .filter_map(|pair| Some(observed(pair[1])? / unit - observed(pair[0])? / unit))
        .map(|d| d * d);
    if steps.clone().next().is_none() {
        return Err(Error::Numerical { what: "no two residuals in a row are observed" });
    }
    Ok(steps.sum::<f64>() / squares)
}
