//! A small monitor, of existing parts.

use core::time::Duration;
use evenkeel_core::{At, Calibrated, Error, Snapshot, Stage, Timestamp, observed};
use evenkeel_detect::monitor::{Alert, Budget, MonitorEvent, Watch};
use evenkeel_detect::outlier::Deviation;
use evenkeel_detect::{Alarm, RankCusum, Tails};
use serde::{Deserialize, Serialize};

/// The alarm's own threshold; p-values are scaled to it by the risk, which changes.
const RAISE_AT: f64 = 1e-3;

/// Deviations from the recent past, their ranks accumulated, and an alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Small {
    step: Duration,
    silent_after: Duration,
    deviation: Deviation,
    cusum: RankCusum,
    alarm: Alarm,
    last: Option<Timestamp>,
    is_lost: bool,
    peak: (Timestamp, f64),
}

impl Small {
    /// One value every `step`.
    pub(crate) fn new(step: Duration) -> Self {
        let cusum = RankCusum::builder(1e-6).calibration(100).window(200).tails(Tails::Both);
        Self {
            step,
            silent_after: 4 * step,
            deviation: Deviation::builder().build().unwrap(),
            cusum: cusum.build().unwrap(),
            alarm: Alarm::builder(RAISE_AT).clear_after(3 * step).build().unwrap(),
            last: None,
            is_lost: false,
            peak: (Timestamp::EPOCH, 0.0),
        }
    }

    pub(crate) fn risk(&self) -> f64 {
        self.cusum.risk()
    }
}

impl Stage<At<f64>> for Small {
    type Output = MonitorEvent;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<MonitorEvent> {
        let value = observed(value)?;
        let before = self.last.replace(self.last.map_or(time, |last| last.max(time)));
        let back = core::mem::take(&mut self.is_lost);
        let score = self.deviation.update(value);
        let calibrated = score.and_then(|score| self.cusum.update(score));
        let scale = RAISE_AT / self.cusum.risk();
        let event = calibrated.and_then(|c| {
            let mut transition =
                self.alarm.update(At::new(time, Calibrated::clamped(c.p() * scale, c.score())))?;
            if transition.peak.time == time {
                self.peak = (time, value);
            }
            let peak = transition.peak.value;
            transition.peak.value = Calibrated::clamped(peak.p() / scale, peak.score());
            let alert = Alert::new(transition, self.peak.1)?;
            Some(alert.accumulated(self.cusum.is_raised()).into())
        });
        if back { before.map(|since| MonitorEvent::Returned { at: time, since }) } else { event }
    }

    fn reset(&mut self) {
        self.deviation.reset();
        self.cusum.reset();
        self.alarm.reset();
        (self.last, self.is_lost, self.peak) = (None, false, (Timestamp::EPOCH, 0.0));
    }
}

impl Watch for Small {
    fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent> {
        let since = self.last?;
        if self.is_lost || now.since(since) <= self.silent_after {
            return None;
        }
        self.is_lost = true;
        Some(MonitorEvent::Lost { at: now, since })
    }

    fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        self.cusum.set_risk(budget.per_value(self.step))
    }
}

impl Snapshot for Small {
    fn schema() -> String {
        "Small@1".into()
    }
}
