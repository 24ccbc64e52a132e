//! Whether what is seen can be judged by.

use core::time::Duration;
use evenkeel_core::{SourceHealth, Timestamp, Unreliable};

/// How late is too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// After so long without a value a source is stale; after four times as long it is broken.
    pub(crate) stale_after: Duration,
    /// A value older than this when it arrives is late.
    pub(crate) late_after: Duration,
    /// After so many equal values in a row a source that used to vary is stuck.
    pub(crate) stuck_after: u32,
}

/// By how many values it is told whether the clock of a source is right.
const MOST_ARRIVED: u32 = 32;

/// One source: a component's metrics, or the users' requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quality {
    latest: Option<Timestamp>,
    /// How late the latest arrived.
    delay: Duration,
    /// What was told last.
    told: Option<SourceHealth>,
    /// Metrics of the source that are stuck now.
    stuck: u32,
    metrics: u32,
    /// How many values arrived since it was told last, and how many of them with a time in the future.
    arrived: u32,
    skewed: u32,
}

impl Quality {
    pub(crate) fn new() -> Self {
        Self { latest: None, delay: Duration::ZERO, told: None, stuck: 0, metrics: 0, arrived: 0, skewed: 0 }
    }

    /// A value of a time arrived; whether that time was in the future, and is now instead.
    pub(crate) fn arrived(&mut self, at: Timestamp, now: Timestamp, is_skewed: bool) {
        self.latest = self.latest.max(Some(at));
        self.delay = now.since(at);
        self.arrived = self.arrived.saturating_add(1);
        self.skewed = self.skewed.saturating_add(u32::from(is_skewed));
    }

    pub(crate) fn add_metric(&mut self) {
        self.metrics = self.metrics.saturating_add(1);
    }

    /// The clock was set back: nothing arrived later than now.
    pub(crate) fn set_back(&mut self, now: Timestamp) {
        self.latest = self.latest.map(|latest| latest.min(now));
    }

    /// A metric of the source became stuck, or moved again.
    pub(crate) fn stuck(&mut self, now_stuck: bool) {
        self.stuck = if now_stuck { self.stuck.saturating_add(1) } else { self.stuck.saturating_sub(1) };
    }

    pub(crate) fn health(&self, now: Timestamp, patience: &Patience, observer_late: bool) -> SourceHealth {
        let Some(latest) = self.latest else { return SourceHealth::Broken };
        let age = now.since(latest);
        if observer_late {
            SourceHealth::Unreliable(Unreliable::ObserverOverloaded)
        } else if age > patience.stale_after.saturating_mul(4) {
            SourceHealth::Broken
        } else if age > patience.stale_after {
            SourceHealth::Stale
        } else if self.skewed > self.arrived / 2 {
            SourceHealth::Unreliable(Unreliable::ClockSkew)
        } else if self.delay > patience.late_after {
            SourceHealth::Unreliable(Unreliable::Late)
        } else if self.metrics > 0 && self.stuck == self.metrics {
            SourceHealth::Unreliable(Unreliable::Stuck)
        } else {
            SourceHealth::Fresh
        }
    }

    /// The health if it is another than was told before.
    pub(crate) fn news(
        &mut self,
        now: Timestamp,
        patience: &Patience,
        observer_late: bool,
    ) -> Option<SourceHealth> {
        let health = self.health(now, patience, observer_late);
        // The last few decide, and if none arrives until the next time, what is known of its clock stays.
        while self.arrived > MOST_ARRIVED {
            (self.arrived, self.skewed) = (self.arrived / 2, self.skewed / 2);
        }
        (self.told.replace(health) != Some(health)).then_some(health)
    }
}

/// How often a metric has said the same.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Repeats {
    value: f64,
    times: u32,
    varied: bool,
}

impl Repeats {
    /// Takes a value; gives whether the metric has just become stuck (true) or moved again (false), if either.
    pub(crate) fn update(&mut self, x: f64, patience: &Patience) -> Option<bool> {
        if x == self.value {
            self.times = self.times.saturating_add(1);
            return (self.varied && self.times == patience.stuck_after).then_some(true);
        }
        let was_stuck = self.varied && self.times >= patience.stuck_after;
        // The first value differs from nothing.
        self.varied |= self.times > 0;
        *self = Self { value: x, times: 1, varied: self.varied };
        was_stuck.then_some(false)
    }
}
