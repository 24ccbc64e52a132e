//! How often to difference a series.

use super::adf::Adf;
use super::degenerate_series::{is_still, is_straight, rounding};
use super::kpss::Kpss;
use super::ocsb::Ocsb;
use super::phillips_perron::PhillipsPerron;
use crate::decompose::{Mstl, Stl};
use crate::denoise::Loess;
use crate::hypothesis_tests::test_result::TestResult;
use crate::transform::Differencing;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// A season that is stronger than this is differenced away (Wang, Smith and Hyndman 2006,
/// doi:10.1007/s10618-005-0039-x).
const STRONG: f64 = 0.64;

/// The test that decides on differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnitRootTest {
    /// Differences while it rejects stationarity.
    Kpss(Kpss),
    /// Differences while it does not reject a unit root.
    Adf(Adf),
    /// Differences while it does not reject a unit root.
    PhillipsPerron(PhillipsPerron),
}

impl Default for UnitRootTest {
    /// KPSS around a level, as in automatic ARIMA.
    fn default() -> Self {
        Self::Kpss(Kpss::level())
    }
}

impl UnitRootTest {
    fn asks_for_difference(self, values: &[f64], level: f64) -> Result<bool, Error> {
        match self {
            // For a straight line the test around a level has no noise to compare with; one difference makes
            // it a constant.
            Self::Adf(test) if test.is_without_trend() && is_straight(values) => Ok(true),
            Self::PhillipsPerron(test) if test.is_without_trend() && is_straight(values) => Ok(true),
            Self::Kpss(test) => Ok(test.test(values)?.is_rejected(level)),
            Self::Adf(test) => Ok(keeps_wandering(&test.test(values)?, level)),
            Self::PhillipsPerron(test) => Ok(keeps_wandering(&test.test(values)?, level)),
        }
    }
}

/// By the critical value for so many rows where there is one, else by the p-value, which is asymptotic.
fn keeps_wandering(answer: &TestResult, level: f64) -> bool {
    match answer.critical_values().iter().find(|(of, _)| *of == level) {
        Some((_, critical)) => answer.statistic() > *critical,
        None => !answer.is_rejected(level),
    }
}

/// How often a series has to be differenced, at most `most` times, until a test at this level (0.05 is usual)
/// finds that it keeps its home (as R's `ndiffs`: Hyndman and Khandakar 2008, doi:10.18637/jss.v027.i03).
///
/// A series that does not vary (any more) but for rounding, or is too short for the test, is not differenced
/// (further). *Missing* values are treated as the test does. Cost: that of the test, so often.
///
/// ```
/// use evenkeel_series::hypothesis_tests::{UnitRootTest, differences_needed};
///
/// let noise: Vec<f64> = (0..200u32).map(|t| f64::from(t * t % 103) - 51.0).collect();
/// let walk: Vec<f64> = noise.iter().scan(0.0, |sum, x| { *sum += x; Some(*sum) }).collect();
/// assert_eq!(differences_needed(&noise, UnitRootTest::default(), 0.05, 2)?, 0);
/// let ramp: Vec<f64> = noise.iter().enumerate().map(|(t, x)| 5.0 * t as f64 + x).collect();
/// assert_eq!(differences_needed(&ramp, UnitRootTest::default(), 0.05, 2)?, 1);
/// # let _ = walk;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] if the level is not in (0, 1), or outside of [0.01, 0.1] for KPSS, whose table ends
/// there.
pub fn differences_needed(
    values: &[f64],
    test: UnitRootTest,
    level: f64,
    most: usize,
) -> Result<usize, Error> {
    if let UnitRootTest::Kpss(_) = test {
        Error::require((0.01..=0.1).contains(&level), "level", "in [0.01, 0.1] for the KPSS test", level)?;
    }
    Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
    let mut y = values.to_vec();
    let once = Differencing::new(1)?;
    // Each difference at most doubles what rounding left in the values.
    let mut rounding = rounding(values);
    for d in 0..most {
        if is_still(&y, rounding) || !test.asks_for_difference(&y, level).unwrap_or(false) {
            return Ok(d);
        }
        y = once.apply(&y);
        rounding *= 2.0;
    }
    Ok(most)
}

