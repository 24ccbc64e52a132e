//! What the ledger is read from.

use super::{Health, Member};
use crate::{Action, Applied, Key, Remedy, Share, Target};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Name, SourceHealth, Timestamp};

/// An action of this machine that has no result yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Flight<V> {
    /// What is done.
    pub action: Action<V>,
    /// When the intent was written.
    pub since: Timestamp,
    /// Whether it takes an earlier action back.
    pub undo: bool,
    /// Whether nobody knows what became of it.
    pub in_doubt: bool,
}

/// An action of this machine that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Past<V> {
    /// Under which key.
    pub key: Key,
    /// What was done.
    pub action: Action<V>,
    /// When its intent was written.
    pub since: Timestamp,
    /// When its end was known.
    pub until: Timestamp,
    /// What became of it: [`Applied::Done`], [`Applied::Failed`] or [`Applied::Absent`].
    pub outcome: Applied,
    /// Whether it took an earlier action back.
    pub undo: bool,
}

/// What a person or another controller does. One with the same target and note takes the place of the earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outside {
    /// To what.
    pub target: Target,
    /// How much of it may be out of service meanwhile.
    pub share: Share,
    /// Since when.
    pub since: Timestamp,
    /// Until when it counts as in flight.
    pub until: Timestamp,
    /// Who does what, in words.
    pub note: String,
}

/// The right of one machine, among the copies of it, to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Lease {
    /// The fencing token: larger with each new holder. Goes with every permit.
    pub token: u64,
    /// Since when it is held under this token.
    pub since: Timestamp,
    /// Until when; from then on it is worth nothing unless renewed. Leave a margin for the time an order takes.
    pub until: Timestamp,
}

/// The lengths of time that the ledger itself needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) recheck: Duration,
    pub(crate) health_expires: Duration,
    pub(crate) handover: Duration,
    pub(crate) remember: Duration,
}

/// Everything there is. The first part is what records make it; the second comes from telemetry and is lost in a crash.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Book<V> {
    pub(crate) terms: Terms,
    pub(crate) flights: BTreeMap<Key, Flight<V>>,
    pub(crate) history: VecDeque<Past<V>>,
    /// What an action took out and nothing has returned.
    pub(crate) lasting: BTreeMap<Target, Share>,
    /// When the last action on a target ended that took something out.
    pub(crate) touched: BTreeMap<Target, Timestamp>,
    pub(crate) outside: Vec<Outside>,
    pub(crate) halted: Option<Name>,
    pub(crate) acting: BTreeSet<Name>,
    pub(crate) freezes: BTreeMap<Name, Option<Timestamp>>,

    pub(crate) fleet: BTreeMap<Target, Member>,
    pub(crate) sources: BTreeMap<Name, At<SourceHealth>>,
    pub(crate) lease: Option<Lease>,
}

/// The most past actions and outside changes that are kept, whatever the time.
const MOST: usize = 10_000;

impl<V: Remedy> Book<V> {
    pub(crate) fn new(terms: Terms, acting: BTreeSet<Name>, lease: Option<Lease>) -> Self {
        Self {
            terms,
            flights: BTreeMap::new(),
            history: VecDeque::new(),
            lasting: BTreeMap::new(),
            touched: BTreeMap::new(),
            outside: Vec::new(),
            halted: None,
            acting,
            freezes: BTreeMap::new(),
            fleet: BTreeMap::new(),
            sources: BTreeMap::new(),
            lease,
        }
    }

    /// An action ended.
    pub(crate) fn settle(&mut self, key: Key, outcome: &Applied, at: Timestamp) -> Option<Flight<V>> {
        let flight = self.flights.remove(&key)?;
        let target = &flight.action.target;
        let toll = flight.action.verb.toll(usize::MAX);
        if !matches!(outcome, Applied::Absent { .. }) {
            // What failed may have taken something out: in doubt counts as out.
            if toll.worst() != Share::Nothing || flight.action.verb.returns() {
                self.touched.insert(target.clone(), at);
            }
            if toll.after() != Share::Nothing {
                let share = self.lasting.entry(target.clone()).or_default();
                *share = (*share).max(toll.after());
            }
            if flight.action.verb.returns() && *outcome == Applied::Done {
                self.return_to_service(target);
            }
        }
        self.history.push_back(Past {
            key,
            action: flight.action.clone(),
            since: flight.since,
            until: at,
            outcome: outcome.clone(),
            undo: flight.undo,
        });
        self.forget(at);
        Some(flight)
    }

    /// Nothing of the target is out any more by an earlier action.
    pub(crate) fn return_to_service(&mut self, target: &Target) {
        match target.instance {
            Some(_) => {
                self.lasting.remove(target);
            }
            None => self.lasting.retain(|t, _| t.component != target.component),
        }
    }

    pub(crate) fn take_outside(&mut self, outside: Outside, at: Timestamp) {
        if outside.share != Share::Nothing {
            let touched = self.touched.entry(outside.target.clone()).or_insert(outside.since);
            *touched = (*touched).max(outside.since);
        }
        let is_same = |o: &Outside| o.target == outside.target && o.note == outside.note;
        self.outside.retain(|o| o.until + self.terms.remember > at && !is_same(o));
        if self.outside.len() >= MOST {
            self.outside.remove(0);
        }
        self.outside.push(outside);
    }

    /// Drops what is older than anybody looks back.
    fn forget(&mut self, at: Timestamp) {
        let horizon = at - self.terms.remember;
        while self.history.front().is_some_and(|p| p.until < horizon) || self.history.len() > MOST {
            self.history.pop_front();
        }
    }

    /// Takes a report on an instance, which makes it known.
    pub(crate) fn take_health(&mut self, target: Target, report: At<Health>) {
        if target.instance.is_some() {
            self.fleet.entry(target).or_default().take(report);
        }
    }
}

impl<V> Book<V> {
    /// When the last action ended that says nothing earlier can be relied on.
    pub(crate) fn touched(&self, target: &Target) -> Option<Timestamp> {
        let whole = Target { component: target.component.clone(), instance: None };
        self.touched.get(target).copied().max(self.touched.get(&whole).copied())
    }
}
