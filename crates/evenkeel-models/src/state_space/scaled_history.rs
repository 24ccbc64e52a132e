//! A history made ready for the fit.

use super::specification::Specification;
use crate::count::as_f64;
use crate::shape::check_shape;
use evenkeel_core::{Error, observed};

/// A history about its first observed value, in units of the size of its steps; missing values are NaN.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScaledHistory {
    pub(super) values: Vec<f64>,
    pub(super) observed: usize,
    pub(super) center: f64,
    pub(super) unit: f64,
    /// The largest magnitude of the values.
    pub(super) largest: f64,
    /// By time, over the roots of their mean squares; 0 where one is missing.
    pub(super) regressors: Vec<f64>,
    /// These roots.
    pub(super) scales: Vec<f64>,
}

impl ScaledHistory {
    pub(super) fn new(
        specification: &Specification,
        history: &[f64],
        regressors: &[&[f64]],
        free: usize,
    ) -> Result<Self, Error> {
        for regressor in regressors {
            check_shape("regressor", history.len(), regressor.len())?;
        }
        let scales: Vec<f64> = regressors.iter().map(|x| root_mean_square(x)).collect();
        // Where a regressor is missing, the value is.
        let known = |t: usize| regressors.iter().all(|x| observed(x[t]).is_some());
        let history: Vec<f64> =
            history.iter().enumerate().map(|(t, x)| if known(t) { *x } else { f64::NAN }).collect();
        let mut rows = Vec::with_capacity(history.len() * regressors.len());
        for t in 0..history.len() {
            rows.extend(weights(&scales, regressors.iter().map(|x| x[t])).unwrap_or(vec![0.0; scales.len()]));
        }
        let seen: Vec<f64> = history.iter().filter_map(|x| observed(*x)).collect();
        let needed = specification.unknown() + free + 1;
        let (Some(&center), true) = (seen.first(), seen.len() >= needed) else {
            return Err(Error::TooShort { needed, got: seen.len() });
        };
        // The largest step first, so that no square is beyond floats.
        let largest = seen.windows(2).fold(0.0_f64, |most, w| most.max((w[1] - w[0]).abs()));
        let squares: f64 = seen.windows(2).map(|w| ((w[1] - w[0]) / largest.max(1e-300)).powi(2)).sum();
        let unit = largest * (squares / as_f64(seen.len() - 1).max(1.0)).sqrt();
        let unit = if unit > 1e-290 { unit } else { 1.0 };
        let values: Vec<f64> =
            history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| (x - center) / unit)).collect();
        let largest = seen.iter().fold(0.0_f64, |most, x| most.max(x.abs())) / unit;
        Ok(Self { values, observed: seen.len(), center, unit, largest, regressors: rows, scales })
    }

    /// Below this a variance is what rounding of the values makes.
    pub(super) fn rounding(&self) -> f64 {
        (1e-14 * self.largest.max(1e-90)).powi(2)
    }
}

fn root_mean_square(x: &[f64]) -> f64 {
    let largest = x.iter().filter_map(|x| observed(*x)).fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest < 1e-290 {
        return 1.0;
    }
    let squares: Vec<f64> = x.iter().filter_map(|x| observed(*x)).map(|x| (x / largest).powi(2)).collect();
    largest * (squares.iter().sum::<f64>() / as_f64(squares.len())).sqrt()
}

/// The regressors of a time over their scales; `None` if one is missing, or there are not as many.
pub(super) fn weights(scales: &[f64], regressors: impl ExactSizeIterator<Item = f64>) -> Option<Vec<f64>> {
    if regressors.len() != scales.len() {
        return None;
    }
    regressors.zip(scales).map(|(x, scale)| Some((observed(x)? / scale).clamp(-1e100, 1e100))).collect()
}
