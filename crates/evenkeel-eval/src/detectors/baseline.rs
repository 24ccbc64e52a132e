//! Simple baselines to compare with.

use evenkeel_core::{Calibrated, Direction, Score, Stage, observed};

/// The step from the last value, in units of the mean step so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Difference {
    last: Option<f64>,
    mean: f64,
    steps: f64,
}

impl Stage<f64> for Difference {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        let step = x - self.last.replace(x)?;
        // In units of what was known before; nothing is known of the first step.
        let score = if self.mean > 0.0 { step / self.mean } else { 0.0 };
        self.steps += 1.0;
        self.mean += (step.abs() - self.mean) / self.steps;
        Score::from_deviation(score)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The memory of [`RobustDeviation`]: a hundred values.
const WEIGHT: f64 = 0.01;
/// How far a value may be off, in standard deviations, to count in full.
const BOUND: f64 = 3.0;

/// The distance from an exponentially weighted level in exponentially weighted deviations, both of which
/// learn no more of a value than three deviations (P. J. Huber's bound), and of the first values their plain
/// means.
#[derive(Debug, Clone, Default)]
pub(super) struct RobustDeviation {
    level: f64,
    deviation: f64,
    values: f64,
}

impl Stage<f64> for RobustDeviation {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        self.values += 1.0;
        if self.values <= 1.0 {
            self.level = x;
        }
        let off = x - self.level;
        let weight = WEIGHT.max(1.0 / self.values);
        let bounded = if self.deviation > 0.0 && self.values > 10.0 {
            off.clamp(-BOUND * self.deviation, BOUND * self.deviation)
        } else {
            off
        };
        let score = if self.deviation > 0.0 { off / self.deviation } else { 0.0 };
        self.level += weight * bounded;
        // The mean absolute deviation of a normal distribution is sqrt(2 / pi) standard deviations.
        self.deviation += weight * (bounded.abs() * (0.5 * core::f64::consts::PI).sqrt() - self.deviation);
        Score::from_deviation(score)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// -ln p as a score; where p underflows, the deviation in expected standard deviations on top, so that not
/// all of those are equal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surprisal;

impl Stage<Calibrated> for Surprisal {
    type Output = Score;

    fn update(&mut self, x: Calibrated) -> Option<Score> {
        let least = f64::MIN_POSITIVE;
        let beyond = match x.score().expected() {
            Some(expected) if x.p() < least && expected.sd() > 0.0 => x.score().value() / expected.sd(),
            _ => 0.0,
        };
        Score::new(beyond - x.p().max(least).ln(), Direction::Up)
    }

    fn reset(&mut self) {}
}
