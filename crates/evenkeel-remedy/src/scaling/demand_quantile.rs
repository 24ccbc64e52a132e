//! Scaling by what is predicted.

use crate::scaling::scaling_rule::{ScalingRule, replicas_for};
use alloc::vec::Vec;
use evenkeel_core::{Error, Forecaster, Prediction, Timestamp, gaussian, observed};

evenkeel_core::state! {
    /// As many replicas as a quantile of the predicted demand takes.
    ///
    /// *When*: demand can be predicted, for the time that it takes until new replicas serve. *Method*: the
    /// quantile of the Gaussian prediction, over what a replica can do.
    ///
    /// *Parameters*: capacity of a replica, above 0, in the unit of the prediction; quantile in [0.5, 1),
    /// such as 0.95. *Reading*: the [`Prediction`] of the demand on all replicas. O(1).
    ///
    /// ```
    /// use evenkeel_core::{Prediction, Timestamp};
    /// use evenkeel_remedy::scaling::{DemandQuantile, ScalingRule};
    ///
    /// let mut rule = DemandQuantile::new(100.0, 0.95)?;
    /// let calm = Prediction::new(1_000.0, 0.0).unwrap();
    /// let uncertain = Prediction::new(1_000.0, 200.0).unwrap();
    /// assert_eq!(rule.recommend(Timestamp::EPOCH, 9, &calm), Some(10));
    /// assert_eq!(rule.recommend(Timestamp::EPOCH, 9, &uncertain), Some(14));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct DemandQuantile("DemandQuantile@1") {
        capacity: f64,
        quantile: f64,
    }
}

impl DemandQuantile {
    /// With the capacity of a replica and the quantile that has to be served.
    ///
    /// # Errors
    /// If the capacity is not in [1e-100, 1e100], or the quantile not in [0.5, 1).
    pub fn new(capacity: f64, quantile: f64) -> Result<Self, Error> {
        let rule = Self { capacity, quantile };
        rule.validate()?;
        Ok(rule)
    }

    fn validate(&self) -> Result<(), Error> {
        let capacity = (1e-100..=1e100).contains(&self.capacity);
        Error::require(capacity, "capacity", "in [1e-100, 1e100]", self.capacity)?;
        let quantile = self.quantile >= 0.5 && self.quantile < 1.0;
        Error::require(quantile, "quantile", "in [0.5, 1)", self.quantile)
    }

    /// The demand that has to be served.
    fn demand(&self, prediction: &Prediction) -> f64 {
        prediction.mean() + gaussian::upper_quantile(1.0 - self.quantile) * prediction.sd()
    }
}

impl ScalingRule for DemandQuantile {
    type Reading = Prediction;

    fn recommend(&mut self, _now: Timestamp, _replicas: u32, prediction: &Prediction) -> Option<u32> {
        replicas_for(self.demand(prediction) / self.capacity)
    }
}

/// As many replicas as a quantile of the demand takes at any of the next steps, by a forecaster that learns
/// the demand as it is read.
///
/// *When*: the time until new replicas serve is known, and the forecaster is worth it, as for a daily cycle.
/// *Method*: [`DemandQuantile`] of the forecast over the horizon; the demand that was just read has to be
/// served as well.
///
/// *Parameters*: horizon from 1 to 10,000 steps. *Reading*: the demand since the last reading, on all
/// replicas, one a step; one that is negative or not [`observed`] is missing, and the forecaster is told so.
/// Until the forecaster knows something there is no opinion.
///
/// *Cost*: that of the forecaster, and of a forecast over the horizon.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ForecastQuantile<F> {
    forecaster: F,
    quantile: DemandQuantile,
    horizon: usize,
    #[cfg_attr(feature = "serde", serde(skip))]
    forecast: Vec<Prediction>,
}

impl<F> ForecastQuantile<F> {
    /// By a forecaster, over so many steps.
    ///
    /// # Errors
    /// If the horizon is not from 1 to 10,000.
    pub fn new(forecaster: F, horizon: usize, quantile: DemandQuantile) -> Result<Self, Error> {
        Error::require((1..=10_000).contains(&horizon), "horizon", "from 1 to 10000", horizon)?;
        let forecast = alloc::vec![Prediction::default(); horizon];
        Ok(Self { forecaster, quantile, horizon, forecast })
    }

    /// The forecaster.
    pub fn forecaster(&self) -> &F {
        &self.forecaster
    }
}

impl<F: Forecaster> ScalingRule for ForecastQuantile<F> {
    type Reading = f64;

    fn recommend(&mut self, _now: Timestamp, _replicas: u32, demand: &f64) -> Option<u32> {
        let demand = observed(*demand).filter(|demand| *demand >= 0.0);
        self.forecaster.update(demand.unwrap_or(f64::NAN));
        let demand = demand?;
        if !self.forecaster.forecast_into(&mut self.forecast) {
            return None;
        }
        let peak = self.forecast.iter().map(|p| self.quantile.demand(p)).fold(demand, f64::max);
        replicas_for(peak / self.quantile.capacity)
    }

    fn reset(&mut self) {
        self.forecaster.reset();
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::{DemandQuantile, ForecastQuantile};
    use alloc::format;
    use alloc::string::String;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Unchecked<F> {
        forecaster: F,
        quantile: DemandQuantile,
        horizon: usize,
    }

    impl<'de, F: serde::Deserialize<'de>> serde::Deserialize<'de> for ForecastQuantile<F> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Unchecked { forecaster, quantile, horizon } = Unchecked::deserialize(deserializer)?;
            Self::new(forecaster, horizon, quantile).map_err(serde::de::Error::custom)
        }
    }

    impl<F: evenkeel_core::Snapshot> evenkeel_core::Snapshot for ForecastQuantile<F> {
        fn schema() -> String {
            format!("ForecastQuantile@1<{}>", F::schema())
        }
    }
}
