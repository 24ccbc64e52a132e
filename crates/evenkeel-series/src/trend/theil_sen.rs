//! The Theil-Sen line.

use crate::quantile::median_of_mut;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::Normal;

/// The slope of a series, by the median of the slopes between all pairs of values: robust as long as fewer
/// than 29 % are outliers.
///
/// # Method
/// Theil 1950; interval by the distribution of Kendall's tau with ties, as Sen 1968 (doi:10.2307/2285891) has
/// it. The intercept is the median of the values less the slope times the median of the times.
///
/// # Parameters
/// [`level`](Self::level): the coverage of the confidence interval of the slope, 0.95 by default; in (0, 1).
///
/// *Missing data* is left out, the others keep their times. *Complexity*: O(n²) time and memory, 8 bytes for
/// each pair (400 MB for 10,000 values): thin out longer series.
///
/// ```
/// use evenkeel_series::trend::TheilSen;
///
/// let mut used: Vec<f64> = (0..60).map(|t| 100.0 + 2.5 * f64::from(t)).collect();
/// used[10] = 9e9;
/// let line = TheilSen::new().fit(&used)?;
/// assert_eq!(line.slope(), 2.5);
/// assert!((line.at(100.0) - 350.0).abs() < 5.0 && line.upper() < 2.6);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct TheilSen {
    level: f64,
}

impl Default for TheilSen {
    fn default() -> Self {
        Self::new()
    }
}

/// The line fitted by [`TheilSen`]; times are indices.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct TheilSenLine {
    slope: f64,
    intercept: f64,
    lower: f64,
    upper: f64,
}

impl TheilSenLine {
    /// The slope, in units of the values a step.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// The value of the line at index 0.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The lower end of the interval of the slope.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper end of the interval of the slope.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The line at an index.
    #[must_use]
    pub fn at(&self, index: f64) -> f64 {
        self.intercept + self.slope * index
    }
}

impl TheilSen {
    /// With an interval of level 0.95.
    pub const fn new() -> Self {
        Self { level: 0.95 }
    }

    /// With another level.
    pub const fn level(self, level: f64) -> Self {
        Self { level }
    }

    /// Fits the line.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than 2 observed values, [`Error::Parameter`] if the level is not in (0,
    /// 1).
    pub fn fit(&self, values: &[f64]) -> Result<TheilSenLine, Error> {
        Error::require(self.level > 0.0 && self.level < 1.0, "level", "in (0, 1)", self.level)?;
        let seen: Vec<(f64, f64)> =
            values.iter().enumerate().filter_map(|(t, x)| observed(*x).map(|x| (t as f64, x))).collect();
        let count = seen.len();
        if count < 2 {
            return Err(Error::TooShort { needed: 2, got: count });
        }
        let mut slopes = Vec::with_capacity(count * (count - 1) / 2);
        for (i, (t, x)) in seen.iter().enumerate() {
            slopes.extend(seen[..i].iter().map(|(s, y)| (x - y) / (t - s)));
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let middle = slopes.len() / 2;
        let slope = if slopes.len() % 2 == 1 {
            slopes[middle]
        } else {
            0.5 * slopes[middle - 1] + 0.5 * slopes[middle]
        };
        let (mut times, mut heights): (Vec<f64>, Vec<f64>) = seen.into_iter().unzip();
        heights.sort_unstable_by(f64::total_cmp);
        let n = count as f64;
        let ties: f64 = heights
            .chunk_by(|a, b| a == b)
            .map(|group| group.len() as f64)
            .map(|t| t * (t - 1.0) * (2.0 * t + 5.0))
            .sum();
        let spread = libm::sqrt((n * (n - 1.0) * (2.0 * n + 5.0) - ties).max(0.0) / 18.0);
        let z = Normal::new(0.0, 1.0)?.upper_quantile(0.5 * (1.0 - self.level));
        let pairs = slopes.len() as f64;
        let last = slopes.len() - 1;
        let below = (libm::rint(0.5 * (pairs - z * spread)) - 1.0).max(0.0) as usize;
        let above = (libm::rint(0.5 * (pairs + z * spread)) as usize).min(last);
        let (height, time) =
            (median_of_mut(&mut heights).unwrap_or(0.0), median_of_mut(&mut times).unwrap_or(0.0));
        Ok(TheilSenLine {
            slope,
            intercept: height - slope * time,
            lower: slopes[below.min(last)],
            upper: slopes[above],
        })
    }
}
