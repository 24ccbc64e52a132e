//! Partial autocorrelation.

use super::autocorrelation::Autocorrelation;
use super::autocorrelation::centered;
use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::linear::QrLeastSquares;

/// The partial autocorrelation: the correlation of values some steps apart, given those between; the last
/// coefficient of autoregressions of growing order. Zero beyond the order of an autoregression; those of
/// noise stay below 1.96 / √n in 95 of 100 lags.
///
/// The estimators differ where a series is short or wanders:
///
/// | constructor | source | use it |
/// | --- | --- | --- |
/// | [`yule_walker`](Self::yule_walker) | Durbin 1960, doi:10.2307/1401322, on covariances divided by n | by default: always inside of [-1, 1]; drawn to 0 |
/// | [`yule_walker_unbiased`](Self::yule_walker_unbiased) | the same on covariances divided by the number of products | to compare with others; may leave [-1, 1] |
/// | [`least_squares`](Self::least_squares) | a regression with a constant for each lag | near a unit root |
/// | [`burg`](Self::burg) | Burg 1975; Brockwell and Davis 1991, section 8.2 | short series: hardly any bias, inside of [-1, 1] |
///
/// Levinson's recursion (1947, doi:10.1002/sapm1946251261) solves the first two exactly; a "Levinson-Durbin"
/// estimator is the first.
///
/// *Missing data*: products with missing values are left out by the first two, rows with them by the
/// regressions; Burg's method refuses them. *Complexity*: O(n lags), regressions O(n lags³).
///
/// ```
/// use evenkeel_series::correlation::PartialAutocorrelation;
///
/// // Each value keeps 0.7 of the one before it: beyond lag 1 nothing is left to say.
/// let noise = (0..600u32).map(|t| f64::from(t * t % 103) - 51.0);
/// let y: Vec<f64> = noise.scan(0.0, |last, e| { *last = 0.7 * *last + e; Some(*last) }).collect();
/// let partial = PartialAutocorrelation::burg().fit(&y, 5)?;
/// assert!((partial.values()[0] - 0.7).abs() < 0.1 && partial.values()[1].abs() < 0.2);
/// assert!((partial.coefficients().unwrap()[0] - 0.7).abs() < 0.2);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct PartialAutocorrelation {
    estimator: Estimator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimator {
    YuleWalker,
    Unbiased,
    LeastSquares,
    Burg,
}

/// The result of a [`PartialAutocorrelation`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct PartialAutocorrelations {
    values: Vec<f64>,
    autoregression: Option<(Vec<f64>, f64)>,
}

impl PartialAutocorrelations {
    /// The partial autocorrelations, from lag **1**.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The coefficients of the autoregression of the largest order; `None` for least squares.
    #[must_use]
    pub fn coefficients(&self) -> Option<&[f64]> {
        self.autoregression.as_ref().map(|(coefficients, _)| &coefficients[..])
    }

    /// The variance of what that autoregression leaves, without correction for the number of coefficients.
    #[must_use]
    pub fn noise_variance(&self) -> Option<f64> {
        self.autoregression.as_ref().map(|(_, variance)| *variance)
    }
}

impl PartialAutocorrelation {
    /// From covariances divided by n.
    pub const fn yule_walker() -> Self {
        Self { estimator: Estimator::YuleWalker }
    }

    /// From covariances divided by their number of products.
    pub const fn yule_walker_unbiased() -> Self {
        Self { estimator: Estimator::Unbiased }
    }

    /// By a regression for each lag.
    pub const fn least_squares() -> Self {
        Self { estimator: Estimator::LeastSquares }
    }

    /// By Burg's method.
    pub const fn burg() -> Self {
        Self { estimator: Estimator::Burg }
    }

