//! The estimator.

use super::constant::Constant;
use super::factors::{Differences, Factors};
use super::fit;
use super::likelihood::ArimaLikelihood;
use super::model::ArimaModel;
use super::parameters::ArimaParameters;
use super::regression::ArimaRegression;
use super::sample::{Ends, Sample};
use evenkeel_core::{Error, Fit};

/// The highest order on each side.
pub(super) const HIGHEST: usize = 100;
/// The highest order of differencing.
pub(super) const MOST_DIFFERENCES: usize = 3;
/// The highest seasonal order on each side, and of seasonal differencing.
pub(super) const HIGHEST_SEASONAL: usize = 10;
pub(super) const MOST_SEASONAL_DIFFERENCES: usize = 2;
/// How far back seasonal terms may reach.
pub(super) const FARTHEST: usize = 40_000;

/// ARIMA(p, d, q)(P, D, Q)s of fixed order, fitted by exact Gaussian maximum likelihood: a linear forecaster of a series that,
/// differenced, returns to its mean.
///
/// Use it for one regular series with short memory and at most one season: load, latency, queue lengths, counts that are not small.
/// Not for values that are mostly zero, nor for several seasons (see [`HarmonicRegression`](crate::HarmonicRegression)). The order
/// need not be known: [`AutoArima`](crate::AutoArima) chooses it.
///
/// # Method
/// `(1 - ar_1 B - …)(1 - sar_1 B^s - …)(1 - B)^d (1 - B^s)^D n = (1 + ma_1 B + …)(1 + sma_1 B^s + …) e`, where B is the lag and n
/// the series without its mean, drift and regressors (Box and Jenkins 1970).
///
/// The likelihood is that of the differences, a stationary Gaussian process, exact from the first value on: the recursions of
/// Morf, Sidhu and Kailath (1974, doi:10.1109/TAC.1974.1100576), until their gain has settled, and the plain ARMA recursion over the
/// few terms of the expanded polynomials from there on. Gaps leave the exact (diffuse) likelihood of what was observed: by the Kalman
/// filter where the state is short, else with the missing values as regressors that are integrated out (Gómez, Maravall and Peña
/// 1999, doi:10.1016/S0304-4076(98)00036-0). Regressors and innovation variance are concentrated out. The coefficients of each
/// factor are searched for as partial autocorrelations (Monahan 1984, doi:10.1093/biomet/71.2.403), so that every fit is stationary
/// and invertible, from several starts (Hannan and Rissanen 1982, doi:10.1093/biomet/69.1.81, and others), by BFGS with exact
/// derivatives.
///
/// # Intervals
/// Forecasts from estimated parameters are as uncertain as the process says, times sqrt(n / (n - k)) for k coefficients (the variance of
/// the likelihood is divided by n), times the ratio of the quantiles of Student's t and the normal distribution, times sqrt(1 + k / n)
/// for the estimates themselves. Given parameters are taken as known. That an order was chosen is not counted.
///
/// # Parameters
/// - `p`, `q`: autoregressive and moving average order, each at most 100.
/// - `d`: how often to difference, at most 3.
/// - [`seasonal`](Self::seasonal): the same of the season, P and Q at most 10, D at most 2, and a period of at least 2 samples;
///   no season by default. Terms may reach back 40000 samples.
/// - [`constant`](Self::constant): by default a mean where d = D = 0, nothing else.
///
/// # Missing data
/// A value that [`observed`](evenkeel_core::observed) refuses is missing and carries no information; the likelihood counts the others.
///
/// # Errors of `fit`
/// - [`Error::Parameter`]: an order too high; a mean with d + D > 0 or a drift with d + D > 1, which differencing removes; given
///   parameters that are not stationary, not finite, a moving average that is neither invertible nor at most 10,000, or of the wrong number; regressors that are linearly dependent.
/// - [`Error::TooShort`]: fewer observed values than d + D s, the number of parameters and 2 more.
/// - [`Error::Numerical`]: no start has a likelihood that can be computed, as where a phase of the season is never observed.
///
/// A series without any variation (after differencing and without its constant) is no error: its model has coefficients 0 and
/// innovation variance 0, and its [`account`](ArimaModel::account) says so.
///
/// # Complexity
/// With r = max(p + P s, q + Q s + 1) an evaluation of the likelihood is O(n (p + 1)(P + 1) + n (q + 1)(Q + 1)) after a start of
/// O(n r) at worst and O((p + P s)²). With k missing values it is O(n (r + d + D s)²) or O(k n r + k² n) at worst, whichever is
/// less. Memory is O(n + r), with missing values O(k n) or O((r + d + D s)²).
///
/// Without missing values, from s = 48 on, with P, Q at most 2 and p, q at most 5, an evaluation is O(n (m + 1)(m + P + Q + 1)) with
/// m = max(p, q), whatever the season: the factors are taken one after the other, exactly. (The state after the history is still
/// calculated in O(n r), once.)
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction, Stage};
/// use evenkeel_models::Arima;
///
/// // Requests per minute: every minute keeps most of the last one's excess over 500.
/// let (mut excess, mut random) = (0.0, 1u32);
/// let history: Vec<f64> = (0..600)
///     .map(|_| {
///         random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///         excess = 0.8 * excess + f64::from(random >> 16) / 655.36 - 50.0;
///         500.0 + excess
///     })
///     .collect();
///
/// let mut model = Arima::new(1, 0, 0).fit(&history)?;
/// assert!((model.ar()[0] - 0.8).abs() < 0.1);
///
/// // It goes on with the stream: one value in, the prediction of the next one out.
/// let next = model.update(620.0).unwrap();
/// assert!(next.mean() > 550.0 && next.mean() < 620.0);
///
/// let mut day = [Prediction::default(); 1440];
/// assert!(model.forecast_into(&mut day));
/// assert!((day[1439].mean() - model.constant()).abs() < 1e-6);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Arima {
    pub(super) p: usize,
    pub(super) d: usize,
    pub(super) q: usize,
    /// P, D, Q and the period.
    pub(super) season: (usize, usize, usize, usize),
    pub(super) constant: Option<Constant>,
    pub(super) parameters: Option<ArimaParameters>,
}

