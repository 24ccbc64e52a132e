//! The parts of a decomposed series.

use alloc::vec::Vec;

/// How the parts of a [`Decomposition`] combine to the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Composition {
    /// value = trend + seasons + remainder.
    #[default]
    Additive,
    /// value = trend * season * remainder.
    Multiplicative,
}

/// The part of a series that recurs with a period.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Season {
    period: usize,
    values: Vec<f64>,
}

impl Season {
    pub(crate) fn new(period: usize, values: Vec<f64>) -> Self {
        Self { period, values }
    }

    /// The period in values.
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// Its value at each place of the series, known also where the series is missing.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }
}

/// A season that was asked for and could not be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Dropped {
    period: usize,
    needed: usize,
    got: usize,
}

impl Dropped {
    pub(crate) fn new(period: usize, needed: usize, got: usize) -> Self {
        Self { period, needed, got }
    }

    /// Its period.
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// How many values there had to be.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// How many there were.
    #[must_use]
    pub fn got(&self) -> usize {
        self.got
    }
}

impl core::fmt::Display for Dropped {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { period, needed, got } = self;
        write!(f, "a season of {period} needs {needed} values, more than two periods, there are {got}")
    }
}

/// A series taken apart into trend, seasons and remainder: what [`Stl`](crate::decompose::Stl),
/// [`Mstl`](crate::decompose::Mstl) and [`Classical`](crate::decompose::Classical) give.
///
/// The remainder is missing where the value is, and where the trend is unknown (the ends, with moving
/// averages).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Decomposition {
    pub(crate) composition: Composition,
    pub(crate) trend: Vec<f64>,
    pub(crate) seasons: Vec<Season>,
    pub(crate) remainder: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) dropped: Vec<Dropped>,
}

impl Decomposition {
    /// How the parts combine to the series.
    #[must_use]
    pub fn composition(&self) -> Composition {
        self.composition
    }

    /// The trend.
    #[must_use]
    pub fn trend(&self) -> &[f64] {
        &self.trend
    }

    /// The seasons, the shortest period first.
    pub fn seasons(&self) -> &[Season] {
        &self.seasons
    }

    /// The remainder: what trend and seasons leave.
    #[must_use]
    pub fn remainder(&self) -> &[f64] {
        &self.remainder
    }

    /// The final robustness weight of each value, from 0 (an outlier) to 1; `None` if the method was not
    /// robust.
    #[must_use]
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The seasons that were asked for and for which the series is too short.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// The series without its seasons: trend and remainder.
    #[must_use]
    pub fn seasonally_adjusted(&self) -> Vec<f64> {
        let parts = self.trend.iter().zip(&self.remainder);
        match self.composition {
            Composition::Additive => parts.map(|(t, r)| t + r).collect(),
            Composition::Multiplicative => parts.map(|(t, r)| t * r).collect(),
        }
    }

    /// The strength of the trend: the share of the variance besides the seasons that it explains, max(0, 1 -
    /// Var(remainder) / Var(trend + remainder)), from 0 (none) to 1 (all). X. Wang, K. Smith, R. Hyndman,
    /// Data Mining and Knowledge Discovery 13 (2006) 335-364, doi:10.1007/s10618-005-0039-x, in the form of
    /// Hyndman and Athanasopoulos. `None` for a multiplicative decomposition, or if nothing varies.
    #[must_use]
    pub fn trend_strength(&self) -> Option<f64> {
        self.strength(&self.trend)
    }

    /// The strength of a season: the share of the variance besides the trend and the other seasons that it
    /// explains, max(0, 1 - Var(remainder) / Var(season + remainder)), from 0 to 1. Source and `None` as with
    /// [`trend_strength`](Self::trend_strength), and `None` if there is no such season.
    #[must_use]
    pub fn seasonal_strength(&self, index: usize) -> Option<f64> {
        self.strength(self.seasons.get(index)?.values())
    }

    fn strength(&self, part: &[f64]) -> Option<f64> {
        if self.composition != Composition::Additive {
            return None;
        }
        let pairs = || part.iter().zip(&self.remainder).filter(|(_, r)| !r.is_nan());
        let whole = variance(pairs().map(|(p, r)| p + r));
        let rest = variance(pairs().map(|(_, r)| *r));
        // A constant series leaves only rounding errors.
        let size = self.trend.iter().chain(part).fold(0.0, |size: f64, x| size.max(x.abs()));
        (whole > 1e-26 * size * size).then(|| (1.0 - rest / whole).max(0.0))
    }
}

fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in values {
        n += 1.0;
        let off = x - mean;
        mean += off / n;
        squares += off * (x - mean);
    }
    squares / f64::max(n - 1.0, 1.0)
}
