//! The state behind the ledger.

use crate::action::{Action, Key, Target};
use crate::executor::Applied;
use crate::ledger::fleet::{Fleet, Health};
use crate::ledger::flights::{Flights, InFlight};
use crate::verb::{Share, Verb};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Bound;
use core::time::Duration;
use evenkeel_core::{At, Name, SourceHealth, Timestamp};

/// An action of this machine that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletedAction<V> {
    /// The key of the action.
    pub key: Key,
    /// The action that was carried out.
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

/// What a person or another controller does. One with the same target and note takes the place of the
/// earlier.
///
/// It counts as in flight from `since`, inclusive, until `until`, exclusive, by the machine's time: what is
/// announced for tomorrow holds nothing up today.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExternalAction {
    /// What it is done to.
    pub target: Target,
    /// How much of it may be out of service meanwhile.
    pub share: Share,
    /// From when on it counts as in flight; it may lie in the future.
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
    /// Until when; from then on it is worth nothing unless renewed. Leave a margin for the time an order
    /// takes.
    pub until: Timestamp,
}

/// How much of a target an action took out, and when the last that did had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lasting {
    pub(crate) share: Share,
    pub(crate) since: Timestamp,
}

/// The lengths of time that the ledger itself needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) recheck: Duration,
    pub(crate) health_expires: Duration,
    pub(crate) handover: Duration,
    pub(crate) remember: Duration,
}

/// Everything there is. The first part is what records make it; the second comes from telemetry and is lost
/// in a crash.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LedgerState<V> {
    pub(crate) terms: Terms,
    pub(crate) flights: Flights<V>,
    pub(crate) history: VecDeque<CompletedAction<V>>,
    /// What an action took out and nothing has returned.
    pub(crate) lasting: BTreeMap<Target, Lasting>,
    /// When the last action on a target ended that took something out.
    pub(crate) touched: BTreeMap<Target, Timestamp>,
    /// With whether it had ended already when it was told: then its end is no date of a calendar.
    pub(crate) outside: Vec<(ExternalAction, bool)>,
    /// The largest token of which an intent was written.
    pub(crate) token: u64,
    pub(crate) halted: Option<Name>,
    pub(crate) acting: BTreeSet<Name>,
    pub(crate) freezes: BTreeMap<Name, Option<Timestamp>>,

    pub(crate) fleet: Fleet,
    /// With whether the report said that it was of the future.
    pub(crate) sources: BTreeMap<Name, (At<SourceHealth>, bool)>,
    /// When instances left the fleet: a report from before, delivered late, does not bring one back.
    pub(crate) gone: BTreeMap<Target, Timestamp>,
    pub(crate) lease: Option<Lease>,
}

/// The most past actions and outside changes that are kept, whatever the time.
const MOST: usize = 10_000;

impl<V: Verb> LedgerState<V> {
    pub(crate) fn new(terms: Terms, acting: BTreeSet<Name>, lease: Option<Lease>) -> Self {
        Self {
            terms,
            flights: Flights::new(),
            history: VecDeque::new(),
            lasting: BTreeMap::new(),
            touched: BTreeMap::new(),
            outside: Vec::new(),
            token: 0,
            halted: None,
            acting,
            freezes: BTreeMap::new(),
            fleet: Fleet::default(),
            sources: BTreeMap::new(),
            gone: BTreeMap::new(),
            lease,
        }
    }