    /// Estimates them for a series, at lags 1 to `lags`.
    ///
    /// # Errors
    /// [`Error::TooShort`] with too few observed values for so many lags; [`Error::Missing`] for Burg's
    /// method; [`Error::Numerical`] if nothing varies, or the series follows exactly from its past.
    pub fn fit(&self, values: &[f64], lags: usize) -> Result<PartialAutocorrelations, Error> {
        match self.estimator {
            Estimator::YuleWalker => levinson(Autocorrelation::of(values, lags)?.covariances()),
            Estimator::Unbiased => levinson(Autocorrelation::unbiased(values, lags)?.covariances()),
            Estimator::LeastSquares => regressions(values, lags),
            Estimator::Burg => burg(values, lags),
        }
    }
}

const EXACT: Error = Error::Numerical { what: "the series follows from its past exactly" };

/// Adds the next order to an autoregression.
fn extend(coefficients: &mut Vec<f64>, reflection: f64) {
    let old = coefficients.clone();
    for (c, mirrored) in coefficients.iter_mut().zip(old.iter().rev()) {
        *c -= reflection * mirrored;
    }
    coefficients.push(reflection);
}

fn levinson(c: &[f64]) -> Result<PartialAutocorrelations, Error> {
    let mut variance = c[0];
    let (mut coefficients, mut values) = (Vec::new(), Vec::new());
    for lag in 1..c.len() {
        let explained: f64 =
            coefficients.iter().enumerate().map(|(j, phi): (usize, &f64)| phi * c[lag - 1 - j]).sum();
        let reflection = (c[lag] - explained) / variance;
        if !reflection.is_finite() {
            return Err(EXACT);
        }
        values.push(reflection);
        extend(&mut coefficients, reflection);
        variance *= 1.0 - reflection * reflection;
    }
    Ok(PartialAutocorrelations { values, autoregression: Some((coefficients, variance)) })
}

fn burg(values: &[f64], lags: usize) -> Result<PartialAutocorrelations, Error> {
    if let Some(at) = values.iter().position(|x| observed(*x).is_none()) {
        return Err(Error::Missing { at });
    }
    let mut forward = centered(values)?;
    let n = forward.len();
    if n <= lags {
        return Err(Error::TooShort { needed: lags.saturating_add(1), got: n });
    }
    let mut variance = forward.iter().map(|x| x * x).sum::<f64>() / n as f64;
    if variance <= 0.0 {
        return Err(Error::Numerical { what: "the values do not vary" });
    }
    let mut backward = forward.clone();
    let (mut coefficients, mut found) = (Vec::new(), Vec::new());
    for lag in 1..=lags {
        let (f, b) = (&forward[lag..], &backward[lag - 1..n - 1]);
        let (mut product, mut squares) = (0.0, 0.0);
        for (f, b) in f.iter().zip(b) {
            product += f * b;
            squares += f * f + b * b;
        }
        let reflection = 2.0 * product / squares;
        if !reflection.is_finite() {
            return Err(EXACT);
        }
        // From the end, because the backward errors are shifted by one place.
        for t in (lag..n).rev() {
            let (f, b) = (forward[t], backward[t - 1]);
            forward[t] = f - reflection * b;
            backward[t] = b - reflection * f;
        }
        found.push(reflection);
        extend(&mut coefficients, reflection);
        variance *= 1.0 - reflection * reflection;
    }
    Ok(PartialAutocorrelations { values: found, autoregression: Some((coefficients, variance)) })
}

fn regressions(values: &[f64], lags: usize) -> Result<PartialAutocorrelations, Error> {
    let y = missing_as_nan(values);
    let mut found = Vec::new();
    for lag in 1..=lags {
        let rows = y.len().saturating_sub(lag);
        let mut columns = vec![vec![1.0; rows]];
        columns.extend((1..=lag).map(|k| y[lag - k..][..rows].to_vec()));
        let mut response = y.get(lag..).unwrap_or(&[]).to_vec();
        complete_rows(&mut columns, &mut response);
        let fit = QrLeastSquares::new(columns, response)?;
        found.push(fit.coefficients(lag + 1)[lag]);
    }
    Ok(PartialAutocorrelations { values: found, autoregression: None })
}
