//! The history in units of its largest value, and what can be fitted to it.

use super::form::EtsForm;
use crate::count::as_f64;
use crate::seasonal_indices::filled;
use evenkeel_core::{Error, observed};

/// A history in units of its largest value.
#[derive(Debug, Clone)]
pub(super) struct ScaledHistory {
    pub(super) y: Vec<f64>,
    pub(super) filled: Vec<f64>,
    pub(super) scale: f64,
    pub(super) observed: usize,
    /// Whether every value is clearly above 0.
    pub(super) positive: bool,
    pub(super) period: usize,
}

impl ScaledHistory {
    pub(super) fn new(history: &[f64], period: usize) -> Result<Self, Error> {
        let seen = || history.iter().copied().filter_map(observed);
        let count = seen().count();
        if count < 4 {
            return Err(Error::TooShort { needed: 4, got: count });
        }
        let largest = seen().fold(0.0, |most: f64, x| most.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let y: Vec<f64> = history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| x / scale)).collect();
        // What is further below the largest than this cannot be told from 0, and factors of far smaller units
        // leave the floats.
        let positive = scale > 1e-120 && y.iter().all(|x| x.is_nan() || *x > 1e-12);
        Ok(Self { filled: filled(&y), y, scale, observed: count, positive, period })
    }

    /// Observed values that a form needs: more than its parameters by two, and two whole periods.
    pub(super) fn needed(&self, form: EtsForm) -> usize {
        let periods = if form.has_season() { 2 * self.period } else { 0 };
        (form.parameters(self.period) + 2).max(periods)
    }

    fn has_length_for(&self, form: EtsForm) -> bool {
        self.observed >= self.needed(form)
            && (!form.has_season() || (self.period >= 2 && self.y.len() >= 2 * self.period))
    }

    /// Why a form cannot be fitted to it.
    pub(super) fn check(&self, form: EtsForm) -> Result<(), Error> {
        form.check_period(self.period)?;
        if form.needs_positive() && !self.positive {
            return Err(Error::Numerical {
                what: "a multiplicative form needs values above 0, and above 1e-12 of the largest",
            });
        }
        if self.has_length_for(form) {
            Ok(())
        } else {
            Err(Error::TooShort { needed: self.needed(form), got: self.observed })
        }
    }

    pub(super) fn suits(&self, form: EtsForm) -> bool {
        self.check(form).is_ok()
    }

    /// The range of the values, and the root mean square of their steps, in units of the data.
    pub(super) fn reach(&self) -> (f64, f64) {
        let seen = || self.y.iter().copied().filter(|y| !y.is_nan());
        let (low, high) = (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
        let steps = self.filled.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        let mean = steps.sum::<f64>() / as_f64(self.filled.len().max(2) - 1);
        ((high - low) * self.scale, mean.sqrt() * self.scale)
    }

    pub(super) fn log_likelihood(&self, objective: f64) -> f64 {
        let n = as_f64(self.observed);
        -0.5 * (objective + n * ((core::f64::consts::TAU / n).ln() + 1.0)) - n * self.scale.ln()
    }
}
