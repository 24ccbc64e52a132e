//! Interpolation of missing values.

use super::cubic_curve::{self, Slopes};
use super::repaired::Repaired;
use super::seasonal_regression::rough_fit;
use crate::decompose::{Decomposition, Mstl, Stl};
use crate::denoise::Loess;
use crate::missing::missing_as_nan;
use alloc::vec::Vec;
use evenkeel_core::{Error, LARGEST};

/// How gaps are interpolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum InterpolationMethod {
    /// The last value before it; the first after it where there is none. For states and settings.
    Last,
    /// The line between its neighbors.
    #[default]
    Linear,
    /// A cubic that rises and falls only where its neighbors do (PCHIP). F. N. Fritsch and J. Butland, SIAM
    /// Journal on Scientific and Statistical Computing 5 (1984) 300-304, doi:10.1137/0905021.
    Monotone,
    /// A smooth curve that single extreme values bend only nearby. H. Akima, Journal of the ACM 17 (1970)
    /// 589-602, doi:10.1145/321607.321609.
    Akima,
    /// The cubic spline through all values (not-a-knot). Swings out widely in wide gaps.
    Spline,
    /// The line between the seasonally adjusted neighbors, plus the season.
    Seasonal(
        /// The period, at least 2.
        usize,
    ),
}

/// Fills missing values, and reports which.
///
/// ```
/// use evenkeel_series::clean::Interpolation;
///
/// let season = |t: usize| (t as f64 / 24.0 * core::f64::consts::TAU).sin();
/// let mut load: Vec<f64> = (0..24 * 10).map(|t| 50.0 + 10.0 * season(t)).collect();
/// load[96..108].fill(f64::NAN);
///
/// let line = Interpolation::linear().apply(&load)?;
/// assert!((line.values()[102] - load[102 - 24]).abs() > 9.0, "half a day is no line");
/// let filled = Interpolation::seasonal(24).apply(&load)?;
/// assert!((filled.values()[102] - load[102 - 24]).abs() < 1e-6);
/// assert_eq!(filled.changes().len(), 12);
/// assert_eq!(Interpolation::seasonal(24).limit(5).apply(&load)?.changes(), []);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Gaps at the ends* get the nearest value (with [`InterpolationMethod::Seasonal`], the nearest seasonally
/// adjusted one and the season), or are left with [`inside_only`](Self::inside_only). *Gaps longer than*
/// [`limit`](Self::limit) are left as a whole. Where a curve swings out beyond 1e100, the value stays
/// missing.
///
/// *Seasonal*: as R's `forecast::na.interp` does it: the gaps are filled roughly by a regression on waves of
/// the season and a polynomial; a robust [`Stl`] with a seasonal window of 11 is fitted; the seasonally
/// adjusted values are joined by lines, and the season is added. (Its figures with a season are not R's: off
/// by 0.1 % of the size where it was checked, see the list of gaps of the replays.) Where no more than two
/// periods are observed, or the result leaves the range of the values by more than half of it, it is the
/// line, and [`Repaired::is_seasonal`] says so.
///
/// *Complexity*: O(n), O(n) memory; seasonal: that of a robust STL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Interpolation {
    method: InterpolationMethod,
    limit: Option<usize>,
    inside_only: bool,
}

impl Interpolation {
    /// With this method.
    pub const fn new(method: InterpolationMethod) -> Self {
        Self { method, limit: None, inside_only: false }
    }

    /// By straight lines.
    pub const fn linear() -> Self {
        Self::new(InterpolationMethod::Linear)
    }

    /// By the last value.
    pub const fn last() -> Self {
        Self::new(InterpolationMethod::Last)
    }

    /// By straight lines between seasonally adjusted values.
    pub const fn seasonal(period: usize) -> Self {
        Self::new(InterpolationMethod::Seasonal(period))
    }

    /// The longest gap that is filled, in values; any by default.
    pub const fn limit(mut self, longest: usize) -> Self {
        self.limit = Some(longest);
        self
    }

    /// Leaves values missing before the first and after the last observed one.
    pub const fn inside_only(mut self) -> Self {
        self.inside_only = true;
        self
    }

