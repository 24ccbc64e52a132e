//! The augmented Dickey-Fuller test.

use super::degenerate_series::{STILL, STRAIGHT, is_still, is_straight, rounding};
use super::deterministic_terms::DeterministicTerms;
use crate::hypothesis_tests::test_result::TestResult;
use crate::missing::{complete_rows, missing_as_nan};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::QrLeastSquares;

/// The augmented Dickey-Fuller test, whose null hypothesis is that the series has a unit root: that it
/// wanders like a random walk.
///
/// Use it together with [`Kpss`](crate::hypothesis_tests::Kpss), whose null hypothesis is the opposite; where
/// both reject, a break or long memory is likely. It needs some length (50 values), and a break of the level
/// makes it miss stationarity.
///
/// # Method
/// The regression of the differences on the value before, on so many earlier differences and on what is
/// [deterministic](DeterministicTerms); the statistic is the t of the value before (Dickey and Fuller 1979,
/// doi:10.2307/2286348; Said and Dickey 1984, doi:10.1093/biomet/71.3.599). *Small* (negative) where the
/// series returns. P-values by MacKinnon 1994 (doi:10.2307/1391481), asymptotic; [critical
/// values](TestResult::critical_values) by MacKinnon 2010 for the number of rows.
///
/// # Parameters
/// The number of lagged differences: [`lags`](Self::lags), or chosen by [`aic`](Self::aic) (the default) or
/// [`bic`](Self::bic), among regressions on the same rows, up to [`at_most`](Self::at_most): by default
/// Schwert's 12 (n / 100)^(1/4), rounded up (1989, doi:10.2307/1391432), and not more than half of the values
/// have room for.
///
/// # Missing data
/// Rows of the regression with a missing value are left out.
///
/// *Complexity*: O(n k²) for k columns, also with a choice; memory O(n k).
///
/// ```
/// use evenkeel_series::hypothesis_tests::{Adf, DeterministicTerms};
///
/// let noise: Vec<f64> = (0..200u32).map(|t| f64::from(t * t % 103) - 51.0).collect();
/// let walk: Vec<f64> = noise.iter().scan(0.0, |sum, x| { *sum += x; Some(*sum) }).collect();
/// assert!(Adf::new(DeterministicTerms::Level).lags(1).test(&noise)?.is_rejected(0.01));
/// assert!(!Adf::new(DeterministicTerms::Trend).lags(1).test(&walk)?.is_rejected(0.10));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Adf {
    terms: DeterministicTerms,
    choice: Choice,
    most: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Given(usize),
    Aic,
    Bic,
}

impl Adf {
    /// With these deterministic terms, and lags chosen by Akaike's criterion.
    pub const fn new(terms: DeterministicTerms) -> Self {
        Self { terms, choice: Choice::Aic, most: None }
    }

    /// With so many lagged differences.
    pub const fn lags(self, lags: usize) -> Self {
        Self { choice: Choice::Given(lags), ..self }
    }

    /// With lags chosen by Akaike's criterion.
    pub const fn aic(self) -> Self {
        Self { choice: Choice::Aic, ..self }
    }

    /// With lags chosen by Schwarz's criterion: fewer.
    pub const fn bic(self) -> Self {
        Self { choice: Choice::Bic, ..self }
    }

    /// The largest number of lags to choose from.
    pub const fn at_most(self, lags: usize) -> Self {
        Self { most: Some(lags), ..self }
    }

    /// Tests a series.
    ///
    /// # Errors
    /// [`Error::TooShort`] with fewer rows than columns; [`Error::Numerical`] if nothing varies or nothing is
    /// random, as of values on a straight line, but for rounding.
    pub fn test(&self, values: &[f64]) -> Result<TestResult, Error> {
        let straight = is_straight(values);
        // Without deterministic terms a line or a constant leaves something to explain, and may be tested.
        let result = if straight && self.terms != DeterministicTerms::None {
            Err(STRAIGHT)
        } else {
            self.tested(values)
        };
        match result {
            Err(Error::Numerical { .. }) if straight => {
                Err(if is_still(values, rounding(values)) { STILL } else { STRAIGHT })
            }
            other => other,
        }
    }

