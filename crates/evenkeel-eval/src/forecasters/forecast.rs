//! A forecaster's answer.

use super::question::Question;
use crate::failure::Failure;
use evenkeel_core::{Prediction, gaussian};

/// A forecaster's answer: a mean for each value to come, and quantiles at the levels it was asked, if it has
/// any.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    means: Vec<f64>,
    /// By levels, then by values to come.
    quantiles: Option<Vec<Vec<f64>>>,
}

impl Forecast {
    /// Means alone. What is scored by intervals or quantiles is then not scored.
    #[must_use]
    pub fn of_means(means: Vec<f64>) -> Self {
        Self { means, quantiles: None }
    }

    /// Means, and for each level of the question, in its order, the quantiles of all values to come.
    #[must_use]
    pub fn of_quantiles(means: Vec<f64>, quantiles: Vec<Vec<f64>>) -> Self {
        Self { means, quantiles: Some(quantiles) }
    }

    /// The quantiles of Gaussian distributions at the levels of the question.
    #[must_use]
    pub fn of_predictions(predictions: &[Prediction], question: &Question<'_>) -> Self {
        let at = |level: f64| {
            let quantile = move |p: &Prediction| {
                // The ends of the interval that the prediction itself gives.
                let ends = p.interval(0.95).unwrap_or((p.mean(), p.mean()));
                match level {
                    0.025 => ends.0,
                    0.975 => ends.1,
                    _ => p.mean() + p.sd() * gaussian::lower_quantile(level),
                }
            };
            predictions.iter().map(quantile).collect()
        };
        Self {
            means: predictions.iter().map(Prediction::mean).collect(),
            quantiles: Some(question.levels.iter().copied().map(at).collect()),
        }
    }

    /// The means.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// For each level of the question the quantiles of all values to come.
    #[must_use]
    pub fn quantiles(&self) -> Option<&[Vec<f64>]> {
        self.quantiles.as_deref()
    }

    /// Whether it answers the question: as many numbers as were asked for, all of them finite, quantiles not
    /// descending.
    pub(super) fn check(&self, question: &Question<'_>) -> Result<(), Failure> {
        let horizon = question.horizon;
        let complete = |values: &[f64], what: &str| {
            if values.len() != horizon {
                return Err(Failure::new(format!("{} {what} for a horizon of {horizon}", values.len())));
            }
            match values.iter().position(|x| !x.is_finite()) {
                Some(at) => Err(Failure::new(format!("step {}: {what} of {}", at + 1, values[at]))),
                None => Ok(()),
            }
        };
        complete(&self.means, "means")?;
        let Some(quantiles) = &self.quantiles else { return Ok(()) };
        if quantiles.len() != question.levels.len() {
            let (got, levels) = (quantiles.len(), question.levels.len());
            return Err(Failure::new(format!("quantiles at {got} levels where {levels} were asked for")));
        }
        for row in quantiles {
            complete(row, "quantiles")?;
        }
        for (pair, levels) in quantiles.windows(2).zip(question.levels.windows(2)) {
            if let Some(step) = (0..horizon).find(|step| pair[0][*step] > pair[1][*step]) {
                return Err(Failure::new(format!(
                    "step {}: the quantile at {:.3} is {}, that at {:.3} is less, {}",
                    step + 1,
                    levels[0],
                    pair[0][step],
                    levels[1],
                    pair[1][step]
                )));
            }
        }
        Ok(())
    }
}