    /// An action ended.
    pub(crate) fn settle(&mut self, key: Key, outcome: &Applied, at: Timestamp) -> Option<InFlight<V>> {
        let flight = self.flights.remove(&key)?;
        let target = &flight.action.target;
        let impact = flight.action.verb.impact(usize::MAX);
        if !matches!(outcome, Applied::Absent { .. }) {
            // What failed may have taken something out: in doubt counts as out.
            if impact.worst() != Share::Nothing || flight.action.verb.returns() {
                self.touched.insert(target.clone(), at);
            }
            if impact.after() != Share::Nothing && !flight.gone {
                let lasting = self.lasting.entry(target.clone()).or_default();
                *lasting = Lasting { share: lasting.share.max(impact.after()), since: at };
            }
            if flight.action.verb.returns() && *outcome == Applied::Done {
                // What was taken out while this was being done may be out still.
                let begun = flight.since;
                self.lasting.retain(|t, lasting| !t.is_within(target) || lasting.since > begun);
            }
        }
        self.history.push_back(CompletedAction {
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
        self.lasting.retain(|t, _| !t.is_within(target));
    }

    pub(crate) fn take_outside(&mut self, outside: ExternalAction, at: Timestamp) {
        let is_same = |o: &ExternalAction| o.target == outside.target && o.note == outside.note;
        let horizon = at - self.terms.remember;
        let touched = &mut self.touched;
        self.outside.retain(|(o, _)| {
            let kept = o.until >= horizon && !is_same(o);
            if !kept && o.share != Share::Nothing && o.since <= at {
                // What was reported before it stays unknown.
                let last = touched.entry(o.target.clone()).or_insert(o.since);
                *last = (*last).max(o.since);
            }
            kept
        });
        if self.outside.len() >= MOST {
            // What ended goes first, then what ends first: a flood of announcements must not hide what goes
            // on.
            let first = (0..self.outside.len()).min_by_key(|i| self.outside[*i].0.until);
            first.map(|i| self.outside.remove(i));
        }
        let ended = outside.until <= at;
        self.outside.push((outside, ended));
    }

    /// A target is no part of the fleet any more: nothing that was done to it lasts.
    pub(crate) fn release(&mut self, target: &Target) {
        self.lasting.retain(|t, _| !t.is_within(target));
        self.touched.retain(|t, _| !t.is_within(target));
        self.flights.update_all(|flight| flight.gone |= flight.action.target.is_within(target));
    }

    /// Whether there is anything that [`release`](Self::release) would release.
    pub(crate) fn has_traces(&self, target: &Target) -> bool {
        self.lasting.keys().chain(self.touched.keys()).any(|t| t.is_within(target))
            || self.flights.values().any(|f| !f.gone && f.action.target.is_within(target))
    }

    /// Whether nothing is here that time could bring to an end.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        self.flights.is_empty()
            && self.outside.iter().all(|(o, _)| o.until <= now)
            && self.freezes.values().all(|until| until.is_none_or(|t| t <= now))
    }

    /// The clock was set back: what is counted from a time moves along, so that it is as old as it was. Dates
    /// stay dates, also where the clock that was ahead had passed them: too much is held up rather than too
    /// little.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        let before = now + by;
        self.flights.update_all(|flight| flight.since = flight.since - by);
        for past in &mut self.history {
            (past.since, past.until) = (past.since - by, past.until - by);
        }
        let lasting = self.lasting.values_mut().map(|lasting| &mut lasting.since);
        for time in self.touched.values_mut().chain(self.gone.values_mut()).chain(lasting) {
            *time = *time - by;
        }
        for (outside, ended) in &mut self.outside {
            if *ended {
                outside.until = outside.until - by;
            }
            if outside.since <= before {
                outside.since = outside.since - by;
            }
        }
        self.fleet.set_back(by);
        for (report, _) in self.sources.values_mut() {
            report.time = report.time - by;
        }
        if let Some(lease) = &mut self.lease {
            lease.since = lease.since - by;
            // By the clock that was ahead it seems to be worth nothing for longer than it was granted.
            if lease.until < Timestamp::MAX {
                lease.until = lease.until - by;
            }
        }
    }

    /// Drops what is older than anybody looks back.
    fn forget(&mut self, at: Timestamp) {
        let horizon = at - self.terms.remember;
        while self.history.front().is_some_and(|p| p.until < horizon) || self.history.len() > MOST {
            self.history.pop_front();
        }
    }

