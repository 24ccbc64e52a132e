//! Replacement of outliers in a seasonal series.

use super::interpolation::Interpolation;
use super::interpolation::robust_parts;
use super::repaired::Repaired;
use super::supersmoother::supersmooth;
use crate::missing::missing_as_nan;
use crate::quantile::Quantile;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Finds the outliers of a finished series about its trend and season, and replaces them by interpolation, as
/// well as missing values.
///
/// *For* histories that a model is fitted to. *Not for* data in which anomalies are searched for: what it
/// replaces may be the incident.
///
/// ```
/// use evenkeel_series::clean::OutlierRepair;
///
/// let day = |t: usize| (t as f64 / 24.0 * core::f64::consts::TAU).sin();
/// let noise = |t: usize| (t * 37 % 101) as f64 / 101.0;
/// let mut load: Vec<f64> = (0..24 * 10).map(|t| 50.0 + 10.0 * day(t) + noise(t)).collect();
/// // No extreme value, but one at the wrong time of day.
/// load[114] = 60.0;
/// let repaired = OutlierRepair::new().period(24).apply(&load)?;
/// assert_eq!(repaired.changes().len(), 1);
/// assert_eq!((repaired.changes()[0].index(), repaired.changes()[0].old()), (114, Some(60.0)));
/// assert!((repaired.values()[114] - (50.5 + 10.0 * day(114))).abs() < 1.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Method*: that of R's `forecast::tsclean` (8.20), without a Box-Cox transform: gaps are
/// [filled](Interpolation::seasonal); if a robust STL finds a season that explains at least 0.6 of what
/// varies about the trend, it is taken out; the rest is smoothed by Friedman's supersmoother (SLAC-PUB-3477,
/// 1984); what lies farther outside of the quartiles of the residuals than [`fences`](Self::fences) times
/// their distance is an outlier (Tukey 1977, with his "far out" 3). The outliers are replaced by
/// interpolation, and everything is repeated once.
///
/// *Settings*: [`period`](Self::period), none by default; [`fences`](Self::fences), 3;
/// [`iterations`](Self::iterations), 2.
///
/// *Missing* values are filled as well; [`keep_missing`](Self::keep_missing) leaves them. *Complexity*: that
/// of four robust STL.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct OutlierRepair {
    period: Option<usize>,
    fences: f64,
    iterations: usize,
    keep_missing: bool,
}

impl OutlierRepair {
    /// Without a season.
    pub const fn new() -> Self {
        Self { period: None, fences: 3.0, iterations: 2, keep_missing: false }
    }

    /// The season's period in values, at least 2.
    pub const fn period(mut self, period: usize) -> Self {
        self.period = Some(period);
        self
    }

    /// Values farther outside of the quartiles than so many interquartile ranges are outliers; at least 0.
    pub const fn fences(mut self, distances: f64) -> Self {
        self.fences = distances;
        self
    }

    /// How often outliers are searched for, 1 to 100: large ones may hide smaller ones.
    pub const fn iterations(mut self, iterations: usize) -> Self {
        self.iterations = iterations;
        self
    }

    /// Leaves missing values missing.
    pub const fn keep_missing(mut self) -> Self {
        self.keep_missing = true;
        self
    }

    /// Replaces outliers and fills missing values.
    ///
    /// # Errors
    /// If a setting is out of range, or values are there but none is observed.
    pub fn apply(&self, values: &[f64]) -> Result<Repaired, Error> {
        Error::require(
            self.fences >= 0.0 && self.fences.is_finite(),
            "fences",
            "finite and at least 0",
            self.fences,
        )?;
        Error::require((1..=100).contains(&self.iterations), "iterations", "in 1..=100", self.iterations)?;
        let before = missing_as_nan(values);
        let mut found: Vec<usize> = Vec::new();
        let mut work = before.clone();
        let mut seasonal = false;
        for _ in 0..self.iterations {
            let (outliers, adjusted) = self.find(&work)?;
            seasonal |= adjusted;
            if outliers.is_empty() && !work.iter().any(|x| x.is_nan()) {
                break;
            }
            found.extend(outliers);
            // From the second pass on values that were missing are checked like the rest, as in the original.
            found.iter().for_each(|i| work[*i] = f64::NAN);
            let filled = self.interpolation().apply(&work)?;
            seasonal |= filled.is_seasonal();
            work = filled.into_values();
        }
        let mut after = before.clone();
        found.iter().for_each(|i| after[*i] = work[*i]);
        if !self.keep_missing {
            let filled = self.interpolation().apply(&after)?;
            seasonal |= filled.is_seasonal();
            after = filled.into_values();
        }
        Ok(Repaired::between(&before, after, seasonal))
    }

    fn interpolation(&self) -> Interpolation {
        self.period.map_or(Interpolation::linear(), Interpolation::seasonal)
    }

    /// The outliers of a series, and whether a season was taken out.
    fn find(&self, values: &[f64]) -> Result<(Vec<usize>, bool), Error> {
        let mut whole = self.interpolation().apply(values)?.into_values();
        let n = whole.len();
        if n == 0 || whole.iter().all(|x| *x == whole[0]) {
            return Ok((Vec::new(), false));
        }
        let mut seasonal = false;
        if let Some(period) = self.period.filter(|period| n > 2 * period) {
            let parts = robust_parts(&whole, period)?;
            // For a single season, R's strength is that of the decomposition.
            let strong = parts.seasonal_strength(0).is_some_and(|strength| strength >= 0.6);
            if let ([season], true) = (parts.seasons(), strong) {
                whole.iter_mut().zip(season.values()).for_each(|(x, s)| *x -= s);
                seasonal = true;
            }
        }
        let mut residuals = supersmooth(&whole);
        residuals.iter_mut().zip(&whole).for_each(|(fit, x)| *fit = x - *fit);
        residuals.iter_mut().zip(values).filter(|(_, x)| x.is_nan()).for_each(|(r, _)| *r = f64::NAN);
        let quartile = |p| Quantile::new(p).map(|q| q.of(&residuals).unwrap_or(f64::NAN));
        let (low, high) = (quartile(0.25)?, quartile(0.75)?);
        let room = self.fences * (high - low);
        let (low, high) = (low - room, high + room);
        let size = whole.iter().fold(0.0, |size: f64, x| size.max(x.abs()));
        // A perfect fit leaves only rounding errors, which are no outliers.
        if high - low <= 1e-14 * size {
            return Ok((Vec::new(), seasonal));
        }
        let outside = |i: &usize| residuals[*i] < low || residuals[*i] > high;
        Ok(((0..n).filter(outside).collect(), seasonal))
    }
}

impl Default for OutlierRepair {
    fn default() -> Self {
        Self::new()
    }
}
