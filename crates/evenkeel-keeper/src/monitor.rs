//! One metric, watched for values far from its recent past.

use core::time::Duration;
use evenkeel_core::{At, Calibrated, Error, Prediction, Stage, Transition, gaussian, observed};
use evenkeel_detect::{Alarm, AlarmBuilder};
use evenkeel_series::{Decay, Ewm, Weighted};

/// How a [`Keeper`](crate::Keeper) watches each metric.
///
/// A value is compared with the exponentially weighted mean and standard deviation of those before it; how far it is away becomes a
/// p-value by the normal law. That is nominal: metrics have heavier tails. It serves to show what is abnormal, never to act: remedies are
/// triggered by what users feel.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub(crate) struct MonitorSettings {
    pub(crate) half_life: f64,
    pub(crate) warm_up: u64,
    pub(crate) alarm: AlarmBuilder,
}

impl MonitorSettings {
    /// Alarms beyond `sigmas` standard deviations, if they last.
    pub(crate) fn new(sigmas: f64, half_life: f64, step: Duration) -> Result<Self, Error> {
        Error::require((3.0..=30.0).contains(&sigmas), "sigmas", "in [3, 30]", sigmas)?;
        Error::require((5.0..=1e6).contains(&half_life), "half_life", "in [5, 10^6] samples", half_life)?;
        let alarm = Alarm::builder(2.0 * gaussian::upper(sigmas))
            .clear_at(2.0 * gaussian::upper(0.5 * sigmas))
            .min_duration(step)
            .clear_after(8 * step)
            .worsen(4.0)
            .refractory(40 * step);
        alarm.build()?;
        Ok(Self { half_life, warm_up: 30, alarm })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Monitor {
    ewm: Ewm,
    past: Option<Weighted>,
    seen: u64,
    warm_up: u64,
    alarm: Alarm,
}

impl Monitor {
    pub(crate) fn new(settings: &MonitorSettings) -> Result<Self, Error> {
        Ok(Self {
            ewm: Ewm::builder(Decay::HalfLife(settings.half_life)).build()?,
            past: None,
            seen: 0,
            warm_up: settings.warm_up,
            alarm: settings.alarm.build()?,
        })
    }
}

impl Stage<At<f64>> for Monitor {
    type Output = Transition;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<Transition> {
        let x = observed(value)?;
        let expected = self.past.and_then(expectation);
        // What is far away teaches only that it was far away: at most four standard deviations of it are learned.
        let learned = expected.map_or(x, |e| x.clamp(e.mean() - 4.0 * e.sd(), e.mean() + 4.0 * e.sd()));
        self.past = self.ewm.update(if self.seen < self.warm_up { x } else { learned }).or(self.past);
        self.seen += 1;
        let expected = expected.filter(|_| self.seen > self.warm_up)?;
        let deviation = expected.standardize(x);
        let score = evenkeel_core::Score::from_deviation(deviation)?.with_expected(expected);
        self.alarm.update(At::new(time, Calibrated::clamped(2.0 * gaussian::upper(deviation.abs()), score)))
    }

    fn reset(&mut self) {
        self.ewm.reset();
        self.past = None;
        self.seen = 0;
        self.alarm.reset();
    }
}

/// What is expected next. A metric that hardly varies is given a spread of 1 % of its size, so that a rounding is no event.
fn expectation(past: Weighted) -> Option<Prediction> {
    let sd = libm::sqrt(past.variance()?);
    Prediction::new(past.mean(), sd.max(0.01 * past.mean().abs()).max(1e-12))
}
