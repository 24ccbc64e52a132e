//! Actions in flight, by key and by component.

use crate::action::{Action, Key};
use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::Deref;
use evenkeel_core::{Name, Timestamp};

/// An action of this machine that has no result yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InFlight<V> {
    /// The action that is carried out.
    pub action: Action<V>,
    /// When the intent was written.
    pub since: Timestamp,
    /// Whether it takes an earlier action back.
    pub undo: bool,
    /// Whether nobody knows what became of it.
    pub in_doubt: bool,
    /// Whether its target left the fleet since: then nothing of it lasts.
    pub gone: bool,
}

/// The actions that have no result yet, in order of their keys; and for each component those on it, so that
/// what is asked of one costs nothing for the others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flights<V> {
    by_key: BTreeMap<Key, InFlight<V>>,
    of: BTreeMap<Name, BTreeSet<Key>>,
}

impl<V> Flights<V> {
    pub(crate) fn new() -> Self {
        Self { by_key: BTreeMap::new(), of: BTreeMap::new() }
    }

    pub(crate) fn insert(&mut self, key: Key, flight: InFlight<V>) {
        self.remove(&key);
        self.of.entry(flight.action.target.component.clone()).or_default().insert(key);
        self.by_key.insert(key, flight);
    }

    pub(crate) fn remove(&mut self, key: &Key) -> Option<InFlight<V>> {
        let flight = self.by_key.remove(key)?;
        let component = &flight.action.target.component;
        if let Some(keys) = self.of.get_mut(component) {
            keys.remove(key);
            if keys.is_empty() {
                self.of.remove(component);
            }
        }
        Some(flight)
    }

    /// Changes what became of one; not what it is done to.
    pub(crate) fn update(&mut self, key: &Key, change: impl FnOnce(&mut InFlight<V>)) {
        if let Some(flight) = self.by_key.get_mut(key) {
            change(flight);
        }
    }

    /// The same for all.
    pub(crate) fn update_all(&mut self, change: impl FnMut(&mut InFlight<V>)) {
        self.by_key.values_mut().for_each(change);
    }

    /// Those on a component, in order of their keys.
    pub(crate) fn on<'a>(
        &'a self,
        component: &Name,
    ) -> impl Iterator<Item = (&'a Key, &'a InFlight<V>)> + use<'a, V> {
        self.of.get(component).into_iter().flatten().filter_map(|key| self.by_key.get_key_value(key))
    }
}

impl<V> Deref for Flights<V> {
    type Target = BTreeMap<Key, InFlight<V>>;

    fn deref(&self) -> &Self::Target {
        &self.by_key
    }
}
