//! Streams to test on, the same on every machine.

use evenkeel_core::{Forecaster, Prediction, Stage, observed};
use evenkeel_testing::Source;
use serde::{Deserialize, Serialize};

/// Independent uniform numbers in (0, 1).
pub(crate) fn uniform(seed: u64) -> impl Iterator<Item = f64> {
    let mut source = Source::new(seed);
    core::iter::repeat_with(move || source.uniform() + f64::EPSILON / 4.0)
}

/// Independent standard normal numbers.
pub(crate) fn normal(seed: u64) -> impl Iterator<Item = f64> {
    let mut source = Source::new(seed);
    core::iter::repeat_with(move || source.normal())
}

/// A forecaster that expects the mean of what it has seen with a known spread: enough of a model to test what
/// stands behind one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunningMean {
    #[serde(with = "evenkeel_core::exact")]
    sum: f64,
    count: u32,
    #[serde(with = "evenkeel_core::exact")]
    sd: f64,
}

impl RunningMean {
    pub(crate) fn new(sd: f64) -> Self {
        Self { sum: 0.0, count: 0, sd }
    }

    fn next(&self) -> Option<Prediction> {
        if self.count == 0 { None } else { Prediction::new(self.sum / f64::from(self.count), self.sd) }
    }
}

impl Stage<f64> for RunningMean {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        if let Some(x) = observed(x) {
            self.sum += x;
            self.count = self.count.saturating_add(1);
        }
        self.next()
    }

    fn reset(&mut self) {
        *self = Self::new(self.sd);
    }
}

impl Forecaster for RunningMean {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        self.next().map(|next| out.fill(next)).is_some()
    }
}

impl evenkeel_core::Snapshot for RunningMean {
    fn schema() -> String {
        "RunningMean@1".into()
    }
}