    /// Whether a trend line does not count as stationary.
    pub(super) const fn is_without_trend(&self) -> bool {
        matches!(self.terms, DeterministicTerms::None | DeterministicTerms::Level)
    }

    fn tested(&self, values: &[f64]) -> Result<TestResult, Error> {
        let mut y = missing_as_nan(values);
        let Some(first) = y.iter().copied().find(|x| !x.is_nan()) else {
            return Err(Error::TooShort { needed: 3, got: 0 });
        };
        if self.terms != DeterministicTerms::None {
            // The level is arbitrary: a large one must not cost precision.
            y.iter_mut().for_each(|x| *x -= first);
        }
        let unit = y.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
        if unit == 0.0 {
            return Err(Error::Numerical { what: "the values do not vary" });
        }
        y.iter_mut().for_each(|x| *x /= unit);
        let (lags, criterion) = match self.choice {
            Choice::Given(lags) => (lags, None),
            Choice::Aic | Choice::Bic => {
                let (lags, criterion, rows) = self.choose(&y)?;
                (lags, Some(criterion + 2.0 * rows as f64 * libm::log(unit)))
            }
        };
        let fit = self.regress(&y, lags)?;
        let before = self.terms.columns();
        let tau = fit.t(before + 1 + lags, before, 0.0)?;
        let test = TestResult::new(
            "augmented Dickey-Fuller test",
            "the series wanders (has a unit root)",
            tau,
            self.terms.p(tau),
            fit.rows(),
        )?;
        Ok(test.with_lags(lags).with_criterion(criterion).with_critical(self.terms.critical(fit.rows())))
    }

    /// The number of lags of the least criterion, that criterion, and the number of rows.
    fn choose(&self, y: &[f64]) -> Result<(usize, f64, usize), Error> {
        let n = y.iter().filter(|x| !x.is_nan()).count();
        let d = self.terms.columns();
        let room = (n / 2).saturating_sub(d + 1);
        let schwert = libm::ceil(12.0 * libm::pow(n as f64 / 100.0, 0.25)) as usize;
        let most = self.most.unwrap_or(schwert).min(room);
        let fit = self.regress(y, most)?;
        let mut best = (0, f64::INFINITY);
        for lags in 0..=most {
            let (aic, bic) = fit.criteria(d + 1 + lags);
            let criterion = if self.choice == Choice::Bic { bic } else { aic };
            if criterion < best.1 {
                best = (lags, criterion);
            }
        }
        Ok((best.0, best.1, fit.rows()))
    }

    /// Columns: the deterministic terms, the value before, earlier differences.
    fn regress(&self, y: &[f64], lags: usize) -> Result<QrLeastSquares, Error> {
        let n = y.len();
        let rows = n.saturating_sub(lags).saturating_sub(1);
        let needed = (self.terms.columns() + 2).saturating_add(lags);
        if rows < needed {
            return Err(Error::TooShort { needed: needed.saturating_add(lags).saturating_add(1), got: n });
        }
        let at = |row: usize| row + lags;
        let time = |row: usize| (row + 1) as f64 / rows as f64;
        let mut columns: Vec<Vec<f64>> = vec![
            vec![1.0; rows],
            (0..rows).map(time).collect(),
            (0..rows).map(|row| time(row) * time(row)).collect(),
        ];
        columns.truncate(self.terms.columns());
        columns.push(y[lags..][..rows].to_vec());
        for lag in 1..=lags {
            columns.push((0..rows).map(|row| y[at(row) + 1 - lag] - y[at(row) - lag]).collect());
        }
        let mut response: Vec<f64> = (0..rows).map(|row| y[at(row) + 1] - y[at(row)]).collect();
        complete_rows(&mut columns, &mut response);
        QrLeastSquares::new(columns, response)
    }
}
