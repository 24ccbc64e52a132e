//! Surprise: any forecaster as a detector.

#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Assessment, Forecaster, Prediction, Score, Stage, gaussian, observed};

/// Notices values that a forecaster did not expect.
///
/// *When*: whenever the series is predictable at all; the better the model, the smaller the deviations that
/// stand out. Not for a series whose model learns the anomaly as quickly as it happens (a slow drift under an
/// adaptive model).
///
/// *Method*: each value is assessed under the predictive distribution that the forecaster gave **before**
/// seeing it ([`Forecaster::assess`]); only then the forecaster learns it. The two-sided p-value is expressed
/// as the number of standard deviations of a normal distribution that is as improbable, so that models with
/// other predictive distributions score on the same scale.
///
/// *Score*: that number; 0 = exactly the median, 3 = three standard deviations. Beyond about 37, where
/// probabilities underflow, it is the distance from the mean in standard deviations of the prediction.
/// Direction: above or below the median. It carries the prediction.
///
/// *Missing data*: no score; the forecaster moves on by one step. *Cost*: that of the forecaster. *State*:
/// that of the forecaster.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::Surprise;
/// # use evenkeel_core::{Forecaster, Prediction, observed};
/// # #[derive(Clone)] struct Last(Option<f64>);
/// # impl Stage<f64> for Last {
/// #     type Output = Prediction;
/// #     fn update(&mut self, x: f64) -> Option<Prediction> {
/// #         self.0 = observed(x).or(self.0);
/// #         Prediction::new(self.0?, 0.5)
/// #     }
/// #     fn reset(&mut self) {
/// #         self.0 = None;
/// #     }
/// # }
/// # impl Forecaster for Last {
/// #     fn forecast_into(&self, out: &mut [Prediction]) -> bool {
/// #         let Some(x) = self.0 else { return false };
/// #         out.fill(Prediction::new(x, 0.5).unwrap());
/// #         true
/// #     }
/// # }
/// # let model = Last(Some(20.0));
/// // `model` expects 20 ± 0.5
/// let mut surprise = Surprise::new(model);
/// let score = surprise.update(18.0).unwrap();
/// assert!((score.value() - 4.0).abs() < 1e-9);
/// assert_eq!(score.direction(), Direction::Down);
/// assert_eq!(score.expected().unwrap().mean(), 20.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Surprise<F> {
    forecaster: F,
}

impl<F> Surprise<F> {
    /// Watches what `forecaster` does not expect.
    #[must_use]
    pub fn new(forecaster: F) -> Self {
        Self { forecaster }
    }

    /// The forecaster in its present state.
    pub fn forecaster(&self) -> &F {
        &self.forecaster
    }
}

impl<F: Forecaster> Stage<f64> for Surprise<F> {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let mut next = [Prediction::default()];
        let expected = self.forecaster.forecast_into(&mut next).then_some(next[0]);
        let assessed = observed(x).and_then(|x| self.forecaster.assess(x));
        self.forecaster.update(x);
        let score = Score::from_deviation(deviation(&assessed?, x, expected))?;
        Some(match expected {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }

    fn reset(&mut self) {
        self.forecaster.reset();
    }
}

/// The smallest tail probability that is converted by the quantile of the normal distribution.
const SMALLEST_TAIL: f64 = 1e-300;

/// The standard normal deviate that is as improbable as the assessed value, with its sign.
fn deviation(assessed: &Assessment, x: f64, expected: Option<Prediction>) -> f64 {
    let down = assessed.lower() < assessed.upper();
    let tail = assessed.lower().min(assessed.upper());
    let magnitude = if tail >= SMALLEST_TAIL {
        // A discrete distribution can have both tails above one half.
        gaussian::upper_quantile(tail.min(0.5))
    } else {
        let floor = gaussian::upper_quantile(SMALLEST_TAIL);
        expected.map_or(floor, |expected| expected.standardize(x).abs().max(floor))
    };
    if down { -magnitude } else { magnitude }
}

#[cfg(feature = "serde")]
impl<F: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Surprise<F> {
    fn schema() -> String {
        format!("Surprise@1<{}>", F::schema())
    }
}
