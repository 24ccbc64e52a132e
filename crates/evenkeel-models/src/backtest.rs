//! Rolling-origin backtests: the errors of an estimator on the past of a series.
//!
//! [`Backtest`] runs them and gives a [`Backtested`], with one [`Trial`] an origin.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, observed};

/// Rolling-origin evaluation: fits an estimator to the beginning of a series, forecasts what follows, and
/// again with more of it.
///
/// With k origins, horizon h and stride s the last origin lies h values before the end, and each earlier one
/// s values before the next. Nothing after an origin reaches its fit. (L. J. Tashman, International Journal
/// of Forecasting 16 (2000) 437-450, doi:10.1016/S0169-2070(00)00065-0.)
///
/// *Parameters*: horizon at least 1; origins, default 3; stride, default the horizon, so that no value is
/// forecast twice. *Missing values* are in no error. *Cost*: that of the fits.
///
/// ```
/// use evenkeel_models::{Backtest, SparseAr};
///
/// let series: Vec<f64> = (0..400).map(|t| 100.0 + 20.0 * f64::from(t % 24) + f64::from(t * 7919 % 11)).collect();
/// let plain = Backtest::new(24).run(&SparseAr::new().lags([1]), &series)?;
/// let seasonal = Backtest::new(24).run(&SparseAr::new().seasons([24]), &series)?;
/// assert!(seasonal.mae() < 0.2 * plain.mae());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Backtest {
    horizon: usize,
    origins: usize,
    stride: Option<usize>,
}

impl Backtest {
    /// So many steps ahead.
    pub fn new(horizon: usize) -> Self {
        Self { horizon, origins: 3, stride: None }
    }

    /// From so many origins. Default 3.
    pub fn origins(mut self, origins: usize) -> Self {
        self.origins = origins;
        self
    }

    /// So many values from origin to origin. Default: the horizon.
    pub fn stride(mut self, stride: usize) -> Self {
        self.stride = Some(stride);
        self
    }

    /// Runs it.
    ///
    /// # Errors
    /// [`Error::Parameter`] if horizon, origins or stride is 0; [`Error::TooShort`] if nothing would be left
    /// before the first origin; the estimator's own at the first origin where it fails; [`Error::Missing`] if
    /// a fitted model can't forecast yet.
    pub fn run<E>(&self, estimator: &E, series: &[f64]) -> Result<Backtested, Error>
    where
        E: Fit + ?Sized,
        E::Fitted: Forecaster,
    {
        let stride = self.stride.unwrap_or(self.horizon);
        Error::require(self.horizon > 0, "horizon", "at least 1", self.horizon)?;
        Error::require(self.origins > 0, "origins", "at least 1", self.origins)?;
        Error::require(stride > 0, "stride", "at least 1", stride)?;
        let needed = (self.origins - 1).saturating_mul(stride).saturating_add(self.horizon);
        if series.len() <= needed {
            return Err(Error::TooShort { needed: needed.saturating_add(1), got: series.len() });
        }
        let mut trials = Vec::with_capacity(self.origins);
        for origin in (0..self.origins).map(|k| series.len() - needed + k * stride) {
            let model = estimator.fit(&series[..origin])?;
            let mut forecast = vec![Prediction::default(); self.horizon];
            if !model.forecast_into(&mut forecast) {
                return Err(Error::Missing { at: origin });
            }
            trials.push(Trial {
                origin,
                forecast,
                actual: series[origin..origin + self.horizon]
                    .iter()
                    .map(|x| observed(*x).unwrap_or(f64::NAN))
                    .collect(),
            });
        }
        Ok(Backtested { trials })
    }
}

/// One origin of a [`Backtest`].
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    origin: usize,
    forecast: Vec<Prediction>,
    actual: Vec<f64>,
}

impl Trial {
    /// How many values the fit was given.
    #[must_use]
    pub fn origin(&self) -> usize {
        self.origin
    }

    /// What was forecast from there, the nearest first.
    pub fn forecast(&self) -> &[Prediction] {
        &self.forecast
    }

    /// What came; NaN where it is missing.
    #[must_use]
    pub fn actual(&self) -> &[f64] {
        &self.actual
    }
}

/// What a [`Backtest`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtested {
    trials: Vec<Trial>,
}

impl Backtested {
    /// Each origin, the earliest first.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// All errors (value minus forecast) with their steps ahead, from 0, and what was forecast.
    pub fn errors(&self) -> impl Iterator<Item = (usize, f64, Prediction)> + '_ {
        self.trials.iter().flat_map(|trial| {
            let pairs = trial.forecast.iter().zip(&trial.actual).enumerate();
            pairs.filter(|(_, (_, x))| !x.is_nan()).map(|(h, (p, x))| (h, x - p.mean(), *p))
        })
    }

    fn mean_of(&self, what: impl Fn(f64, Prediction) -> f64) -> f64 {
        let (count, sum) =
            self.errors().fold((0.0, 0.0), |(n, sum), (_, error, p)| (n + 1.0, sum + what(error, p)));
        sum / count
    }

    /// Mean absolute error, in units of the data; NaN if every value is missing.
    #[must_use]
    pub fn mae(&self) -> f64 {
        self.mean_of(|error, _| error.abs())
    }

    /// Root of the mean squared error, in units of the data; NaN if every value is missing.
    #[must_use]
    pub fn rmse(&self) -> f64 {
        self.mean_of(|error, _| error * error).sqrt()
    }

    /// Mean error, value minus forecast: positive if forecasts are too low.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.mean_of(|error, _| error)
    }

    /// The share of values within the central interval of a level, which it should be about.
    ///
    /// # Errors
    /// If `level` is not in (0, 1).
    pub fn coverage(&self, level: f64) -> Result<f64, Error> {
        Prediction::default().interval(level)?;
        Ok(self.mean_of(|error, p| {
            let inside =
                p.interval(level).is_ok_and(|(low, high)| (low..=high).contains(&(p.mean() + error)));
            f64::from(u8::from(inside))
        }))
    }
}

evenkeel_core::assert_shared!(Backtest, Backtested, Trial);
