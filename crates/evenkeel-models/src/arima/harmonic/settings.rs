//! The estimator.

use super::super::settings::Arima;
use super::fit;
use super::model::HarmonicRegressionModel;
use crate::Effort;
use evenkeel_core::{Error, Fit};

/// The most waves of all seasons.
pub(super) const MOST: usize = 1000;

/// Dynamic harmonic regression: seasons as sums of sines and cosines, and what they do not explain as an ARIMA process.
///
/// Use it for long seasons (1440 minutes of a day), for several at once (day and week) and for periods that are no whole number of
/// samples, as long as their shapes are smooth and stay as they are. A shape that changes belongs to [`Arima`]'s seasonal factors.
///
/// # Method
/// A regression on Fourier terms, `sin` and `cos` of `2 π k t / period` for k = 1, …, K, whose errors are ARIMA, all in one exact
/// likelihood (generalized least squares, concentrated out; Hyndman and Athanasopoulos 2021, section 10.5; Young, Pedregal and Tych
/// 1999, doi:10.1002/(SICI)1099-131X(199911)18:6<369::AID-FOR748>3.0.CO;2-K). Without settings, the numbers of waves are chosen by
/// AICc, season by season, one wave more or less at a time, under provisional errors that are ARMA(2, 1); the order of the errors is
/// then chosen by [`AutoArima`](crate::AutoArima) on what is left, without a season; at last all is fitted at once.
///
/// Time is counted from 1 at the first value of the history, also where it is missing.
///
/// # Parameters
/// - `periods`: in samples, each at least 2, not necessarily whole.
/// - [`waves`](Self::waves): K for each period, at most 1000 in all; chosen by default, from 1 to [`most`](Self::most).
/// - [`errors`](Self::errors): the order of the errors; chosen by default.
///
/// # Missing data
/// A missing value carries no information; the waves go on.
///
/// # Errors of `fit`
/// Those of [`Arima`]; [`Error::Parameter`] for periods or numbers of waves out of range, or for two seasons that cannot be told
/// apart within the history.
///
/// # Complexity
/// An evaluation of the likelihood is that of [`Arima`] for each wave, and O(n waves²).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction, Stage};
/// use evenkeel_models::HarmonicRegression;
///
/// // Four weeks of hourly load with a day and a week, and noise that remembers.
/// let mut noise = 0.0;
/// let history: Vec<f64> = (0..672u32)
///     .map(|t| {
///         let turn = |period: f64| f64::from(t) * std::f64::consts::TAU / period;
///         noise = 0.6 * noise + f64::from(t * 7919 % 101) / 25.0 - 2.0;
///         200.0 + 50.0 * turn(24.0).sin() + 20.0 * turn(12.0).cos() + 30.0 * turn(168.0).sin() + noise
///     })
///     .collect();
/// let mut model = HarmonicRegression::new([24.0, 168.0]).fit(&history)?;
/// assert_eq!(model.waves(), [2, 1]);
///
/// // What the waves will be is known: it is a forecaster like others.
/// let mut week = [Prediction::default(); 168];
/// assert!(model.forecast_into(&mut week));
/// assert!((week[6].mean() - 230.0).abs() < 10.0);
/// let next = model.update(f64::NAN).unwrap();
/// # let _ = next;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct HarmonicRegression {
    pub(super) periods: Vec<f64>,
    pub(super) waves: Option<Vec<usize>>,
    pub(super) most: usize,
    pub(super) errors: Option<Arima>,
    pub(super) effort: Effort,
}

impl HarmonicRegression {
    /// For seasons of these periods, shortest first where they share waves.
    pub fn new(periods: impl IntoIterator<Item = f64>) -> Self {
        Self {
            periods: periods.into_iter().collect(),
            waves: None,
            most: 10,
            errors: None,
            effort: Effort::Default,
        }
    }

    /// The number of waves of each season, from 1 to half of its period. Waves that two seasons have in common are taken once.
    pub fn waves(mut self, waves: impl IntoIterator<Item = usize>) -> Self {
        self.waves = Some(waves.into_iter().collect());
        self
    }

    /// The highest number of waves a season that is tried where they are chosen; 10 by default.
    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The order of the errors, with a season of their own if it has one. Its [constant](Arima::constant) is that of the whole.
    pub fn errors(mut self, errors: Arima) -> Self {
        self.errors = Some(errors);
        self
    }

    /// How much the choice of the order of the errors tries.
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    pub(super) fn judge(&self) -> Result<(), Error> {
        Error::require(!self.periods.is_empty(), "periods", "at least one", "none")?;
        Error::require(self.most >= 1, "most", "at least 1", self.most)?;
        // Judges the periods.
        let _judged = fit::terms(&self.periods, &vec![1; self.periods.len()])?;
        let Some(waves) = &self.waves else { return Ok(()) };
        if waves.len() != self.periods.len() {
            return Err(Error::Shape { what: "waves", expected: self.periods.len(), found: waves.len() });
        }
        let sum = waves.iter().fold(0usize, |sum, k| sum.saturating_add(*k));
        Error::require(sum <= MOST, "waves", "at most 1000 in all", sum)
    }
}

impl Fit for HarmonicRegression {
    type Fitted = HarmonicRegressionModel;

    fn fit(&self, history: &[f64]) -> Result<HarmonicRegressionModel, Error> {
        fit::fit(self, history)
    }
}
