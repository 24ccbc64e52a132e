//! Dynamic harmonic regression: the fitted model.

use crate::arima::fitted::ArimaModel;
use crate::arima::regression::ArimaRegression;
use crate::fit::FitReport;
use evenkeel_core::{Forecaster, Prediction, Stage};
use evenkeel_series::transform::{FourierTerms, Wave};

/// Seasons as waves with ARIMA errors, following a stream; made by
/// [`HarmonicRegression`](crate::arima::HarmonicRegression).
///
/// [`fit`](evenkeel_core::Fit::fit) leaves it at the end of the history; [`reset`](Stage::reset) takes it
/// back to where the history began, so that the waves have the phase that they had there.
///
/// # Complexity
/// An update is that of the [`ArimaModel`] of the errors and O(waves); nothing is allocated.
#[derive(Debug, Clone, PartialEq)]
pub struct HarmonicRegressionModel {
    pub(super) regression: ArimaRegression,
    pub(super) terms: FourierTerms,
    /// Period and number of waves.
    pub(super) seasons: Vec<(f64, usize)>,
    pub(super) tried: Vec<Tried>,
}

/// Numbers of waves that were tried, with their AICc under provisional errors.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Tried {
    pub(super) waves: Vec<usize>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) aicc: f64,
}

impl HarmonicRegressionModel {
    /// The number of waves of each season.
    #[must_use]
    pub fn waves(&self) -> Vec<usize> {
        self.seasons.iter().map(|season| season.1).collect()
    }

    /// The periods of the seasons, in samples.
    #[must_use]
    pub fn periods(&self) -> Vec<f64> {
        self.seasons.iter().map(|season| season.0).collect()
    }

    /// Each wave with its coefficient, in units of the data.
    pub fn coefficients(&self) -> impl Iterator<Item = (&Wave, f64)> {
        self.terms.waves().iter().zip(self.regression.coefficients().iter().copied())
    }

    /// The process of what the waves do not explain, with the constant.
    #[must_use]
    pub fn errors(&self) -> &ArimaModel {
        self.regression.errors()
    }

    /// How the final fit of everything went.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        self.regression.errors().report()
    }

    /// The numbers of waves that were tried, each with its AICc under provisional errors; nothing where they
    /// were given.
    pub fn tried(&self) -> impl Iterator<Item = (&[usize], f64)> {
        self.tried.iter().map(|entry| (entry.waves.as_slice(), entry.aicc))
    }

    /// What the seasons add to the `ahead`-th next value, counted from 0: their sum.
    #[must_use]
    pub fn season(&self, ahead: usize) -> f64 {
        let time = usize::try_from(self.regression.model.time).unwrap_or(usize::MAX);
        let time = time.saturating_add(ahead).saturating_add(1);
        self.coefficients().map(|(wave, by)| by * wave.at(time)).sum()
    }
}

impl Stage<f64> for HarmonicRegressionModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let season = self.season(0);
        // What is missing stays missing.
        let x = evenkeel_core::observed(x).map_or(f64::NAN, |x| x - season);
        let next = self.regression.model.update(x)?;
        Some(shifted(next, self.season(0)))
    }

    fn reset(&mut self) {
        self.regression.reset();
    }
}

impl Forecaster for HarmonicRegressionModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.regression.model.forecast_into(out) {
            return false;
        }
        for (h, out) in out.iter_mut().enumerate() {
            *out = shifted(*out, self.season(h));
        }
        true
    }
}

fn shifted(of: Prediction, by: f64) -> Prediction {
    Prediction::new((of.mean() + by).clamp(f64::MIN, f64::MAX), of.sd()).unwrap_or_default()
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Tried);
