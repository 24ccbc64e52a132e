//! A policy that is watched by another, which does not act.

use crate::policy::{Decision, Policy, Situation, Tried};

/// Does what one policy says, while another is asked as well and learns, and never acts.
///
/// For trying out a policy on what really happens: how often would it have decided the same?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Shadow<A, B> {
    acting: A,
    shadow: B,
    decisions: u64,
    agreed: u64,
}

impl<A, B> Shadow<A, B> {
    /// The first acts; the second watches.
    pub fn new(acting: A, shadow: B) -> Self {
        Self { acting, shadow, decisions: 0, agreed: 0 }
    }

    /// The policy that acts.
    pub fn acting(&self) -> &A {
        &self.acting
    }

    /// The policy that watches.
    pub fn shadow(&self) -> &B {
        &self.shadow
    }

    /// The policy that watched, with what it has learned.
    pub fn into_shadow(self) -> B {
        self.shadow
    }

    /// How often both were asked.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.decisions
    }

    /// How often both wanted the same actions, both wanted to wait, or both to escalate.
    #[must_use]
    pub fn agreed(&self) -> u64 {
        self.agreed
    }
}

impl<V: PartialEq, A: Policy<V>, B: Policy<V>> Policy<V> for Shadow<A, B> {
    fn decide(&mut self, situation: &Situation<'_, V>) -> Decision<V> {
        let decision = self.acting.decide(situation);
        let other = self.shadow.decide(situation);
        let same = match (&decision, &other) {
            (Decision::Act(a), Decision::Act(b)) => a.steps() == b.steps(),
            (Decision::Wait { .. }, Decision::Wait { .. })
            | (Decision::Escalate { .. }, Decision::Escalate { .. }) => true,
            _ => false,
        };
        self.decisions = self.decisions.saturating_add(1);
        self.agreed = self.agreed.saturating_add(u64::from(same));
        decision
    }

    fn learn(&mut self, tried: &Tried<V>) {
        self.acting.learn(tried);
        self.shadow.learn(tried);
    }
}
