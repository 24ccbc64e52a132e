//! What was changed, by whom, and what of it may still be blamed.

use core::time::Duration;
use evenkeel_core::{Diagnosis, FaultKind, Name, Timestamp};
use evenkeel_locate::Change;
use evenkeel_remedy::{Action, Applied, Effect, Key, Outcome, Remedy, Target};
use std::collections::{BTreeMap, VecDeque};

/// How many changes are remembered.
const MOST: usize = 256;
/// How long after each other the instances of a component are changed when one change goes out to several.
const ROLLOUT: Duration = Duration::from_secs(30);
/// The verb that takes a change back.
const ROLL_BACK: &str = "roll back";

/// The changes that may have caused what comes next.
///
/// A change is blamed once: it is forgotten when it was rolled back, and when an incident that blamed it ends after something was
/// done. That its component was treated for something else says nothing of it: a release may be sound at first. What the remediator does itself is known as its own: it is evidence
/// against its target, and no bad change, until users are verified to be fine; a report of a change of a target that an own action
/// is just being done to is a report of that action.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    known: VecDeque<Known>,
    /// Own actions that are being done, and when they were begun.
    under_way: BTreeMap<Key, (Target, Timestamp)>,
    /// The incidents in which something was done, and when the first of it was begun.
    done: BTreeMap<u64, Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    /// A component or an instance, as it was told.
    name: Name,
    at: Timestamp,
    /// The incident for which it was done by the remediator.
    own: Option<u64>,
}

impl Changes {
    /// Something was changed, says somebody.
    pub(crate) fn report(&mut self, at: Timestamp, name: Name, members: &BTreeMap<Name, Name>) {
        let doing = |(_, (target, since)): &(&Key, &(Target, Timestamp))| {
            at >= *since && concerns(target, &name, members)
        };
        let own = self.under_way.iter().find(doing).map(|(key, _)| key.incident);
        self.push(Known { name, at, own });
    }

    fn push(&mut self, known: Known) {
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        self.known.push_back(known);
    }

    /// The remediator says or wants something; `blamed` is what was thought of the incident.
    pub(crate) fn follow<V: Remedy>(
        &mut self,
        now: Timestamp,
        effect: &Effect<V>,
        blamed: Option<&Diagnosis>,
        members: &BTreeMap<Name, Name>,
    ) {
        match effect {
            Effect::Release(permit) => {
                self.under_way.insert(permit.key(), (permit.action().target.clone(), now));
            }
            Effect::Settled { key, action, outcome, .. } => self.settle(now, *key, action, outcome, members),
            Effect::Closed { incident, outcome } => self.close(*incident, outcome, blamed, members),
            _ => {}
        }
    }

    fn settle<V: Remedy>(
        &mut self,
        now: Timestamp,
        key: Key,
        action: &Action<V>,
        outcome: &Applied,
        members: &BTreeMap<Name, Name>,
    ) {
        let begun = self.under_way.remove(&key).map_or(now, |(_, since)| since);
        if matches!(outcome, Applied::Absent { .. }) {
            return;
        }
        let target = &action.target;
        if action.verb.name() == ROLL_BACK && *outcome == Applied::Done {
            // The newest change of the target is taken back, wherever it went out to.
            let is_taken = |known: &Known| {
                known.own.is_none() && known.at <= begun && concerns(target, &known.name, members)
            };
            if let Some(newest) =
                self.known.iter().filter(|known| is_taken(known)).map(|known| known.at).max()
            {
                self.known.retain(|known| !is_taken(known) || newest.since(known.at) > ROLLOUT);
            }
        }
        let name = target.instance.clone().unwrap_or_else(|| target.component.clone());
        self.push(Known { name, at: now, own: Some(key.incident) });
        // What is taken back after an incident has ended is never asked for.
        if self.done.len() == MOST {
            self.done.pop_first();
        }
        self.done.entry(key.incident).or_insert(begun);
    }

    fn close(
        &mut self,
        incident: u64,
        outcome: &Outcome,
        blamed: Option<&Diagnosis>,
        members: &BTreeMap<Name, Name>,
    ) {
        self.under_way.retain(|key, _| key.incident != incident);
        // Where nothing was tried, what was blamed may come again.
        let Some(begun) = self.done.remove(&incident) else { return };
        let blamed = blamed.and_then(|diagnosis| diagnosis.causes().first());
        let blamed =
            blamed.filter(|cause| cause.kind == Some(FaultKind::BadChange)).map(|cause| &cause.component);
        self.known.retain(|known| {
            known.own.is_some()
                || known.at > begun
                || blamed.is_none_or(|blamed| component(&known.name, members) != blamed)
        });
        if *outcome == Outcome::Recovered {
            self.known.retain(|known| known.own != Some(incident));
        }
    }

    /// The clock was set back: nothing was changed later than now, and what is under way was begun as long ago as before.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        for known in &mut self.known {
            known.at = known.at.min(now);
        }
        let times = self.under_way.values_mut().map(|(_, since)| since).chain(self.done.values_mut());
        times.for_each(|time| *time = (*time - by).min(now));
    }

    /// What a localizer is told.
    pub(crate) fn told<'a>(&'a self, members: &'a BTreeMap<Name, Name>) -> impl Iterator<Item = Change> + 'a {
        self.known.iter().map(|known| {
            let mut change = Change::new(component(&known.name, members).clone(), known.at);
            if members.contains_key(&known.name) {
                change = change.of_instance(known.name.clone());
            }
            if known.own.is_some() { change.own() } else { change }
        })
    }
}

/// What a name is an instance of, or itself.
fn component<'a>(name: &'a Name, members: &'a BTreeMap<Name, Name>) -> &'a Name {
    members.get(name).unwrap_or(name)
}

/// Whether a name is a target, a part of it, or all that it is a part of.
fn concerns(target: &Target, name: &Name, members: &BTreeMap<Name, Name>) -> bool {
    match &target.instance {
        Some(instance) => name == instance || *name == target.component,
        None => *component(name, members) == target.component,
    }
}
