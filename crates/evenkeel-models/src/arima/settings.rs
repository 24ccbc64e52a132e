//! The estimator.

use super::constant::Constant;
use super::fit;
use super::likelihood::ArimaLikelihood;
use super::model::ArimaModel;
use super::parameters::ArimaParameters;
use super::sample::Sample;
use evenkeel_core::{Error, Fit};

/// The highest order on each side.
pub(super) const HIGHEST: usize = 100;
/// The highest order of differencing.
pub(super) const MOST_DIFFERENCES: usize = 3;

/// ARIMA(p, d, q) of fixed order, fitted by exact Gaussian maximum likelihood: a linear forecaster of a series that, differenced d
/// times, returns to its mean.
///
/// Use it for one regular series with short memory: load, latency, queue lengths, counts that are not small. Not for long seasons
/// (the order would have to reach back over them), nor for values that are mostly zero.
///
/// # Method
/// The likelihood is that of the d-th differences, a stationary Gaussian process, exact from the first value on: the recursions of
/// Morf, Sidhu and Kailath (1974, doi:10.1109/TAC.1974.1100576), until their gain has settled, and the plain ARMA recursion from
/// there on. With gaps in between it is the exact (diffuse) likelihood of what was observed, by the Kalman filter. Constant and
/// innovation variance are concentrated out. Coefficients are searched for as partial autocorrelations (Monahan 1984,
/// doi:10.1093/biomet/71.2.403), so that every fit is stationary and invertible, from several starts (Hannan and Rissanen 1982,
/// doi:10.1093/biomet/69.1.81, and others), by BFGS with exact derivatives.
///
/// # Parameters
/// - `p`, `q`: autoregressive and moving average order, each at most 100.
/// - `d`: how often to difference, at most 3.
/// - [`constant`](Self::constant): by default a mean where d = 0, nothing else.
///
/// # Missing data
/// A value that [`observed`](evenkeel_core::observed) refuses is missing and carries no information; the likelihood counts the others.
///
/// # Errors of `fit`
/// - [`Error::Parameter`]: an order too high; a mean with d > 0 or a drift with d > 1, which differencing removes; given parameters
///   that are not stationary, not finite or of the wrong number.
/// - [`Error::TooShort`]: fewer observed values than d, the number of parameters and 2 more.
/// - [`Error::Numerical`]: no start has a likelihood that can be computed.
///
/// A series without any variation (after differencing and without its constant) is no error: its model has coefficients 0 and
/// innovation variance 0, and its [`account`](ArimaModel::account) says so.
///
/// # Complexity
/// An evaluation of the likelihood is O(n (p + q)) after a start of O(n max(p, q)) at worst; with gaps O(n max(p, q)²) at worst.
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
    pub(super) constant: Constant,
    pub(super) parameters: Option<ArimaParameters>,
}

impl Arima {
    /// An ARIMA(p, d, q): with a mean if d = 0, else without a constant.
    pub fn new(p: usize, d: usize, q: usize) -> Self {
        let constant = if d == 0 { Constant::Mean } else { Constant::None };
        Self { p, d, q, constant, parameters: None }
    }

    /// What deterministic part is estimated.
    pub fn constant(mut self, constant: Constant) -> Self {
        self.constant = constant;
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

    pub(super) fn judge(&self) -> Result<(), Error> {
        Error::require(self.p <= HIGHEST, "p", "at most 100", self.p)?;
        Error::require(self.q <= HIGHEST, "q", "at most 100", self.q)?;
        Error::require(self.d <= MOST_DIFFERENCES, "d", "at most 3", self.d)?;
        match self.constant {
            Constant::Mean => {
                Error::require(self.d == 0, "d", "0 with a mean, which differencing removes", self.d)?;
            }
            Constant::Drift => {
                Error::require(
                    self.d <= 1,
                    "d",
                    "0 or 1 with a drift, which differencing twice removes",
                    self.d,
                )?;
            }
            Constant::None => {}
        }
        match &self.parameters {
            Some(parameters) => parameters.judge(self.p, self.q, self.constant),
            None => Ok(()),
        }
    }

    /// Coefficients and constants to estimate.
    pub(super) fn free(&self) -> usize {
        self.p + self.q + usize::from(self.constant != Constant::None)
    }

    pub(super) fn sample(&self, history: &[f64]) -> Result<Sample, Error> {
        self.judge()?;
        let free = if self.parameters.is_some() { 0 } else { self.free() };
        Sample::new(history, self.d, self.constant, free)
    }
}

impl Fit for Arima {
    type Fitted = ArimaModel;

    fn fit(&self, history: &[f64]) -> Result<ArimaModel, Error> {
        fit::fit(self, history)
    }
}
