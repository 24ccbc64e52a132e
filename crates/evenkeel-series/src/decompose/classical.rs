//! Classical decomposition by moving averages.

use super::decomposition::{Composition, Decomposition, Season};
use super::stl::mean;
use crate::missing::missing_as_nan;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// Classical decomposition: the trend is a centered moving average over one period, the season the mean of
/// each phase.
///
/// Cheap, transparent, and the textbook baseline. It gives no trend at both ends and no changing season, and
/// is not robust against outliers: [`Stl`](crate::decompose::Stl) is better at each.
///
/// *Method*: as in R's `decompose` and Kendall and Stuart (1983). With an even period both ends of the
/// average count half. The seasonal figure is made to sum to nothing (additive) or to average to one
/// (multiplicative).
///
/// ```
/// use evenkeel_series::decompose::Classical;
///
/// let season = [0.5, 1.0, 1.5, 1.0];
/// let sales: Vec<f64> = (0..32).map(|t| (100.0 + f64::from(t)) * season[t as usize % 4]).collect();
/// let parts = Classical::new(4).multiplicative().fit(&sales)?;
/// assert!((parts.seasons()[0].values()[2] - 1.5).abs() < 1e-2);
/// assert!(parts.trend()[1].is_nan() && (parts.trend()[2] - 102.0).abs() < 0.5);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Missing* values: the average is missing where it meets one, a phase's mean leaves out what is missing.
/// *Complexity*: O(n).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Classical {
    period: usize,
    composition: Composition,
}

impl Classical {
    /// Additive, for a season of so many values, at least 2.
    pub const fn new(period: usize) -> Self {
        Self { period, composition: Composition::Additive }
    }

    /// For a season that is a factor of the trend.
    pub const fn multiplicative(self) -> Self {
        Self { composition: Composition::Multiplicative, ..self }
    }

    /// Decomposes a series.
    ///
    /// # Errors
    /// If the period is out of range, there are fewer values than two periods, ([`Error::Missing`], with the
    /// first place) some phase of the season never meets a known trend, or a multiplicative figure has no
    /// mean.
    pub fn fit(&self, values: &[f64]) -> Result<Decomposition, Error> {
        let (n, period) = (values.len(), self.period);
        Error::require((2..=1 << 23).contains(&period), "period", "in 2..=8388608", period)?;
        if n < 2 * period {
            return Err(Error::TooShort { needed: 2 * period, got: n });
        }
        let values: Vec<f64> = missing_as_nan(values);
        let trend = centered_average(&values, period);
        let multiplicative = self.composition == Composition::Multiplicative;
        let without = |x: f64, part: f64| if multiplicative { x / part } else { x - part };
        let mut figure = vec![0.0; period];
        for (phase, figure) in figure.iter_mut().enumerate() {
            let detrended = values[phase..].iter().zip(&trend[phase..]).step_by(period);
            *figure = mean(detrended.map(|(x, t)| without(*x, *t)).filter(|x| x.is_finite()));
            if figure.is_nan() {
                return Err(Error::Missing { at: phase });
            }
        }
        let level = mean(figure.iter().copied());
        if multiplicative && level == 0.0 {
            return Err(Error::Numerical { what: "the seasonal figure averages to 0" });
        }
        figure.iter_mut().for_each(|s| *s = without(*s, level));
        let season: Vec<f64> = figure.iter().copied().cycle().take(n).collect();
        let known = |x: f64| observed(x).unwrap_or(f64::NAN);
        let rest =
            values.iter().zip(&trend).zip(&season).map(|((x, t), s)| known(without(without(*x, *t), *s)));
        Ok(Decomposition {
            composition: self.composition,
            remainder: rest.collect(),
            trend,
            seasons: vec![Season::new(period, season)],
            weights: None,
            dropped: Vec::new(),
        })
    }
}

/// The centered moving average; NaN where it does not fit or meets a missing value.
fn centered_average(values: &[f64], period: usize) -> Vec<f64> {
    let half = period / 2;
    let mut trend = vec![f64::NAN; values.len()];
    let (mut missing, mut sum) = (0_usize, 0.0);
    for place in half..values.len() - half {
        let window = &values[place - half..=place + half];
        // Restarted now and then, so that rounding errors do not accumulate; still O(n).
        if place == half || (place - half).is_multiple_of(period.max(256)) {
            missing = window.iter().filter(|x| x.is_nan()).count();
            sum = window.iter().filter(|x| !x.is_nan()).sum();
        } else {
            for (x, sign) in [(values[place - half - 1], -1.0), (values[place + half], 1.0)] {
                match (x.is_nan(), sign > 0.0) {
                    (true, true) => missing += 1,
                    (true, false) => missing -= 1,
                    (false, _) => sum += sign * x,
                }
            }
        }
        if missing == 0 {
            let ends = if period.is_multiple_of(2) { 0.5 * (window[0] + window[2 * half]) } else { 0.0 };
            trend[place] = (sum - ends) / period as f64;
        }
    }
    trend
}
