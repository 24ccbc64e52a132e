//! Dry run: an executor that only records what it is given.

use crate::action::{Action, Key};
use crate::executor::Permit;
use crate::executor::{Applied, Executor};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// An executor that does nothing and says that it did: for trying out a policy and its guards.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRun<V = crate::verb::StandardVerb> {
    done: Vec<Action<V>>,
    keys: BTreeMap<Key, Applied>,
    token: u64,
    answer: Applied,
}

impl<V> Default for DryRun<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> DryRun<V> {
    /// One that says that everything was done.
    #[must_use]
    pub fn new() -> Self {
        Self { done: Vec::new(), keys: BTreeMap::new(), token: 0, answer: Applied::Done }
    }

    /// One that gives another answer.
    #[must_use]
    pub fn answering(answer: Applied) -> Self {
        Self { answer, ..Self::new() }
    }

    /// What would have been done, in order.
    #[must_use]
    pub fn done(&self) -> &[Action<V>] {
        &self.done
    }
}

impl<V: Clone> Executor<V> for DryRun<V> {
    fn apply(&mut self, permit: Permit<V>) -> Applied {
        if permit.token() < self.token {
            return Applied::Absent { why: "the token is an old one".into() };
        }
        self.token = permit.token();
        if let Some(known) = self.keys.get(&permit.key()) {
            return known.clone();
        }
        self.keys.insert(permit.key(), self.answer.clone());
        self.done.push(permit.action().clone());
        self.answer.clone()
    }

    fn probe(&mut self, key: Key) -> Applied {
        let absent = || Applied::Absent { why: "it was never asked for".into() };
        self.keys.entry(key).or_insert_with(absent).clone()
    }
}
