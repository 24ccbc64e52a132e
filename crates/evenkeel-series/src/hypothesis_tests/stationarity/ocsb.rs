//! The OCSB test for a seasonal unit root (Osborn, Chui, Smith and Birchenhall).

use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::QrLeastSquares;

/// The most lags that are tried.
const MOST: usize = 3;

/// The test of Osborn, Chui, Smith and Birchenhall, whose null hypothesis is that the season has a unit root:
/// that it wanders, and needs a seasonal difference.
///
/// *For* the choice of a seasonal difference, beside the strength of the season
/// ([`seasonal_differences_needed`](crate::hypothesis_tests::seasonal_differences_needed)): a season may be
/// strong and yet the same every year, and then waves or dummies describe it with less variance.
///
/// *Method*: a regression of the ordinary and seasonal differences on both kinds of differences alone,
/// whitened by an autoregression (D. R. Osborn, A. P. L. Chui, J. P. Smith, C. R. Birchenhall, Oxford
/// Bulletin of Economics and Statistics 50 (1988) 361-377, doi:10.1111/j.1468-0084.1988.mp50004002.x). The
/// statistic is the t of the ordinary differences a season ago; far below 0 it is evidence against the null
/// hypothesis. There is no published distribution: [`critical_value`](Self::critical_value) at the level 0.05
/// is a curve through simulated values, that of R's forecast, in the logarithm of the period.
///
/// ```
/// use evenkeel_series::hypothesis_tests::Ocsb;
///
/// // A constant season under noise, and one that wanders.
/// let noise = |t: u32| {
///     let mut bits = t.wrapping_mul(2_654_435_761);
///     bits = (bits ^ bits >> 15).wrapping_mul(0x2c1b_3c6d);
///     bits = (bits ^ bits >> 12).wrapping_mul(0x297a_2d39);
///     f64::from((bits ^ bits >> 15) >> 8) / f64::from(1 << 23) - 1.0
/// };
/// let same: Vec<f64> = (0..240).map(|t| f64::from(t % 12 * (12 - t % 12)) + 3.0 * noise(t)).collect();
/// let mut wanders: Vec<f64> = (0..12).map(|t| 10.0 * noise(1000 + t)).collect();
/// (12..240).for_each(|t| wanders.push(wanders[t as usize - 12] + 3.0 * noise(t)));
/// assert!(Ocsb::new(12).is_rejected(&same)?);
/// assert!(!Ocsb::new(12).is_rejected(&wanders)?);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: the period, at least 2; [`lags`](Self::lags) of the autoregression. By default one fewer than
/// what has the least AIC among 1, 2 and 3 on the same rows, as in R's forecast. *Missing* values: rows with
/// one are left out. O(n lags²) time, O(n lags) memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Ocsb {
    period: usize,
    lags: Option<usize>,
}

impl Ocsb {
    /// For a season of so many values.
    pub const fn new(period: usize) -> Self {
        Self { period, lags: None }
    }

    /// With so many lags, at most 64.
    pub const fn lags(self, lags: usize) -> Self {
        Self { lags: Some(lags), ..self }
    }

    /// The critical value: the statistic is below it 5 times in 100 if the season wanders.
    #[must_use]
    pub fn critical_value(&self) -> f64 {
        let log = libm::log(self.period as f64) - 0.765_645_1;
        -0.293_741_1 * libm::exp(-0.285_085_3 * log - 0.059_836_44 * log * log) - 1.652_202
    }

    /// Whether the statistic is at or below its critical value: the season does not wander.
    ///
    /// # Errors
    /// Those of [`statistic`](Self::statistic).
    pub fn is_rejected(&self, values: &[f64]) -> Result<bool, Error> {
        Ok(self.statistic(values)? <= self.critical_value())
    }

    /// The statistic of the test.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a setting is out of range; [`Error::TooShort`] with fewer rows than columns;
    /// [`Error::Numerical`] if columns depend on each other or nothing is random.
    pub fn statistic(&self, values: &[f64]) -> Result<f64, Error> {
        Error::require(self.period >= 2, "period", "at least 2", self.period)?;
        let lags = self.lags.unwrap_or(0);
        Error::require(lags <= 64, "lags", "at most 64", lags)?;
        let mut y = missing_as_nan(values);
        let unit = y.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
        if unit == 0.0 {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        y.iter_mut().for_each(|x| *x /= unit);
        let lags = match self.lags {
            Some(lags) => lags,
            None => {
                let mut best = (0, f64::INFINITY);
                for lags in 1..=MOST {
                    let fit = self.regress(&y, lags, MOST)?;
                    let aic = fit.criteria(lags + 2).0;
                    if aic < best.1 {
                        best = (lags - 1, aic);
                    }
                }
                best.0
            }
        };
        self.regress(&y, lags, lags)?.t(lags + 2, lags + 1, 0.0)
    }

    /// The rows after the first `skipped` that have both differences.
    fn regress(&self, y: &[f64], lags: usize, skipped: usize) -> Result<QrLeastSquares, Error> {
        let period = self.period;
        let difference = |of: &[f64], lag: usize| -> Vec<f64> {
            (0..of.len()).map(|t| if t < lag { f64::NAN } else { of[t] - of[t - lag] }).collect()
        };
        let back = |of: &[f64], lag: usize| -> Vec<f64> {
            (0..of.len()).map(|t| if t < lag { f64::NAN } else { of[t - lag] }).collect()
        };
        let (seasonal, ordinary) = (difference(y, period), difference(y, 1));
        let mut both = difference(&seasonal, 1);
        let first = period.saturating_add(1).saturating_add(skipped).min(both.len());
        both[..first].fill(f64::NAN);
        let lagged: Vec<Vec<f64>> = (1..=lags).map(|lag| back(&difference(&seasonal, 1), lag)).collect();
        let whitening = if lags == 0 {
            Vec::new()
        } else {
            let (mut columns, mut response) = (lagged.clone(), both.clone());
            complete_rows(&mut columns, &mut response);
            QrLeastSquares::new(columns, response)?.coefficients(lags)
        };
        let whitened = |of: &[f64]| -> Vec<f64> {
            let past = |t: usize| -> f64 {
                whitening
                    .iter()
                    .enumerate()
                    .map(|(j, phi)| if t > j { phi * of[t - 1 - j] } else { f64::NAN })
                    .sum()
            };
            (0..of.len()).map(|t| of[t] - past(t)).collect()
        };
        let mut columns = lagged;
        columns.push(back(&whitened(&seasonal), 1));
        columns.push(back(&whitened(&ordinary), period));
        complete_rows(&mut columns, &mut both);
        QrLeastSquares::new(columns, both)
    }
}
