//! The components of a history, and what disturbed them.

use super::component::{COMPONENTS, Component};
use super::estimates::Fitted;
use super::readings::Readings;
use super::smoothed::Smoothed;
use super::system::set_weights;
use crate::count::as_f64;
use evenkeel_core::{Error, gaussian};

/// The components of a history given all of it, with their variances, and its auxiliary residuals; from
/// [`StructuralModel::components`](crate::state_space::StructuralModel::components).
///
/// Auxiliary residuals (Harvey and Koopman 1992, doi:10.2307/1391815) are the smoothed
/// disturbances over their standard deviations: standard normal numbers where the model is right. A large one
/// of the irregular is an outlier, of the level a shift, of the slope a break in the trend.
#[derive(Debug, Clone, PartialEq)]
pub struct StructuralComponents {
    parts: [Option<Part>; COMPONENTS],
    coefficients: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Part {
    estimates: Vec<f64>,
    variances: Vec<f64>,
    residuals: Vec<Option<f64>>,
}

/// A disturbance that is too large for the model: an outlier, a shift of the level, a break of the slope.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Disturbance {
    /// Its 0-based time: of an outlier that of the value, else of the first value after the change.
    pub at: usize,
    /// What was disturbed.
    pub component: Component,
    /// The auxiliary residual: its size in standard deviations, with its sign.
    pub residual: f64,
    /// Two-sided p-value, times the number of times that were tested (Bonferroni), at most 1.
    pub p: f64,
}

/// Smaller parts of the largest expected square are rounding.
const ROUNDING: f64 = 1e-9;

impl StructuralComponents {
    /// `regressors` are in their units, as many a time as there are coefficients.
    pub(super) fn new(fitted: &Fitted, readings: &Readings, smoothed: &Smoothed, regressors: &[f64]) -> Self {
        let scale = fitted.sigma / fitted.unit;
        let parts = Component::ALL.map(|component| {
            fitted.specification.has(component).then(|| {
                if component == Component::Irregular {
                    irregular(fitted, readings, smoothed, scale)
                } else {
                    state(fitted, readings.times(), smoothed, component, scale, regressors)
                }
            })
        });
        let coefficients = fitted.specification.moved(Component::Regression).zip(&fitted.scales);
        let coefficients = coefficients.map(|(i, unit)| {
            let mut part = Part::default();
            for time in 0..readings.times() {
                let (mean, variance) = smoothed.combination(time, &[(i, 1.0)]);
                part.estimates.push(fitted.unit / unit * mean);
                part.variances.push((fitted.sigma / unit) * (fitted.sigma / unit) * variance);
            }
            part
        });
        Self { parts, coefficients: coefficients.collect() }
    }

    /// The coefficient of a regressor at each time and the variance of what is left unknown of it, in units of
    /// the data by units of the regressor. `None` if there is no such regressor.
    #[must_use]
    pub fn coefficient(&self, regressor: usize) -> Option<(&[f64], &[f64])> {
        let part = self.coefficients.get(regressor)?;
        Some((&part.estimates, &part.variances))
    }

    fn part(&self, component: Component) -> Option<&Part> {
        self.parts[component.index()].as_ref()
    }

    /// The component at each time, in units of the data; of the irregular 0 where the value is missing.
    /// `None` if the model does not have it.
    #[must_use]
    pub fn estimate(&self, component: Component) -> Option<&[f64]> {
        self.part(component).map(|part| part.estimates.as_slice())
    }

    /// The variance of what is left unknown of the component at each time, in squared units of the data.
    #[must_use]
    pub fn variance(&self, component: Component) -> Option<&[f64]> {
        self.part(component).map(|part| part.variances.as_slice())
    }

    /// The auxiliary residuals: of the irregular at each value, of the others for the step from each time to
    /// the next. `None` where nothing can tell, as at the end of a history.
    ///
    /// They are correlated in time, even where the model is right. Of a season it is the disturbance of its
    /// first state, of a regression that of the first coefficient.
    #[must_use]
    pub fn auxiliary_residuals(&self, component: Component) -> Option<&[Option<f64>]> {
        self.part(component).map(|part| part.residuals.as_slice())
    }

    /// The disturbances of a component whose p-value is below `alpha`, in order of time: with the irregular a
    /// test for outliers, with the level for shifts, with the slope for breaks.
    ///
    /// One large disturbance also shows in its neighbors and in the other components: the largest is the
    /// cause. Empty for a component that the model does not have.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `alpha` is not in (0, 1).
    pub fn disturbances(&self, component: Component, alpha: f64) -> Result<Vec<Disturbance>, Error> {
        Error::require(alpha > 0.0 && alpha < 1.0, "alpha", "in (0, 1)", alpha)?;
        let Some(part) = self.part(component) else { return Ok(Vec::new()) };
        let tests = as_f64(part.residuals.iter().flatten().count());
        let later = usize::from(component != Component::Irregular);
        let all = part.residuals.iter().enumerate().filter_map(|(time, residual)| {
            let residual = (*residual)?;
            let p = (2.0 * tests * gaussian::upper(residual.abs())).min(1.0);
            Some(Disturbance { at: time + later, component, residual, p })
        });
        Ok(all.filter(|disturbance| disturbance.p < alpha).collect())
    }
}

fn irregular(fitted: &Fitted, readings: &Readings, smoothed: &Smoothed, scale: f64) -> Part {
    let square = fitted.sigma * fitted.sigma;
    let mut part = Part::default();
    let mut pairs = Vec::with_capacity(readings.times());
    for time in 0..readings.times() {
        match readings.at(time).next() {
            Some(index) => {
                let reading = readings.values[index];
                let (mean, variance) = smoothed.combination(time, &readings.rows[reading.row]);
                part.estimates.push(fitted.unit * (reading.y - mean));
                part.variances.push(square * variance.min(reading.h));
                pairs.push(smoothed.error(index));
            }
            None => {
                part.estimates.push(0.0);
                part.variances.push(square * fitted.ratios[0]);
                pairs.push((0.0, 0.0));
            }
        }
    }
    part.residuals = standardized(&pairs, scale);
    part
}

fn state(
    fitted: &Fitted,
    times: usize,
    smoothed: &Smoothed,
    component: Component,
    scale: f64,
    regressors: &[f64],
) -> Part {
    let mut z = fitted.specification.read(component);
    let count = fitted.specification.regressors;
    if component == Component::Regression {
        z = fitted.specification.moved(component).map(|i| (i, 0.0)).collect();
    }
    let moved = fitted.specification.moved(component).start;
    let center = if component == Component::Level { fitted.center } else { 0.0 };
    let mut part = Part::default();
    let mut pairs = Vec::with_capacity(times);
    for time in 0..times {
        if component == Component::Regression {
            set_weights(&mut z, &regressors[time * count..(time + 1) * count]);
        }
        let (mean, variance) = smoothed.combination(time, &z);
        part.estimates.push(center + fitted.unit * mean);
        part.variances.push(fitted.sigma * fitted.sigma * variance);
        pairs.push(smoothed.costate(time, moved));
    }
    part.residuals = standardized(&pairs, scale);
    part
}

/// Sums over the roots of their variances.
fn standardized(pairs: &[(f64, f64)], scale: f64) -> Vec<Option<f64>> {
    let most = pairs.iter().fold(0.0_f64, |most, pair| most.max(pair.1));
    let one = |&(sum, variance): &(f64, f64)| {
        let residual = sum / (variance.sqrt() * scale);
        (variance > ROUNDING * most && residual.is_finite()).then_some(residual)
    };
    pairs.iter().map(one).collect()
}
