//! Incidents that are not over.

#[cfg(feature = "serde")]
use super::incident::NAMED;
use super::incident::{Incident, IncidentKind};
use super::relations::Relations;
use super::scope::Scope;
use crate::monitor::Budget;
use alloc::vec::Vec;
use core::time::Duration;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_core::{Direction, Tick, Timestamp};

/// The most that are open; with more, an alert joins the one of its kind that had the last, and opens one
/// only if there is none of its kind.
pub(super) const MOST: usize = 64;

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Open<K> {
    pub(super) incident: Incident<K>,
    /// The fleet's steady time of the first and of the last alert.
    pub(super) opened: Timestamp,
    pub(super) joined: Timestamp,
    /// How many alerts were told; 0 before a page.
    pub(super) told: u64,
    /// How many alerts its scope was found with.
    pub(super) scoped: u64,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct OpenIncidents<K> {
    pub(super) open: Vec<Open<K>>,
    next: u32,
    /// How many alerts joined an incident only because too many were open.
    pub(super) forced: u64,
}

/// An alert that looks for its incident.
pub(super) struct Alerted<'a, K> {
    pub(super) key: &'a K,
    pub(super) kind: IncidentKind,
    pub(super) direction: Direction,
}

impl<K: Clone + Eq> OpenIncidents<K> {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), next: 1, forced: 0 }
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Incident<K>> {
        self.open.iter_mut().map(|open| &mut open.incident).find(|incident| incident.id == id)
    }

    /// Lets an alert join the incident that it belongs to, or open one; gives its number. Incidents that it
    /// connects become one, if none was told: `merged` gets (from, to).
    pub(super) fn join(
        &mut self,
        alerted: &Alerted<'_, K>,
        now: &Tick,
        within: Duration,
        (fleet, budget): (u64, Budget),
        relations: &impl Relations<K>,
        merged: &mut Vec<(u32, u32)>,
    ) -> u32 {
        let belongs = |open: &Open<K>| {
            open.incident.kind == alerted.kind
                && now.since(open.joined) <= within
                // The count of silent series is tested against what is usual within a window.
                && (alerted.kind == IncidentKind::Abnormal || open.told > 0 || now.since(open.opened) <= within)
                && (relations.are_related(alerted.key, &open.incident.first)
                    || open.incident.worst.iter().any(|(key, _)| relations.are_related(alerted.key, key)))
        };
        let mut found = self.open.iter().position(belongs);
        if let Some(into) = found {
            let mut i = into + 1;
            while i < self.open.len() {
                if self.open[i].told == 0 && belongs(&self.open[i]) {
                    let other = self.open.remove(i);
                    merged.push((other.incident.id, self.open[into].incident.id));
                    self.open[into].absorb(other);
                } else {
                    i += 1;
                }
            }
        } else if self.open.len() >= MOST {
            self.forced = self.forced.saturating_add(1);
            let same = self.open.iter().enumerate().filter(|(_, open)| open.incident.kind == alerted.kind);
            found = same.max_by_key(|(_, open)| open.joined).map(|(i, _)| i);
        }
        let at = found.unwrap_or_else(|| {
            let incident = Incident {
                id: self.next,
                kind: alerted.kind,
                since: now.time,
                ended: None,
                series: 0,
                up: 0,
                down: 0,
                first: alerted.key.clone(),
                worst: Vec::new(),
                scope: Scope::Series,
                fleet,
                budget,
            };
            self.next = self.next.checked_add(1).unwrap_or(1);
            self.open.push(Open { incident, opened: now.steady, joined: now.steady, told: 0, scoped: 0 });
            self.open.len() - 1
        });
        let open = &mut self.open[at];
        open.joined = now.steady;
        let incident = &mut open.incident;
        incident.series += 1;
        incident.up += u64::from(alerted.direction == Direction::Up);
        incident.down += u64::from(alerted.direction == Direction::Down);
        incident.id
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self) -> Result<(), Error> {
        let sound = self.next > 0
            && self.open.len() <= MOST + 1
            && self.open.iter().all(|open| {
                let Incident { id, series, up, down, worst, .. } = &open.incident;
                *id > 0
                    && (1..=1 << 53).contains(series)
                    && up.checked_add(*down).is_some_and(|sum| sum <= *series)
                    && worst.len() <= NAMED
                    && worst.windows(2).all(|pair| pair[0].1.p() <= pair[1].1.p())
                    && open.told <= *series
            });
        Error::require(sound, "open", "incidents that alerts can lead to", "others")
    }
}

impl<K: Clone + Eq> Open<K> {
    fn absorb(&mut self, other: Self) {
        let Incident { since, series, up, down, worst, .. } = other.incident;
        let incident = &mut self.incident;
        incident.since = incident.since.min(since);
        (incident.series, incident.up, incident.down) =
            (incident.series + series, incident.up + up, incident.down + down);
        for (key, alert) in worst {
            incident.name(key, alert);
        }
        self.opened = self.opened.min(other.opened);
        self.joined = self.joined.max(other.joined);
    }
}
