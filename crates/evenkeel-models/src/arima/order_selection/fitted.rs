//! The chosen model.

use super::selection::ArimaSelection;
use crate::arima::fitted::ArimaModel;
use crate::fit::FitReport;
use evenkeel_core::{Assessment, Forecaster, Prediction, Stage};

/// An [`ArimaModel`] that knows how its order was chosen. As a forecaster it is that model.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct AutoArimaModel {
    pub(super) model: ArimaModel,
    pub(super) selection: ArimaSelection,
}

impl AutoArimaModel {
    /// The model.
    #[must_use]
    pub fn model(&self) -> &ArimaModel {
        &self.model
    }

    /// The model alone, without what is known of the choice.
    #[must_use]
    pub fn into_model(self) -> ArimaModel {
        self.model
    }

    /// How the fit of the model went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        self.model.report()
    }

    /// What was tried, and why this was taken.
    #[must_use]
    pub fn selection(&self) -> &ArimaSelection {
        &self.selection
    }
}

impl Stage<f64> for AutoArimaModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        self.model.update(x)
    }

    fn reset(&mut self) {
        self.model.reset();
    }
}

impl Forecaster for AutoArimaModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        self.model.forecast_into(out)
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        self.model.assess(x)
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for AutoArimaModel {
    fn schema() -> String {
        format!("AutoArimaModel@2<{}>", ArimaModel::schema())
    }
}