    /// Takes a report on an instance, which makes it known.
    pub(crate) fn take_health(&mut self, target: Target, report: At<Health>, now: Timestamp) {
        if target.instance.is_none() || self.gone.get(&target).is_some_and(|gone| report.time <= *gone) {
            return;
        }
        self.gone.remove(&target);
        if let Some(member) = self.fleet.enter(target) {
            member.take(report, now);
        }
    }

    /// Takes a report on a source: the newest counts, by its time; after one whose time can't be right, the
    /// next to come.
    pub(crate) fn take_source(&mut self, name: Name, report: At<SourceHealth>, now: Timestamp) {
        let time = report.time.min(now);
        let is_new = self.sources.get(&name).is_none_or(|(old, skewed)| *skewed || old.time <= time);
        if is_new {
            self.sources.insert(name, (At::new(time, report.value), report.time > now));
        }
    }

    /// Takes instances out of the fleet.
    pub(crate) fn lose(&mut self, target: &Target, now: Timestamp) {
        if self.gone.len() >= MOST {
            let first = self.gone.iter().min_by_key(|(_, time)| **time).map(|(t, _)| t.clone());
            first.map(|t| self.gone.remove(&t));
        }
        let lost = self.fleet.remove(target);
        let named = Some(target).filter(|t| t.instance.is_some()).cloned();
        self.gone.extend(lost.into_iter().chain(named).map(|t| (t, now)));
    }
}

/// From when on reports on the instances of a component can be relied on, for all that was done to it or them.
#[derive(Debug)]
pub(crate) struct Touched<'a> {
    /// The oldest report that has not expired.
    oldest: Timestamp,
    /// The component as a whole, by anybody.
    whole: Option<Timestamp>,
    /// Whether anybody touched an instance of it.
    any: bool,
    ours: &'a BTreeMap<Target, Timestamp>,
    /// What others did to instances.
    others: Vec<(&'a Name, Timestamp)>,
}

impl Touched<'_> {
    /// Whether a report of that time on an instance has not expired, and is later than what was done to it.
    #[inline]
    pub(crate) fn can_rely_on(&self, target: &Target, time: Timestamp) -> bool {
        time >= self.oldest
            && self.whole.is_none_or(|whole| time > whole)
            && !(self.any && self.is_touched(target, time))
    }

    fn is_touched(&self, target: &Target, time: Timestamp) -> bool {
        let others = self.others.iter().filter(|(name, _)| Some(*name) == target.instance.as_ref());
        self.ours.get(target).is_some_and(|touched| time <= *touched)
            || others.map(|(_, since)| *since).any(|since| time <= since)
    }
}

impl<V> LedgerState<V> {
    /// From when on reports on a component's instances can be relied on, as of now. Looked up once, it costs
    /// little for each instance.
    pub(crate) fn touched(&self, component: &Name, now: Timestamp) -> Touched<'_> {
        let whole = Target::component(component);
        let mut touched = Touched {
            oldest: now - self.terms.health_expires,
            whole: None,
            any: false,
            ours: &self.touched,
            others: Vec::new(),
        };
        if !self.touched.is_empty() {
            touched.whole = self.touched.get(&whole).copied();
            let after = (Bound::Excluded(&whole), Bound::Unbounded);
            touched.any = self.touched.range(after).next().is_some_and(|(t, _)| t.component == *component);
        }
        let counts = |o: &ExternalAction| {
            o.share != Share::Nothing && o.since <= now && o.target.component == *component
        };
        for (other, _) in self.outside.iter().filter(|(o, _)| counts(o)) {
            match &other.target.instance {
                None => touched.whole = touched.whole.max(Some(other.since)),
                Some(instance) => touched.others.push((instance, other.since)),
            }
        }
        touched.any |= !touched.others.is_empty();
        touched
    }
}
