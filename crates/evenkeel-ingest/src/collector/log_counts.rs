//! How many records of a log there are, and how many of them tell of faults.

use crate::collector::requests::begin_of_step;
use crate::log::Severity;
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};
use std::collections::BTreeMap;

/// Records by the step and the component that tells them.
#[derive(Debug, Clone, Default)]
pub(super) struct LogCounts {
    steps: BTreeMap<(Timestamp, Name), Counts>,
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    newest: Timestamp,
    records: u64,
    faults: u64,
}

/// What a component wrote within a step.
pub(super) struct LogRow {
    pub(super) at: Timestamp,
    pub(super) component: Name,
    pub(super) records: f64,
    pub(super) faults: f64,
}

/// How many pairs of step and component are kept.
const MOST: usize = 100_000;

impl LogCounts {
    /// Adds a record. False if there is no room for more.
    pub(super) fn add(
        &mut self,
        at: Timestamp,
        component: &Name,
        severity: Option<Severity>,
        step: Duration,
    ) -> bool {
        let key = (begin_of_step(at, step), component.clone());
        if self.steps.len() >= MOST && !self.steps.contains_key(&key) {
            return false;
        }
        let counts = self.steps.entry(key).or_insert(Counts { newest: at, records: 0, faults: 0 });
        counts.newest = counts.newest.max(at);
        counts.records = counts.records.saturating_add(1);
        let is_fault = severity.is_some_and(|severity| severity >= Severity::Error);
        counts.faults = counts.faults.saturating_add(u64::from(is_fault));
        true
    }

    /// The steps that are over, by the second. A component that wrote nothing has none: that it is silent and
    /// that it is not heard look the same.
    pub(super) fn take(&mut self, now: Timestamp, step: Duration) -> Vec<LogRow> {
        let current = begin_of_step(now, step);
        let later = self.steps.split_off(&(current, Name::from("")));
        let due = core::mem::replace(&mut self.steps, later);
        let seconds = step.as_secs_f64();
        due.into_iter()
            .map(|((_, component), counts)| LogRow {
                at: counts.newest,
                component,
                records: counts.records as f64 / seconds,
                faults: counts.faults as f64 / seconds,
            })
            .collect()
    }
}
