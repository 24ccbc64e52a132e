//! Naive forecasts: the estimator.

use super::fitted::{NaiveModel, Path};
use super::kind::{LONGEST, NaiveKind};
use crate::count::as_f64;
use crate::seasonal_indices::{filled, is_seasonal, seasonal_indices};
use crate::small_sample;
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};

/// Naive forecasts, which every other forecast has to beat.
///
/// Use them as benchmarks, and where nothing else is worth its cost.
///
/// # Method
/// Hyndman and Athanasopoulos (2021, Forecasting: Principles and Practice, 5.2 and 5.5). Standard deviations
/// grow as for a random walk (last, adjusted: by the root of the steps; seasonal: of the periods; drift: also
/// with what the slope is not known) or are those of a constant mean (mean, window). Intervals at 95 % are
/// those of Student's t with as many degrees of freedom as there are errors (less one for a mean or a slope),
/// exact where the series is what the forecast supposes; where it is not, they are not widened.
/// [`adjusted`](Self::adjusted) is Naive2 as the M4 competition's program defines it (Makridakis, Spiliotis
/// and Assimakopoulos 2020, doi:10.1016/j.ijforecast.2019.04.014): classical multiplicative decomposition if
/// there are three periods and the autocorrelation at the period is beyond its limit at 90 %, also within the
/// `10 log10 n` lags that the program computes. Deviation: values that are not positive are not adjusted.
///
/// # Missing data
/// What [`observed`] refuses is missing. Last, drift, adjusted and seasonal forecasts know the age of what
/// they repeat; the means leave it out.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period or window out of range; [`Error::TooShort`] below 2 observed values
/// (drift: 3; seasonal: a period and 1).
///
/// # Complexity
/// O(n); an update O(1), for the window O(window).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::Naive;
///
/// let history: Vec<f64> = (0..28).map(|day| f64::from(day % 7) + f64::from(day) / 100.0).collect();
/// let model = Naive::seasonal(7).fit(&history)?;
/// let mut week = [Prediction::default(); 7];
/// assert!(model.forecast_into(&mut week));
/// assert_eq!(week[2].mean(), history[23]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Naive {
    kind: NaiveKind,
    length: usize,
}

impl Naive {
    /// The last value.
    pub fn last() -> Self {
        Self { kind: NaiveKind::Last, length: 1 }
    }

    /// The value one period before; `period` in samples, 1 to 100,000.
    pub fn seasonal(period: usize) -> Self {
        Self { kind: NaiveKind::Seasonal, length: period }
    }

    /// The last value, and the slope from the first to the last.
    pub fn drift() -> Self {
        Self { kind: NaiveKind::Drift, length: 1 }
    }

    /// The mean of all values.
    pub fn mean() -> Self {
        Self { kind: NaiveKind::Mean, length: 1 }
    }

    /// The mean of the newest `length` observed values, 1 to 100,000.
    pub fn window_mean(length: usize) -> Self {
        Self { kind: NaiveKind::WindowMean, length }
    }

    /// Naive2: the last value, seasonally adjusted if there is a season of this `period`, 1 to 100,000
    /// samples.
    pub fn adjusted(period: usize) -> Self {
        Self { kind: NaiveKind::Adjusted, length: period }
    }

    /// Seasonal factors, beginning with the first value's; empty if there is no season.
    fn factors(&self, y: &[f64]) -> Vec<f64> {
        let complete = filled(y);
        let n = as_f64(complete.len());
        let period = self.length;
        let lags = (10.0 * n.log10()).floor();
        let asked = as_f64(period) <= lags && complete.len() >= 3 * period;
        if !asked || complete.iter().any(|x| *x <= 0.0) || !is_seasonal(&complete, period) {
            return Vec::new();
        }
        seasonal_indices(&complete, period, true).filter(|f| f.iter().all(|s| *s > 1e-6)).unwrap_or_default()
    }
}

impl Fit for Naive {
    type Fitted = NaiveModel;

    fn fit(&self, history: &[f64]) -> Result<NaiveModel, Error> {
        let name = if self.kind == NaiveKind::WindowMean { "length" } else { "period" };
        Error::require((1..=LONGEST).contains(&self.length), name, "in 1..=100000", self.length)?;
        let count = history.iter().filter(|x| observed(**x).is_some()).count();
        let needed = match self.kind {
            NaiveKind::Drift => 3,
            NaiveKind::Seasonal => self.length + 1,
            _ => 2,
        };
        if count < needed {
            return Err(Error::TooShort { needed, got: count });
        }
        let largest = history.iter().copied().filter_map(observed).fold(0.0, |m: f64, x| m.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let y: Vec<f64> = history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| x / scale)).collect();
        let factors = if self.kind == NaiveKind::Adjusted { self.factors(&y) } else { Vec::new() };

        let mut model = NaiveModel::new(self.kind, self.length, 1.0, factors);
        // Errors in units of the standard deviation of a single step.
        let (mut squares, mut errors, mut sum) = (0.0, 0.0, 0.0);
        for x in &y {
            if let Some((path_mean, path_sd)) = model.next().filter(|_| !x.is_nan()) {
                let season = model.factor();
                let age = match self.kind {
                    // The spread of a mean is that of the values; it is computed below.
                    NaiveKind::Mean | NaiveKind::WindowMean => 1.0,
                    // The slope that is known by then is not the slope in the end.
                    NaiveKind::Drift => model.path.ages[0] + 1.0,
                    _ => (path_sd / season).powi(2),
                };
                let base = if self.kind == NaiveKind::Drift { model.path.values[0] } else { path_mean };
                let e = (x - base) / season;
                squares += e * e / age;
                sum += e;
                errors += 1.0;
            }
            model.update(*x);
        }
        let sigma = match self.kind {
            NaiveKind::Mean => {
                let mean = model.path.mean;
                let around: f64 = y.iter().filter(|x| !x.is_nan()).map(|x| (x - mean).powi(2)).sum();
                (around / (as_f64(count) - 1.0)).sqrt()
            }
            NaiveKind::Drift => {
                // The slope is subtracted from every step.
                let steps = model.path.elapsed;
                let slope = sum / steps;
                ((squares - slope * slope * steps).max(0.0) / (errors - 1.0)).sqrt()
            }
            NaiveKind::WindowMean => {
                let held = as_f64(self.length.min(count));
                (squares / errors / (1.0 + 1.0 / held)).sqrt()
            }
            _ if errors > 0.0 => (squares / errors).sqrt(),
            _ => 0.0,
        };
        let degrees = match self.kind {
            NaiveKind::Mean => as_f64(count) - 1.0,
            NaiveKind::Drift => errors - 1.0,
            _ => errors,
        };
        // The forecasts themselves account for the mean or slope being an estimate.
        let sigma = sigma * small_sample::widening(degrees, 0.0, 1.0);
        let sigma = if sigma.is_finite() { sigma * scale } else { 0.0 };
        let factors = model.factors;
        let mut model = NaiveModel::new(self.kind, self.length, sigma, factors);
        model.path = Path::new(self.kind, self.length);
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}
