//! Forecast variances of linear forms.
//!
//! Deviations of level and slope from their expected path are carried as a 2 × 2 covariance. What a surprise
//! leaves in the season comes back a period later; its variance, and its covariance with what the same
//! surprise left in the level, are carried as two sums for each phase. For linear forms with either error
//! (classes 1 and 2 of Hyndman et al. 2008, chapter 6) the second moments are exact at any horizon; with an
//! additive error and a multiplicative season they are exact up to one period and of first order beyond; with
//! a multiplicative trend the logarithm of the level is taken for normal, with a variance of first order.
//! Multiplicative errors in multiplicative seasons or trends are not dealt with here but in `product_moments`
//! and `factor_trend_moments`.

use super::form::EtsForm;
use super::parameters::EtsParameters;
use crate::count::as_f64;

/// The covariance of level and slope, beside what the season holds. Where values are products of factors
/// (`factor_trend_moments`), `level` is the logarithm of 1 + the relative variance, `cross` that of the mean
/// in units of the path without surprises, and `slope` the exponent of what the oldest error did to the
/// slope.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Spread {
    pub(super) level: f64,
    pub(super) cross: f64,
    pub(super) slope: f64,
}

impl Spread {
    /// The variance of the level a step ahead.
    pub(super) fn base(&self, phi: f64) -> f64 {
        self.level + phi * (2.0 * self.cross + phi * self.slope)
    }

    /// A step during which a surprise of variance `injected` happened unseen.
    pub(super) fn step(&mut self, p: &EtsParameters, injected: f64) {
        let injected = bounded(injected);
        let base = self.base(p.phi);
        self.cross = bounded(p.phi * (self.cross + p.phi * self.slope) + p.alpha * p.beta * injected);
        self.slope = bounded(p.phi * p.phi * self.slope + p.beta * p.beta * injected);
        self.level = bounded(base + p.alpha * p.alpha * injected);
    }
}

/// What unseen surprises left in each phase of the season: sums of their variances, plain and weighted by
/// what the slope made of them since.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Echoes {
    pub(super) plain: Vec<f64>,
    pub(super) weighted: Vec<f64>,
}

impl Echoes {
    pub(super) fn new(form: EtsForm, p: &EtsParameters, period: usize) -> Self {
        let needed = form.has_season() && p.gamma > 0.0 && !form.is_product() && !form.is_growth();
        let length = if needed { period } else { 0 };
        Self { plain: vec![0.0; length], weighted: vec![0.0; length] }
    }

    pub(super) fn clear(&mut self) {
        self.plain.fill(0.0);
        self.weighted.fill(0.0);
    }

    /// The variance that the season adds in a phase.
    pub(super) fn at(&self, slot: usize, p: &EtsParameters) -> f64 {
        let (Some(&plain), Some(&weighted)) = (self.plain.get(slot), self.weighted.get(slot)) else {
            return 0.0;
        };
        let with_level = if p.phi == 1.0 {
            p.alpha * plain + p.beta * as_f64(self.plain.len()) * weighted
        } else {
            let all = p.beta * p.phi / (1.0 - p.phi);
            (p.alpha + all) * plain - all * weighted
        };
        p.gamma * (2.0 * with_level + p.gamma * plain)
    }

    /// A surprise of variance `injected` in a phase. `fade` is phi to the power of the period.
    pub(super) fn step(&mut self, slot: usize, p: &EtsParameters, fade: f64, injected: f64) {
        let (Some(plain), Some(weighted)) = (self.plain.get_mut(slot), self.weighted.get_mut(slot)) else {
            return;
        };
        let injected = bounded(injected);
        *plain = bounded(*plain + injected);
        // Counts the periods since, or fades with them.
        *weighted = bounded(if p.phi == 1.0 { *weighted + *plain } else { fade * (*weighted + injected) });
    }
}

/// A variance that may go on being multiplied: in a long gap that of a multiplicative error grows by a factor
/// a step, until it overflows, and differences of infinities are NaN.
pub(super) fn bounded(variance: f64) -> f64 {
    variance.min(1e200)
}
