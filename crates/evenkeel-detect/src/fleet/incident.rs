//! Incidents of a fleet.

use super::scope::Scope;
use crate::monitor::{Alert, Budget};
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::{Direction, Timestamp};

/// So many series of an incident are named, the most surprising ones.
pub(super) const NAMED: usize = 8;

/// What is wrong with the series of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum IncidentKind {
    /// Their values are abnormal.
    Abnormal,
    /// They have no values.
    Silent,
}

/// Alerts that belong together, by time and by what the caller knows of their series; its `Display` is a
/// sentence.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct Incident<K> {
    pub(super) id: u32,
    pub(super) kind: IncidentKind,
    pub(super) since: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) series: u64,
    pub(super) up: u64,
    pub(super) down: u64,
    pub(super) first: K,
    pub(super) worst: Vec<(K, Alert)>,
    pub(super) scope: Scope,
    pub(super) fleet: u64,
    pub(super) budget: Budget,
}

impl<K> Incident<K> {
    /// Its number: incidents of a fleet count from 1.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What is wrong with its series.
    #[must_use]
    pub fn kind(&self) -> IncidentKind {
        self.kind
    }

    /// The first abnormal value; of silence, when it was noticed first.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// When the last of its series was normal again, once it is over.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.ended
    }

    /// How many alerts it has had; a series that was raised again counts again.
    #[must_use]
    pub fn alerts(&self) -> u64 {
        self.series
    }

    /// Whether all its alerts were in one direction.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match (self.up == self.series, self.down == self.series) {
            (true, _) => Direction::Up,
            (_, true) => Direction::Down,
            _ => Direction::Either,
        }
    }

    /// How far it reaches.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The series that it began with, of several at once the first by key.
    #[must_use]
    pub fn first(&self) -> &K {
        &self.first
    }

    /// Its most surprising alerts, at most eight, the smallest p-value first, each as the beginning of its
    /// event. Empty for silence.
    pub fn worst(&self) -> &[(K, Alert)] {
        &self.worst
    }

    /// The budget of the whole fleet.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// How many series the fleet had when this was told.
    #[must_use]
    pub fn fleet(&self) -> u64 {
        self.fleet
    }

    /// Names the series among the worst, if it is.
    pub(super) fn name(&mut self, key: K, alert: Alert)
    where
        K: PartialEq,
    {
        self.since = self.since.min(alert.start());
        if let Some(at) = self.worst.iter().position(|(other, _)| *other == key) {
            if self.worst[at].1.p() <= alert.p() {
                return;
            }
            drop(self.worst.remove(at));
        }
        let at = self.worst.partition_point(|(_, other)| other.p() <= alert.p());
        if at < NAMED {
            self.worst.truncate(NAMED - 1);
            self.worst.insert(at, (key, alert.as_raised()));
        }
    }
}

impl<K: fmt::Display> fmt::Display for Incident<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, fleet, since, .. } = self;
        let leading = self.worst.first();
        let how = match (self.kind, self.direction()) {
            (IncidentKind::Silent, _) => "without values",
            (_, Direction::Up) => "higher than expected",
            (_, Direction::Down) => "lower than expected",
            _ => "abnormal",
        };
        match (&self.scope, leading) {
            (Scope::Series, Some((key, alert))) => return write!(f, "{key}: {alert}"),
            (Scope::Series, None) => return write!(f, "{first}: {how} since {since}"),
            (Scope::Several, _) => write!(f, "{} alerts among {fleet} series {how}", self.series)?,
            (Scope::Label { label, affected, of }, _) => {
                write!(f, "{affected} of {of} series of {label} {how}")?;
            }
            (Scope::Fleet { affected, of }, _) => {
                write!(f, "{affected} of {of} series, the whole fleet, {how}")?;
            }
        }
        write!(f, " since {since}")?;
        match leading {
            Some((key, alert)) => write!(f, "; the most surprising is {key}: {alert}"),
            None => write!(f, "; the first was {first}"),
        }
    }
}
