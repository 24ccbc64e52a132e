//! One policy, and another where the first gives up.

use crate::policy::{Decision, Policy, Situation, Tried};
use alloc::format;

/// Does what the first policy says; where that would call a person, what the second says.
///
/// Both learn from all that is tried. More than two are nested: `FirstOf::new(a, FirstOf::new(b, c))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct FirstOf<A, B> {
    first: A,
    second: B,
}

impl<A, B> FirstOf<A, B> {
    /// Of these two.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }

    /// The first policy.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The second policy.
    pub fn second(&self) -> &B {
        &self.second
    }
}

impl<V, A: Policy<V>, B: Policy<V>> Policy<V> for FirstOf<A, B> {
    fn decide(&mut self, situation: &Situation<'_, V>) -> Decision<V> {
        match self.first.decide(situation) {
            Decision::Escalate { why: first } => match self.second.decide(situation) {
                Decision::Escalate { why } => Decision::Escalate { why: format!("{first}; {why}") },
                decision => decision,
            },
            decision => decision,
        }
    }

    fn learn(&mut self, tried: &Tried<V>) {
        self.first.learn(tried);
        self.second.learn(tried);
    }
}
