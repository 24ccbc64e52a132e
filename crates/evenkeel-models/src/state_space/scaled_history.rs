//! A history made ready for the fit.

use super::specification::Specification;
use crate::count::as_f64;
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
}

impl ScaledHistory {
    pub(super) fn new(specification: &Specification, history: &[f64], free: usize) -> Result<Self, Error> {
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
        Ok(Self { values, observed: seen.len(), center, unit, largest })
    }

    /// Below this a variance is what rounding of the values makes.
    pub(super) fn rounding(&self) -> f64 {
        (1e-14 * self.largest.max(1e-90)).powi(2)
    }
}
