//! Snapshots of dynamic harmonic regressions.

use super::fitted::{HarmonicRegressionModel, Tried};
use super::fourier::{MOST, terms};
use crate::arima::regression::ArimaRegression;
use crate::shape::check_shape;
use evenkeel_core::Error;

evenkeel_core::state! {
    HarmonicRegressionModel as struct SavedHarmonicRegressionModel(format!("HarmonicRegressionModel@2<{}>", ArimaRegression::schema())) {
        regression: ArimaRegression,
        periods: Vec<f64>,
        waves: Vec<u32>,
        tried: Vec<Tried>,
    }
}

impl From<&HarmonicRegressionModel> for SavedHarmonicRegressionModel {
    fn from(of: &HarmonicRegressionModel) -> Self {
        let of = of.clone();
        let (periods, waves): (Vec<f64>, Vec<usize>) = of.seasons.into_iter().unzip();
        let waves = waves.into_iter().map(|k| u32::try_from(k).unwrap_or(u32::MAX)).collect();
        Self { regression: of.regression, periods, waves, tried: of.tried }
    }
}

impl TryFrom<SavedHarmonicRegressionModel> for HarmonicRegressionModel {
    type Error = Error;

    fn try_from(s: SavedHarmonicRegressionModel) -> Result<Self, Error> {
        let waves: Vec<usize> = s.waves.iter().map(|k| usize::try_from(*k).unwrap_or(usize::MAX)).collect();
        check_shape("waves", s.periods.len(), waves.len())?;
        let sum = waves.iter().fold(0usize, |sum, k| sum.saturating_add(*k));
        Error::require(sum <= MOST, "waves", "at most 1000 in all", sum)?;
        let terms = terms(&s.periods, &waves)?;
        check_shape("coefficients", terms.waves().len(), s.regression.coefficients().len())?;
        let seasons = s.periods.into_iter().zip(waves).collect();
        Ok(Self { regression: s.regression, terms, seasons, tried: s.tried })
    }
}