    /// Fills the missing values.
    ///
    /// # Errors
    /// If the period is below 2, or values are there but none is observed.
    pub fn apply(&self, values: &[f64]) -> Result<Repaired, Error> {
        let before = missing_as_nan(values);
        if let InterpolationMethod::Seasonal(period) = self.method {
            Error::require((2..=1 << 23).contains(&period), "period", "in 2..=8388608", period)?;
        }
        let missing = before.iter().filter(|x| x.is_nan()).count();
        if missing == 0 {
            return Ok(Repaired::between(&before, before.clone(), false));
        }
        if missing == before.len() {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let mut after = before.clone();
        let mut seasonal = false;
        match self.method {
            InterpolationMethod::Last => last(&mut after),
            InterpolationMethod::Linear => linear(&mut after),
            InterpolationMethod::Monotone => smooth(&mut after, cubic_curve::monotone),
            InterpolationMethod::Akima => smooth(&mut after, cubic_curve::akima),
            InterpolationMethod::Spline => smooth(&mut after, cubic_curve::spline),
            InterpolationMethod::Seasonal(period) => match seasonally(&before, period)? {
                Some(filled) => (after, seasonal) = (filled, true),
                None => linear(&mut after),
            },
        }
        self.leave(&before, &mut after);
        Ok(Repaired::between(&before, after, seasonal))
    }

    /// Makes missing again what was not to be filled.
    fn leave(&self, before: &[f64], after: &mut [f64]) {
        let mut from = 0;
        for gap in before.chunk_by(|a, b| a.is_nan() == b.is_nan()) {
            let to = from + gap.len();
            let end = from == 0 || to == before.len();
            let left = self.limit.is_some_and(|limit| gap.len() > limit) || (end && self.inside_only);
            if gap[0].is_nan() && left {
                after[from..to].fill(f64::NAN);
            }
            from = to;
        }
    }
}

impl Default for Interpolation {
    fn default() -> Self {
        Self::linear()
    }
}

fn smooth(values: &mut [f64], slopes: Slopes) {
    // Scaled so that nothing overflows on the way.
    values.iter_mut().for_each(|x| *x *= SCALE);
    let known = values.to_vec();
    cubic_curve::fill_inside(values, slopes);
    let filled = values.iter_mut().zip(&known);
    filled.for_each(|(x, known)| *x = if known.is_nan() { *x / SCALE } else { known / SCALE });
    last(values);
}

/// A power of two, which is exact for any value that is not extremely small.
const SCALE: f64 = 1.0 / 64.0;

pub(super) fn linear(values: &mut [f64]) {
    let mut before: Option<usize> = None;
    for i in 0..values.len() {
        if values[i].is_nan() {
            continue;
        }
        if let Some(j) = before.filter(|j| j + 1 < i) {
            let (a, b, width) = (values[j], values[i], (i - j) as f64);
            for (k, value) in values[j..i].iter_mut().enumerate().skip(1) {
                let share = k as f64 / width;
                *value = a + share * (b - a);
            }
        }
        before = Some(i);
    }
    last(values);
}

fn last(values: &mut [f64]) {
    let mut known = values.iter().copied().find(|x| !x.is_nan()).unwrap_or(f64::NAN);
    for x in values {
        if x.is_nan() {
            *x = known;
        }
        known = *x;
    }
}

/// The decomposition that R's `mstl(robust = TRUE)` makes of a complete series with one season.
pub(super) fn robust_parts(values: &[f64], period: usize) -> Result<Decomposition, Error> {
    Mstl::of([Stl::new(period).seasonal(Loess::strided(11, 0))]).robust().fit(values)
}

/// `None` where the season cannot be estimated, or makes the result worse.
fn seasonally(values: &[f64], period: usize) -> Result<Option<Vec<f64>>, Error> {
    let seen = values.iter().filter(|x| !x.is_nan()).count();
    if seen <= 2 * period {
        return Ok(None);
    }
    let rough = rough_fit(values, period);
    let pairs = || values.iter().zip(&rough);
    let whole: Vec<f64> = pairs().map(|(y, fit)| if y.is_nan() { *fit } else { *y }).collect();
    let parts = robust_parts(&whole, period)?;
    let [season] = parts.seasons() else { return Ok(None) };
    let mut adjusted: Vec<f64> = values.iter().zip(season.values()).map(|(y, s)| y - s).collect();
    linear(&mut adjusted);
    let filled: Vec<f64> = (values.iter().zip(&adjusted).zip(season.values()))
        .map(|((y, adjusted), s)| if y.is_nan() { adjusted + s } else { *y })
        .collect();
    let range = |values: &[f64]| {
        let seen = values.iter().filter(|x| !x.is_nan());
        seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)))
    };
    let ((low, high), (lowest, highest)) = (range(values), range(&filled));
    let room = 0.5 * (high - low);
    let usable = highest <= (high + room).min(LARGEST) && lowest >= (low - room).max(-LARGEST);
    Ok(usable.then_some(filled))
}