impl Arima {
    /// An ARIMA(p, d, q): with a mean if nothing is differenced, else without a constant.
    pub fn new(p: usize, d: usize, q: usize) -> Self {
        Self { p, d, q, season: (0, 0, 0, 1), constant: None, parameters: None }
    }

    /// Adds a season of `period` samples: `p` (P), `d` (D) and `q` (Q) are the orders of its own factors.
    ///
    /// ```
    /// use evenkeel_core::{Fit, Forecaster, Prediction};
    /// use evenkeel_models::Arima;
    ///
    /// // Two weeks of hourly load: a daily shape that repeats, and noise.
    /// let history: Vec<f64> = (0..336u32)
    ///     .map(|t| 100.0 + 40.0 * (f64::from(t) * 0.2618).sin() + f64::from(t * 7919 % 101) / 20.0)
    ///     .collect();
    /// let model = Arima::new(1, 0, 0).seasonal(0, 1, 1, 24).fit(&history)?;
    /// let mut day = [Prediction::default(); 24];
    /// assert!(model.forecast_into(&mut day));
    /// assert!((day[6].mean() - 142.0).abs() < 5.0 && (day[18].mean() - 63.0).abs() < 5.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn seasonal(mut self, p: usize, d: usize, q: usize, period: usize) -> Self {
        self.season = (p, d, q, period);
        self
    }

    /// What deterministic part is estimated.
    pub fn constant(mut self, constant: Constant) -> Self {
        self.constant = Some(constant);
        self
    }

    /// Takes these parameters instead of searching: `fit` then only evaluates. A constant or sigma² that they leave out takes its
    /// maximum likelihood value at these coefficients.
    pub fn with_parameters(mut self, parameters: ArimaParameters) -> Self {
        self.parameters = Some(parameters);
        self
    }

    /// The likelihood of these settings as a function of the parameters, to be evaluated many times.
    ///
    /// # Errors
    /// As `fit`.
    pub fn likelihood(&self, history: &[f64]) -> Result<ArimaLikelihood, Error> {
        ArimaLikelihood::new(self, history)
    }

    /// Fits with outside regressors, one slice for each, as long as the history: a regression whose errors are this ARIMA process,
    /// by generalized least squares inside the exact likelihood. Where a regressor is missing, so is the value.
    ///
    /// # Errors
    /// As `fit`; [`Error::Shape`] if a regressor is not as long as the history.
    ///
    /// ```
    /// use evenkeel_models::Arima;
    ///
    /// // Latency follows the load, and remembers a little.
    /// let load: Vec<f64> = (0..200u32).map(|t| f64::from(t * 37 % 50)).collect();
    /// let latency: Vec<f64> = (0..200u32).map(|t| 20.0 + 0.5 * load[t as usize] + f64::from(t * 7919 % 11)).collect();
    /// let model = Arima::new(1, 0, 0).fit_with(&latency, &[&load])?;
    /// assert!((model.coefficients()[0] - 0.5).abs() < 0.02);
    /// // What if the load doubles?
    /// let next = model.forecast_with(&[&[100.0]])?;
    /// assert!((next[0].mean() - 75.0).abs() < 5.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn fit_with(&self, history: &[f64], regressors: &[&[f64]]) -> Result<ArimaRegression, Error> {
        ArimaRegression::fit(self, history, regressors)
    }

    /// The deterministic part: as it was set, or what suits the differencing.
    pub(super) fn kind(&self) -> Constant {
        let differenced = self.d + self.season.1 > 0;
        self.constant.unwrap_or(if differenced { Constant::None } else { Constant::Mean })
    }

    pub(super) fn factors(&self) -> Factors {
        Factors { p: self.p, q: self.q, sp: self.season.0, sq: self.season.2, s: self.season.3 }
    }

    pub(super) fn differences(&self) -> Differences {
        Differences { d: self.d, seasonal: self.season.1, s: self.season.3 }
    }

    pub(super) fn judge(&self) -> Result<(), Error> {
        Error::require(self.p <= HIGHEST, "p", "at most 100", self.p)?;
        Error::require(self.q <= HIGHEST, "q", "at most 100", self.q)?;
        Error::require(self.d <= MOST_DIFFERENCES, "d", "at most 3", self.d)?;
        let (sp, sd, sq, period) = self.season;
        Error::require(sp <= HIGHEST_SEASONAL, "seasonal p", "at most 10", sp)?;
        Error::require(sq <= HIGHEST_SEASONAL, "seasonal q", "at most 10", sq)?;
        Error::require(sd <= MOST_SEASONAL_DIFFERENCES, "seasonal d", "at most 2", sd)?;
        let any = sp + sd + sq > 0;
        Error::require(period >= 1 && (period >= 2 || !any), "period", "at least 2", period)?;
        let reach = sp.max(sd).max(sq).saturating_mul(period);
        Error::require(reach <= FARTHEST, "period", "at most 40000 samples back in all its terms", period)?;
        let differenced = self.d + sd;
        match self.kind() {
            Constant::Mean => {
                Error::require(
                    differenced == 0,
                    "d",
                    "0 with a mean, also of the season, which differencing removes",
                    differenced,
                )?;
            }
            Constant::Drift => {
                Error::require(
                    differenced <= 1,
                    "d",
                    "0 or 1 with a drift, also with that of the season, which differencing twice removes",
                    differenced,
                )?;
            }
            Constant::None => {}
        }
        match &self.parameters {
            Some(parameters) => parameters.judge(&self.factors(), self.kind()),
            None => Ok(()),
        }
    }

    /// Coefficients and constants to estimate.
    pub(super) fn free(&self) -> usize {
        self.factors().len() + usize::from(self.kind() != Constant::None)
    }

    pub(super) fn sample(&self, history: &[f64], regressors: &[&[f64]], ends: Ends) -> Result<Sample, Error> {
        self.judge()?;
        let free = if self.parameters.is_some() { 0 } else { self.free() };
        Sample::new(history, regressors, self.differences(), self.kind(), free + regressors.len(), ends)
    }
}

impl Fit for Arima {
    type Fitted = ArimaModel;

    fn fit(&self, history: &[f64]) -> Result<ArimaModel, Error> {
        fit::fit(self, history, &[]).map(|fit| fit.model)
    }
}