/// Whether a season of so many values is so strong that it has to be differenced away: 1, else 0 (as R's
/// `nsdiffs` by the [strength of the season](season_strength) in a decomposition, above 0.64: Wang, Smith and
/// Hyndman 2006, doi:10.1007/s10618-005-0039-x).
///
/// 0 where the strength cannot be estimated. Cost: that of [`Mstl`].
///
/// ```
/// use evenkeel_series::hypothesis_tests::seasonal_differences_needed;
///
/// let days: Vec<f64> = (0..240u32).map(|t| f64::from(t % 24) + f64::from(t * 7919 % 7)).collect();
/// assert_eq!(seasonal_differences_needed(&days, 24)?, 1);
/// assert_eq!(seasonal_differences_needed(&days, 17)?, 0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parameter`] if the period is below 2, and those of the decomposition.
pub fn seasonal_differences_needed(values: &[f64], period: usize) -> Result<usize, Error> {
    Ok(usize::from(season_strength(values, period)?.is_some_and(|strength| strength > STRONG)))
}

/// The strength of a season with this period, in [0, 1]: the share of the variance besides the trend that the
/// season explains, in the decomposition of R's `mstl` (Wang, Smith and Hyndman 2006,
/// doi:10.1007/s10618-005-0039-x).
///
/// None for series of at most two seasons, and for those that do not vary. Outer gaps are cut off; inner ones
/// are bridged by the [decomposition](Mstl). Cost: that of [`Mstl`].
///
/// # Errors
/// [`Error::Parameter`] if the period is below 2, and those of the decomposition.
pub fn season_strength(values: &[f64], period: usize) -> Result<Option<f64>, Error> {
    Error::require(period >= 2, "period", "at least 2", period)?;
    let seen: Vec<usize> = (0..values.len()).filter(|i| observed(values[*i]).is_some()).collect();
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return Ok(None) };
    let y = &values[*first..=*last];
    if y.len() / 2 < period || y.len() == 2 * period || !varies(y) {
        return Ok(None);
    }
    // The windows and jumps of R's `mstl`.
    let parts = Mstl::of([Stl::new(period).seasonal(Loess::new(11).degree(0).jump(2))]).fit(y)?;
    Ok(parts.seasonal_strength(0))
}

/// The test that decides whether a season has to be differenced away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SeasonalTest {
    /// By the strength of the season: as [`seasonal_differences_needed`] does.
    #[default]
    Strength,
    /// By whether it has a seasonal unit root: the test of [Osborn, Chui, Smith and Birchenhall](Ocsb) at the
    /// level 0.05, as R's `nsdiffs(test = "ocsb")`. It differences less often.
    Ocsb,
}

impl SeasonalTest {
    /// Whether a season of so many values has to be differenced away: 1, else 0. 0 where a series does not
    /// vary, or is too short or too regular for the test.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the period is below 2, and those of the decomposition.
    pub fn differences_needed(self, values: &[f64], period: usize) -> Result<usize, Error> {
        match self {
            Self::Strength => seasonal_differences_needed(values, period),
            Self::Ocsb => {
                Error::require(period >= 2, "period", "at least 2", period)?;
                if !varies(values) {
                    return Ok(0);
                }
                // As in R, where a test that fails counts as one that needs no difference.
                Ok(usize::from(!Ocsb::new(period).is_rejected(values).unwrap_or(true)))
            }
        }
    }
}

fn varies(y: &[f64]) -> bool {
    let mut seen = y.iter().filter_map(|x| observed(*x));
    seen.next().is_some_and(|first| seen.any(|x| x != first))
}
