//! ARIMA of fixed order: the estimator.

use super::constant::Constant;
use super::fitted::{ArimaModel, Fitted};
use super::initial_values::ArimaStart;
use super::likelihood::ArimaLikelihood;
use super::maximum_likelihood::{self, Fit};
use super::parameters::ArimaParameters;
use super::regression::ArimaRegression;
use super::specification::Specification;
use crate::fit::FitReport;
use evenkeel_core::Error;

/// ARIMA(p, d, q)(P, D, Q)s of fixed order, fitted by exact Gaussian maximum likelihood: a linear forecaster
/// of a series that, differenced, returns to its mean.
///
/// Use it for one regular series with short memory and at most one season: load, latency, queue lengths,
/// counts that are not small. Not for values that are mostly zero, nor for several seasons (see
/// [`HarmonicRegression`](crate::arima::HarmonicRegression)). The order need not be known:
/// [`AutoArima`](crate::arima::AutoArima) chooses it.
///
/// # Criteria
/// In the [`report`](ArimaModel::report), k counts the coefficients, the constant, the regressors and the
/// innovation variance; n the observed values without d + D s. They are comparable between models of the same
/// differencing on the same history.
///
/// # Method
/// `(1 - ar_1 B - …)(1 - sar_1 B^s - …)(1 - B)^d (1 - B^s)^D n = (1 + ma_1 B + …)(1 + sma_1 B^s + …) e`,
/// where B is the lag and n the series without its mean, drift and regressors (Box and Jenkins 1970).
///
/// The likelihood is that of the differences, a stationary Gaussian process, exact from the first value on:
/// the recursions of Morf, Sidhu and Kailath (1974, doi:10.1109/TAC.1974.1100576), until their gain has
/// settled, and the plain ARMA recursion over the few terms of the expanded polynomials from there on. Gaps
/// leave the exact (diffuse) likelihood of what was observed: by the Kalman filter where the state is short,
/// else with the missing values as regressors that are integrated out (Gómez, Maravall and Peña 1999,
/// doi:10.1016/S0304-4076(98)00036-0). Regressors and innovation variance are concentrated out. The
/// coefficients of each factor are searched for as partial autocorrelations (Monahan 1984,
/// doi:10.1093/biomet/71.2.403), so that every fit is stationary and invertible, from several starts (Hannan
/// and Rissanen 1982, doi:10.1093/biomet/69.1.81, and others), by BFGS with exact derivatives.
///
/// # Intervals
/// Forecasts from estimated parameters are as uncertain as the process says, times sqrt(n / (n - k)) for k
/// coefficients (the variance of the likelihood is divided by n), times the ratio of the quantiles of
/// Student's t and the normal distribution, times sqrt(1 + k / n) for the estimates themselves. Given
/// parameters are taken as known. That an order was chosen is not counted.
///
/// # Parameters
/// - `p`, `q`: autoregressive and moving average order, each at most 100.
/// - `d`: how often to difference, at most 3.
/// - [`seasonal`](Self::seasonal): the same of the season, P and Q at most 10, D at most 2, and a period of
///   at least 2 samples; no season by default. Terms may reach back 40000 samples.
/// - [`constant`](Self::constant): by default a mean where d = D = 0, nothing else.
///
/// # Missing data
/// A value that [`observed`](evenkeel_core::observed) refuses is missing and carries no information; the
/// likelihood counts the others.
///
/// # Errors of `fit`
/// - [`Error::Parameter`]: an order too high; a mean with d + D > 0 or a drift with d + D > 1, which
///   differencing removes; given parameters that are not stationary, not finite, a moving average that is
///   neither invertible nor at most 10,000, or of the wrong number; regressors that are linearly dependent.
/// - [`Error::TooShort`]: fewer observed values than d + D s, the number of parameters and 2 more.
/// - [`Error::Numerical`]: no start has a likelihood that can be computed, as where a phase of the season is
///   never observed.
///
/// A series without any variation (after differencing and without its constant) is no error: its model has
/// coefficients 0 and innovation variance 0, and its [`report`](ArimaModel::report) says so.
///
/// # Complexity
/// With r = max(p + P s, q + Q s + 1) an evaluation of the likelihood is O(n (p + 1)(P + 1) + n (q +
/// 1)(Q + 1)) after a start of O(n r) at worst and O((p + P s)²). With k missing values it is O(n (r + d + D
/// s)²) or O(k n r + k² n) at worst, whichever is less. Memory is O(n + r), with missing values O(k n) or
/// O((r + d + D s)²).
///
/// Without missing values, from s = 48 on, with P, Q at most 2 and p, q at most 5, an evaluation is O(n (m +
/// 1)(m + P + Q + 1)) with m = max(p, q), whatever the season: the factors are taken one after the other,
/// exactly. (The state after the history is still calculated in O(n r), once.)
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
    pub(super) specification: Specification,
}

impl Arima {
    /// An ARIMA(p, d, q): with a mean if nothing is differenced, else without a constant.
    pub fn new(p: usize, d: usize, q: usize) -> Self {
        Self { specification: Specification::new(p, d, q) }
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
        self.specification.season = (p, d, q, period);
        self
    }

    /// What deterministic part is estimated.
    pub fn constant(mut self, constant: Constant) -> Self {
        self.specification.constant = Some(constant);
        self
    }

    /// Takes these parameters instead of searching: `fit` then only evaluates. A constant or sigma² that they
    /// leave out takes its maximum likelihood value at these coefficients.
    pub fn with_parameters(mut self, parameters: ArimaParameters) -> Self {
        self.specification.parameters = Some(parameters);
        self
    }

    /// The likelihood of these settings as a function of the parameters, to be evaluated many times.
    ///
    /// # Errors
    /// As `fit`.
    pub fn likelihood(&self, history: &[f64]) -> Result<ArimaLikelihood, Error> {
        ArimaLikelihood::new(&self.specification, history)
    }

    /// Fits with external regressors, one slice for each, as long as the history: a regression whose errors
    /// are this ARIMA process, by generalized least squares inside the exact likelihood. Where a regressor is
    /// missing, so is the value.
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
        let Fit { model, coefficients } = maximum_likelihood::fit(&self.specification, history, regressors)?;
        Ok(ArimaRegression { model, coefficients })
    }
}

impl evenkeel_core::Fit for Arima {
    type Fitted = ArimaModel;

    fn fit(&self, history: &[f64]) -> Result<ArimaModel, Error> {
        maximum_likelihood::fit(&self.specification, history, &[]).map(|fit| fit.model)
    }
}

impl ArimaModel {
    /// A model that stands before any observation, with parameters that come from elsewhere. A constant that
    /// they leave out is 0, a sigma² is 1.
    ///
    /// Its [`report`](Self::report) counts no observation.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if settings and parameters do not fit together or are not
    /// stationary.
    pub fn from_parameters(arima: &Arima, parameters: &ArimaParameters) -> Result<Self, Error> {
        let specification = &arima.specification;
        specification.check()?;
        let polynomials = specification.polynomials();
        parameters.check(&polynomials, specification.constant())?;
        let mut coefficients = Vec::with_capacity(polynomials.len());
        parameters.coefficients(&mut coefficients);
        Self::new(Fitted {
            polynomials,
            differences: specification.differences(),
            kind: specification.constant(),
            constant: parameters.constant.unwrap_or(0.0),
            sigma: parameters.sigma2.unwrap_or(1.0).sqrt(),
            widening: 1.0,
            errors: None,
            report: FitReport::given(specification.free() + 1),
            starts: 0,
            start: ArimaStart::Given,
            coefficients,
        })
    }
}
