//! The KPSS test (Kwiatkowski, Phillips, Schmidt and Shin).

use super::degenerate_series::{STILL, STRAIGHT, is_still, is_straight, rounding};
use crate::hypothesis_tests::test_result::{Bound, TestResult};
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The KPSS test, whose null hypothesis is that the series is stationary around a level, or around a line.
///
/// Use it to decide how often to difference. It needs a series of some length (50 values), and one break of
/// the level looks like wandering.
///
/// # Method
/// The mean square of the partial sums of the residuals from the level (or line), divided by n and by the
/// long-run variance with Bartlett weights over `lags` autocovariances (Kwiatkowski, Phillips, Schmidt and
/// Shin 1992, doi:10.1016/0304-4076(92)90104-Y). Large where the series wanders. P-values by interpolation in
/// the published table, which reaches from 0.01 to 0.1: beyond, [`is_p_bound`](TestResult::is_p_bound).
///
/// # Parameters
/// [`lags`](Self::lags): how many autocovariances; by default 3 √n / 13 rounded down, as R's `ndiffs` has it;
/// [`automatic_lags`](Self::automatic_lags) are estimated from the data, [`schwert_lags`](Self::schwert_lags)
/// are many.
///
/// # Missing data
/// Missing values are left out, and the others closed up.
///
/// *Complexity*: O(n lags), memory O(n).
///
/// ```
/// use evenkeel_series::hypothesis_tests::Kpss;
///
/// let noise = |t: u32| f64::from(t * 7919 % 101) - 50.0;
/// let steady: Vec<f64> = (0..200).map(noise).collect();
/// let wandering: Vec<f64> = steady.iter().scan(0.0, |sum, x| { *sum += x; Some(*sum) }).collect();
/// assert!(!Kpss::level().test(&steady)?.is_rejected(0.05));
/// let ramp: Vec<f64> = (0..200).map(|t| f64::from(t) + 0.1 * noise(t)).collect();
/// assert!(Kpss::level().test(&ramp)?.is_rejected(0.05) && !Kpss::trend().test(&ramp)?.is_rejected(0.05));
/// # let _ = wandering;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Kpss {
    trend: bool,
    lags: Lags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lags {
    Short,
    Schwert,
    Automatic,
    Given(usize),
}

impl Kpss {
    /// Around a level.
    pub const fn level() -> Self {
        Self { trend: false, lags: Lags::Short }
    }

    /// Around a line.
    pub const fn trend() -> Self {
        Self { trend: true, lags: Lags::Short }
    }

    /// How many autocovariances the long-run variance takes; at most n - 1 of them are used.
    pub const fn lags(self, lags: usize) -> Self {
        Self { lags: Lags::Given(lags), ..self }
    }

    /// As many as the first few autocovariances ask for (Hobijn, Franses and Ooms 2004,
    /// doi:10.1111/j.1467-9574.2004.00272.x, after Newey and West 1994, doi:10.2307/2297912).
    pub const fn automatic_lags(self) -> Self {
        Self { lags: Lags::Automatic, ..self }
    }

    /// 12 (n / 100)^(1/4), rounded up (Schwert 1989, doi:10.2307/1391432): what older programs take.
    pub const fn schwert_lags(self) -> Self {
        Self { lags: Lags::Schwert, ..self }
    }

    /// Tests a series.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer than 3 observed values, 4 around a line; [`Error::Numerical`] if
    /// nothing varies, or nothing around the line, but for rounding.
    pub fn test(&self, values: &[f64]) -> Result<TestResult, Error> {
        let seen: Vec<f64> = values.iter().filter_map(|x| observed(*x)).collect();
        let count = seen.len();
        let needed = 3 + usize::from(self.trend);
        if count < needed {
            return Err(Error::TooShort { needed, got: count });
        }
        let n = count as f64;
        // In units of the largest distance from the first value, so that nothing overflows.
        let unit = seen.iter().fold(0.0, |most: f64, x| most.max((x - seen[0]).abs()));
        if is_still(&seen, rounding(&seen)) {
            return Err(STILL);
        }
        if self.trend && is_straight(&seen) {
            return Err(STRAIGHT);
        }
        let mut e: Vec<f64> = seen.iter().map(|x| (x - seen[0]) / unit).collect();
        let mean = e.iter().sum::<f64>() / n;
        e.iter_mut().for_each(|x| *x -= mean);
        if self.trend {
            let middle = (n - 1.0) / 2.0;
            let times = || (0..count).map(|t| t as f64 - middle);
            let slope =
                times().zip(&e).map(|(t, x)| t * x).sum::<f64>() / times().map(|t| t * t).sum::<f64>();
            times().zip(&mut e).for_each(|(t, x)| *x -= slope * t);
        }
        let product = |lag: usize| e[lag..].iter().zip(&e).map(|(a, b)| a * b).sum::<f64>();
        let lags = match self.lags {
            Lags::Given(lags) => lags,
            Lags::Short => libm::trunc(3.0 * libm::sqrt(n) / 13.0) as usize,
            Lags::Schwert => libm::ceil(12.0 * libm::pow(n / 100.0, 0.25)) as usize,
            Lags::Automatic => {
                let (mut plain, mut weighted) = (product(0), 0.0);
                for lag in 1..=(libm::pow(n, 2.0 / 9.0) as usize).min(count - 1) {
                    let both = 2.0 * product(lag);
                    plain += both;
                    weighted += lag as f64 * both;
                }
                let ratio = weighted / plain;
                // A cast turns NaN into 0.
                (1.1447 * libm::cbrt(ratio * ratio) * libm::cbrt(n)) as usize
            }
        }
        .min(count - 1);
        let own = product(0);
        let mut variance = own;
        for lag in 1..=lags {
            variance += 2.0 * (1.0 - lag as f64 / (lags as f64 + 1.0)) * product(lag);
        }
        variance /= n;
        // Values that differ only by rounding do not vary.
        if variance.is_nan() || variance <= 1e-28 * n {
            return Err(STILL);
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for x in &e {
            sum += x;
            squares += sum * sum;
        }
        let statistic = squares / (n * n) / variance;
        let table = if self.trend { TREND } else { LEVEL };
        let (p, bound) = p(&table, statistic);
        let null =
            if self.trend { "the series varies around a line" } else { "the series varies around a level" };
        Ok(TestResult::new("KPSS test", null, statistic, p, count)?
            .with_lags(lags)
            .with_bound(bound)
            .with_critical(table))
    }
}

/// Tail probabilities and critical values, around a level and around a line (Kwiatkowski et al. 1992, table
/// 1).
const LEVEL: [(f64, f64); 4] = [(0.10, 0.347), (0.05, 0.463), (0.025, 0.574), (0.01, 0.739)];
const TREND: [(f64, f64); 4] = [(0.10, 0.119), (0.05, 0.146), (0.025, 0.176), (0.01, 0.216)];

fn p(table: &[(f64, f64); 4], statistic: f64) -> (f64, Option<Bound>) {
    if statistic < table[0].1 {
        return (table[0].0, Some(Bound::AtLeast));
    }
    for pair in table.windows(2) {
        let ((p, x), (q, y)) = (pair[0], pair[1]);
        if statistic <= y {
            return (p + (q - p) * (statistic - x) / (y - x), None);
        }
    }
    (table[3].0, Some(Bound::AtMost))
}
