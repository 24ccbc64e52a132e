//! The fitted model.

use super::account::ArimaAccount;
use super::constant::Constant;
use super::filter::Filter;
use super::forecast;
use super::information::StandardErrors;
use super::parameters::ArimaParameters;
use super::residual::Residual;
use super::settings::Arima;
use evenkeel_core::{Error, Forecaster, Prediction, Stage, observed};

/// An ARIMA process with known parameters, following a stream.
///
/// [`fit`](evenkeel_core::Fit::fit) leaves it at the end of the history, ready to go on; [`reset`](Stage::reset) takes it back to before any
/// observation. It is exact in both cases: it starts from the stationary distribution, or, with d > 0, without any assumption on
/// the level, and says nothing until d values have been observed.
///
/// # Missing data
/// A missing value moves the forecast on by one step; the model knows how much less certain it is then, and recovers by itself.
///
/// # Complexity
/// With r = max(p, q + 1): an update is O(r + d) once the start and the last gap are forgotten, O((r + d)²) before. A forecast of h
/// steps is O(h (r + d)) and O(h (r + d)²). Nothing is allocated. The state takes about 8 (r + d)² + 40 (r + d) bytes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "super::state::State", into = "super::state::State")
)]
pub struct ArimaModel {
    pub(super) fitted: Fitted,
    pub(super) filter: Filter,
    /// Values taken since the reset, observed or not.
    pub(super) time: u64,
}

/// What does not change with the stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) d: usize,
    pub(super) kind: Constant,
    pub(super) constant: f64,
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
    /// Square root of the innovation variance.
    pub(super) sigma: f64,
    pub(super) errors: Option<StandardErrors>,
    pub(super) account: ArimaAccount,
}

impl ArimaModel {
    pub(super) fn new(fitted: Fitted) -> Result<Self, Error> {
        let filter = Filter::new(&fitted.ar, &fitted.ma, fitted.d)
            .ok_or(Error::Numerical { what: "the variance of the process is beyond floating point" })?;
        Ok(Self { fitted, filter, time: 0 })
    }

    /// A model that stands before any observation, with parameters that come from elsewhere. A constant that they leave out is 0, a
    /// sigma² is 1.
    ///
    /// Its [`account`](Self::account) counts no observation.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if settings and parameters do not fit together or are not stationary.
    pub fn from_parameters(settings: &Arima, parameters: &ArimaParameters) -> Result<Self, Error> {
        settings.judge()?;
        parameters.judge(settings.p, settings.q, settings.constant)?;
        Self::new(Fitted {
            d: settings.d,
            kind: settings.constant,
            constant: parameters.constant.unwrap_or(0.0),
            ar: parameters.ar.clone(),
            ma: parameters.ma.clone(),
            sigma: parameters.sigma2.unwrap_or(1.0).sqrt(),
            errors: None,
            account: ArimaAccount::given(settings.free() + 1, &parameters.ar, &parameters.ma),
        })
    }

    /// The order (p, d, q).
    #[must_use]
    pub fn order(&self) -> (usize, usize, usize) {
        (self.fitted.ar.len(), self.fitted.d, self.fitted.ma.len())
    }

    /// The autoregressive coefficients, nearest lag first.
    #[must_use]
    pub fn ar(&self) -> &[f64] {
        &self.fitted.ar
    }

    /// The moving average coefficients, nearest lag first, with plus signs: `e_t + ma_1 e_{t-1} + …`.
    #[must_use]
    pub fn ma(&self) -> &[f64] {
        &self.fitted.ma
    }

    /// What the constant is.
    #[must_use]
    pub fn constant_kind(&self) -> Constant {
        self.fitted.kind
    }

    /// The mean, or the drift per sample; 0 without a constant.
    #[must_use]
    pub fn constant(&self) -> f64 {
        self.fitted.constant
    }

    /// The variance of the innovations, in squared units of the data. May underflow to 0 for data around 1e-160 and below, where
    /// [`sigma`](Self::sigma) does not.
    #[must_use]
    pub fn sigma2(&self) -> f64 {
        self.fitted.sigma * self.fitted.sigma
    }

    /// The standard deviation of the innovations, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.fitted.sigma
    }

    /// Standard errors of the estimates; `None` for given parameters and where the likelihood has no clear maximum inside the
    /// boundary.
    #[must_use]
    pub fn standard_errors(&self) -> Option<&StandardErrors> {
        self.fitted.errors.as_ref()
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn account(&self) -> &ArimaAccount {
        &self.fitted.account
    }

    /// One-step prediction errors of a whole history, starting before its first value; `None` where a value is missing or nothing
    /// was known to predict it. The model itself stays where it is.
    #[must_use]
    pub fn residuals(&self, history: &[f64]) -> Vec<Option<Residual>> {
        let mut model = self.clone();
        model.reset();
        let one = |x: &f64| {
            let mut next = [Prediction::default()];
            let known = model.forecast_into(&mut next);
            model.update(*x);
            let x = observed(*x).filter(|_| known)?;
            Some(Residual::new(x, next[0]))
        };
        history.iter().map(one).collect()
    }

    /// The deterministic part of the `ahead`-th next value, counted from 0.
    fn trend(&self, ahead: usize) -> f64 {
        match self.fitted.kind {
            Constant::None => 0.0,
            Constant::Mean => self.fitted.constant,
            Constant::Drift => self.fitted.constant * (count(self.time) + super::sample::index(ahead) + 1.0),
        }
    }
}

impl Stage<f64> for ArimaModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let trend = self.trend(0);
        self.filter.step(observed(x).map(|x| x - trend));
        self.time = self.time.saturating_add(1);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        // Parameters that were good once are good again.
        if let Some(filter) = Filter::new(&self.fitted.ar, &self.fitted.ma, self.fitted.d) {
            self.filter = filter;
        }
        self.time = 0;
    }
}

impl Forecaster for ArimaModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.filter.is_ready() {
            return false;
        }
        forecast::fill(&self.filter.kalman, self.fitted.sigma, |h| self.trend(h), out);
        true
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 samples are not reached")]
fn count(t: u64) -> f64 {
    t as f64
}
