//! What is kept of a series.

use crate::collector::origin::Origin;
use crate::counter_rate::{CounterRate, Increase};
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::{Sample, SeriesKind};
use core::time::Duration;
use evenkeel_core::{Name, Signal, Stage, Timestamp};
use std::fmt::Write;
use std::sync::Arc;

/// What is kept of a series.
#[derive(Debug, Clone)]
pub(super) struct SeriesTrack {
    pub(super) origin: Arc<Origin>,
    pub(super) labels: Arc<Labels>,
    pub(super) signal: Signal,
    /// Of one that counts.
    rate: Option<CounterRate>,
    /// When something came last, if only that there is no value.
    pub(super) arrived: Timestamp,
    /// The time of the newest real value.
    pub(super) last: Option<Timestamp>,
    /// The interval before it, and the one before that: the shorter is its rhythm.
    intervals: [Option<Duration>; 2],
    /// Whether its source said that it ended, and nothing came since.
    pub(super) ended: bool,
    /// Whether it went with a restart of what exposed it, and has not begun again.
    pub(super) is_gone: bool,
    /// Whether it is given to the observer.
    pub(super) is_watched: bool,
    /// The rules of requests that it is part of, and whether it counts bad ones.
    pub(super) rules: Vec<(usize, bool)>,
    /// What it grew by last.
    pub(super) last_amount: Option<f64>,
}

/// What a sample means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Seen {
    /// A level, or an increase by the second.
    Value(f64),
    /// That there is none.
    Missing,
    /// An increase, which says nothing of its rate: of a counter that began again in between.
    Restarted,
    /// Nothing yet: the first of a counter.
    Nothing,
    /// One that is not later than the one before, or of the same time.
    Late { is_repeated: bool },
}

/// Whether something counts although its source does not say so, by the endings that client libraries give.
fn counts_by_name(metric: &str) -> bool {
    ["_total", "_count", "_sum", "_bucket"].iter().any(|ending| metric.ends_with(ending))
}

impl SeriesTrack {
    pub(super) fn new(
        origin: Arc<Origin>,
        labels: Arc<Labels>,
        kind: SeriesKind,
        signal: Signal,
        now: Timestamp,
    ) -> Self {
        let kind = match kind {
            SeriesKind::Unknown if counts_by_name(labels.metric()) => SeriesKind::Counter,
            kind => kind,
        };
        Self {
            origin,
            labels,
            signal,
            rate: CounterRate::of(kind),
            arrived: now,
            last: None,
            intervals: [None; 2],
            ended: false,
            is_gone: false,
            is_watched: true,
            rules: Vec::new(),
            last_amount: None,
        }
    }

    /// Whether it has no value although others of its place have one of this time.
    pub(super) fn lags(&self, newest: Timestamp, step: Duration) -> bool {
        let rhythm = self.intervals.iter().flatten().min().copied().unwrap_or(step);
        self.ended || self.last.is_some_and(|last| newest.since(last) > rhythm / 2)
    }

    /// How long it may be silent: three steps, or three times its own rhythm if that is longer.
    pub(super) fn tolerance(&self, step: Duration) -> Duration {
        let rhythm = self.intervals.iter().flatten().min().copied().unwrap_or_default();
        step.max(rhythm).saturating_mul(3)
    }

    /// Takes a sample that arrived at a time; what it means, and by how much it grew.
    pub(super) fn update(
        &mut self,
        sample: Sample,
        now: Timestamp,
        step: Duration,
        longest: Duration,
    ) -> (Seen, Option<Increase>) {
        self.arrived = now;
        if sample.is_stale() {
            self.ended = true;
            return (Seen::Missing, None);
        }
        if !sample.value.is_finite() {
            return (Seen::Missing, None);
        }
        // One time far ahead must not make all later ones look late.
        let time = if sample.time > now + step { now } else { sample.time };
        let before = self.last;
        if before.is_some_and(|before| time <= before) {
            return (Seen::Late { is_repeated: before == Some(time) }, None);
        }
        self.intervals = [self.intervals[1], before.map(|before| time.since(before))];
        self.last = Some(time);
        (self.ended, self.is_gone) = (false, false);
        let Some(rate) = &mut self.rate else { return (Seen::Value(sample.value), None) };
        let Some(increase) = rate.update(Sample { time, ..sample }) else { return (Seen::Nothing, None) };
        if increase.length() > longest {
            // A mean over a long outage is no value of now.
            self.last_amount = None;
            return (Seen::Missing, None);
        }
        self.last_amount = Some(increase.amount);
        let seen = if increase.restarted { Seen::Restarted } else { Seen::Value(increase.per_second()) };
        (seen, Some(increase))
    }
}

/// The labels that name components and instances, in the order in which they are looked for.
#[derive(Debug, Clone)]
pub(super) struct PlaceLabels {
    pub(super) component: Vec<String>,
    pub(super) instance: Vec<String>,
}

impl PlaceLabels {
    /// The signal of a series: its component and instance by its labels, else by where it comes from; the
    /// metric with all labels that are left, so that no two series become one.
    pub(super) fn signal(&self, labels: &Labels, origin: &Origin, ending: &str) -> Signal {
        let find = |names: &[String]| {
            let found = names.iter().find_map(|name| labels.get(name).map(|value| (name.clone(), value)));
            found.map(|(name, value)| (name, Name::from(value)))
        };
        let component = find(&self.component);
        let instance = find(&self.instance);
        let used = [&component, &instance].map(|found| found.as_ref().map_or("", |found| found.0.as_str()));
        let mut metric = format!("{}{ending}", labels.metric());
        let mut separator = '{';
        for (name, value) in labels.iter().filter(|pair| pair.0 != METRIC_NAME && !used.contains(&pair.0)) {
            let _ = write!(metric, "{separator}{name}={value:?}");
            separator = ',';
        }
        if separator == ',' {
            metric.push('}');
        }
        let component = component.map(|found| found.1).or_else(|| origin.component.clone());
        let signal = Signal::new(component.unwrap_or_else(|| crate::UNKNOWN_SERVICE.into()), metric);
        match instance.map(|found| found.1).or_else(|| origin.instance.clone()) {
            Some(instance) => signal.at_instance(instance),
            None => signal,
        }
    }
}
