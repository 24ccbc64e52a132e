//! Recent changes, and which of them may still be blamed.

use crate::members::Members;
use core::time::Duration;
use evenkeel_core::{Diagnosis, FaultKind, Name, Timestamp};
use evenkeel_locate::Change;
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::verb::Verb;
use evenkeel_remedy::{Action, Notice, Outcome, Target};
use std::collections::{BTreeMap, VecDeque};

/// How many changes are remembered.
const MOST: usize = 256;
/// How long after each other the instances of a component are changed when one change goes out to several.
const ROLLOUT: Duration = Duration::from_secs(30);
/// The verb that takes a change back.
const ROLL_BACK: &str = "roll back";

/// The changes that may have caused what comes next.
///
/// A change is blamed once: it is forgotten when it was rolled back, and when an incident that blamed it ends
/// after something was done. That its component was treated for something else says nothing of it: a release
/// may be sound at first. What the remediator does itself is known as its own: it is evidence against its
/// target, and no bad change, until users are verified to be fine; a report of a change of a target that an
/// own action is just being done to is a report of that action.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Changes {
    known: VecDeque<Known>,
    /// Own actions that are being done, and when they were begun.
    #[cfg_attr(feature = "serde", serde(with = "pairs"))]
    under_way: BTreeMap<Key, (Target, Timestamp)>,
    /// The incidents in which something was done, and when the first of it was begun.
    done: BTreeMap<u64, Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Known {
    /// A component or an instance, as it was told.
    name: Name,
    at: Timestamp,
    /// The incident for which it was done by the remediator.
    own: Option<u64>,
}

impl Changes {
    /// Something was changed, says somebody.
    pub(crate) fn report(&mut self, at: Timestamp, name: Name, members: &Members) {
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

    /// The machine says something; `blamed` is what was thought of the incident.
    pub(crate) fn heed<V: Verb>(
        &mut self,
        now: Timestamp,
        notice: &Notice<V>,
        blamed: Option<&Diagnosis>,
        members: &Members,
    ) {
        match notice {
            Notice::Acts { key, action, .. } => self.begin(*key, action.target.clone(), now),
            Notice::Settled { key, action, outcome, .. } => self.settle(now, *key, action, outcome, members),
            Notice::Closed { incident, outcome } => self.close(*incident, outcome, blamed, members),
            _ => {}
        }
    }

    /// An own action is begun.
    pub(crate) fn begin(&mut self, key: Key, target: Target, now: Timestamp) {
        self.under_way.insert(key, (target, now));
    }

    /// Own actions are under way no longer, but for these.
    pub(crate) fn keep_under_way(&mut self, is_under_way: impl Fn(&Key) -> bool) {
        self.under_way.retain(|key, _| is_under_way(key));
    }

    /// In an incident something was done, begun at this time at the latest.
    pub(crate) fn was_done(&mut self, incident: u64, begun: Timestamp) {
        self.done.entry(incident).or_insert(begun);
    }

    fn settle<V: Verb>(
        &mut self,
        now: Timestamp,
        key: Key,
        action: &Action<V>,
        outcome: &Applied,
        members: &Members,
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

    fn close(&mut self, incident: u64, outcome: &Outcome, blamed: Option<&Diagnosis>, members: &Members) {
        self.under_way.retain(|key, _| key.incident != incident);
        // Where nothing was tried, what was blamed may come again.
        let Some(begun) = self.done.remove(&incident) else { return };
        let blamed = blamed.and_then(|diagnosis| diagnosis.causes().first());
        let blamed =
            blamed.filter(|cause| cause.kind == Some(FaultKind::BadChange)).map(|cause| &cause.component);
        self.known.retain(|known| {
            known.own.is_some()
                || known.at > begun
                || blamed.is_none_or(|blamed| members.component(&known.name) != blamed)
        });
        if *outcome == Outcome::Recovered {
            self.known.retain(|known| known.own != Some(incident));
        }
    }

    /// The clock was set back: nothing was changed later than now, and what is under way was begun as long
    /// ago as before.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        for known in &mut self.known {
            known.at = known.at.min(now);
        }
        let times = self.under_way.values_mut().map(|(_, since)| since).chain(self.done.values_mut());
        times.for_each(|time| *time = (*time - by).min(now));
    }

    /// What a localizer is told.
    pub(crate) fn told<'a>(&'a self, members: &'a Members) -> impl Iterator<Item = Change> + 'a {
        self.known.iter().map(|known| {
            let mut change = Change::new(members.component(&known.name).clone(), known.at);
            if members.is_instance(&known.name) {
                change = change.of_instance(known.name.clone());
            }
            if known.own.is_some() { change.own() } else { change }
        })
    }
}

/// Whether a name is a target, a part of it, or all that it is a part of.
fn concerns(target: &Target, name: &Name, members: &Members) -> bool {
    match &target.instance {
        Some(instance) => name == instance || *name == target.component,
        None => *members.component(name) == target.component,
    }
}

/// Maps whose keys are no text, as lists of pairs.
#[cfg(feature = "serde")]
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<K: Serialize, X: Serialize, S: Serializer>(
        map: &BTreeMap<K, X>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, X, D>(deserializer: D) -> Result<BTreeMap<K, X>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        X: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, X)>::deserialize(deserializer)?.into_iter().collect())
    }
}
