//! Permits: the right to execute one action once, with a fencing token.

use crate::action::{Action, Key};
use evenkeel_core::Timestamp;

/// The right to do one thing, once.
///
/// Only the machine makes one, only after every guard agreed at that very moment and the intent was durable.
/// It can be neither cloned nor read from bytes, and an executor takes it by value.
///
/// ```compile_fail
/// fn twice(permit: evenkeel_remedy::executor::Permit<evenkeel_remedy::verb::StandardVerb>) {
///     let _again = permit.clone();
/// }
/// ```
#[derive(Debug)]
#[must_use = "a permit that is dropped leaves its action in doubt"]
pub struct Permit<V> {
    key: Key,
    action: Action<V>,
    token: u64,
    issued: Timestamp,
    undo: bool,
}

impl<V> Permit<V> {
    pub(crate) fn new(key: Key, action: Action<V>, token: u64, issued: Timestamp, undo: bool) -> Self {
        Self { key, action, token, issued, undo }
    }

    /// The key: what was done under it must not be done again.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// What may be done.
    #[must_use]
    pub fn action(&self) -> &Action<V> {
        &self.action
    }

    /// The fencing token of the lease under which it was issued: an executor that has seen a larger one must
    /// refuse it.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.token
    }

    /// When it was issued.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Whether it takes an earlier action back.
    #[must_use]
    pub fn is_undo(&self) -> bool {
        self.undo
    }
}
