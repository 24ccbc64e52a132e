//! The state of an open incident.

use core::time::Duration;
use evenkeel_core::{Diagnosis, Signal, Timestamp};
use evenkeel_remedy::Target;

/// An incident that is open.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Incident {
    /// Its number; `None` while evidence is gathered.
    pub(crate) number: Option<u64>,
    /// The places of its symptoms; the first is that by which it was noticed.
    pub(crate) symptoms: Vec<usize>,
    pub(crate) since: Timestamp,
    /// The diagnosis that was said last.
    pub(crate) reported: Option<Diagnosis>,
    /// Whether somebody else opened it: it is fed with what is seen, not diagnosed, and says nothing of our
    /// own breach.
    pub(crate) is_foreign: bool,
    /// When it was diagnosed last.
    pub(crate) last_diagnosed: Option<Timestamp>,
    /// Whether a machine took it up.
    pub(crate) is_taken_up: bool,
    /// Actions that are under way.
    pub(crate) under_way: u32,
    /// Whether anything was done about it.
    pub(crate) is_treated: bool,
    /// Whether the next time from which it is verified is that of something that was done.
    pub(crate) awaits_effect: bool,
    /// What was done about it was done to these.
    pub(crate) targets: Vec<Target>,
    /// Since when requests count for verification.
    pub(crate) verified_from: Option<Timestamp>,
    /// Since when all its symptoms are calm.
    pub(crate) calm_since: Option<Timestamp>,
}

impl Incident {
    pub(crate) fn new(number: Option<u64>, symptom: usize, since: Timestamp) -> Self {
        Self {
            number,
            symptoms: vec![symptom],
            since,
            reported: None,
            is_foreign: false,
            last_diagnosed: None,
            is_taken_up: false,
            under_way: 0,
            is_treated: false,
            awaits_effect: false,
            targets: Vec::new(),
            verified_from: None,
            calm_since: None,
        }
    }

    /// Since when what is seen says how it stands: since it began, or since the last that was done about it
    /// had settled. `None` while something is being done, or settles.
    pub(crate) fn seen_from(&self, now: Timestamp) -> Option<Timestamp> {
        match self.verified_from {
            _ if self.under_way > 0 => None,
            Some(from) if self.is_treated => (from <= now).then_some(from),
            _ => Some(self.since),
        }
    }

    /// What was done about it was done to this.
    pub(crate) fn touch(&mut self, target: &Target) {
        if !self.targets.contains(target) {
            self.targets.push(target.clone());
        }
    }

    /// Whether something was done to the place of a signal.
    pub(crate) fn has_touched(&self, signal: &Signal) -> bool {
        self.targets.iter().any(|target| match &target.instance {
            Some(instance) => signal.place() == instance,
            None => signal.component == target.component,
        })
    }

    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        let times = [&mut self.last_diagnosed, &mut self.calm_since].into_iter().flatten();
        times.chain([&mut self.since]).for_each(|time| *time = (*time - by).min(now));
        self.verified_from = self.verified_from.map(|from| from - by);
    }
}
