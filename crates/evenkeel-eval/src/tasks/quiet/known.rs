//! The charts that know the distribution of the noise.

use super::noise::Noise;
use crate::Failure;
use evenkeel_core::{Score, Stage};
use evenkeel_detect::Cusum;
use evenkeel_detect::change::Focus;
use evenkeel_stats::Generator;

/// A chart of innovations of mean 0 and standard deviation 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chart {
    Cusum,
    Focus,
}

/// Of how many budget periods of noise a threshold is learned.
const PERIODS: usize = 200;

impl Chart {
    pub(super) const ALL: [Self; 2] = [Self::Cusum, Self::Focus];

    fn build(self) -> Result<Box<dyn Stage<f64, Output = Score>>, Failure> {
        let because = |why: evenkeel_core::Error| Failure::new(why.to_string());
        Ok(match self {
            Self::Cusum => Box::new(Cusum::builder(0.0, 1.0).build().map_err(because)?),
            Self::Focus => Box::new(Focus::builder(0.0, 1.0).build().map_err(because)?),
        })
    }

    /// The rows in which it raises an alarm, after each of which it begins anew.
    pub(super) fn alarms(self, innovations: &[f64], threshold: f64) -> Result<Vec<usize>, Failure> {
        let mut chart = self.build()?;
        let mut alarms = Vec::new();
        for (row, x) in innovations.iter().enumerate() {
            if chart.update(*x).is_some_and(|score| score.value() > threshold) {
                alarms.push(row);
                chart.reset();
            }
        }
        Ok(alarms)
    }

    /// The threshold at which noise raises an alarm every `period` rows, in the mean.
    pub(super) fn threshold(self, noise: Noise, period: usize, seed: u64) -> Result<f64, Failure> {
        let mut generator = Generator::new(seed);
        let (mean, sd) = noise.moments();
        let innovations: Vec<f64> =
            (0..PERIODS * period).map(|_| (noise.draw(&mut generator) - mean) / sd).collect();
        let (mut low, mut high) = (0.0, 8.0);
        while self.alarms(&innovations, high)?.len() > PERIODS {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..16 {
            let middle = 0.5 * (low + high);
            match self.alarms(&innovations, middle)?.len() > PERIODS {
                true => low = middle,
                false => high = middle,
            }
        }
        Ok(high)
    }
}
