//! Measures: a verb and what of the faulty component it is done to.

use crate::action::{Action, Plan, Target};
use crate::ledger::{Health, Ledger};
use crate::verb::{StandardVerb, Verb};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Cause, Name, Subject};

/// One thing that may be tried: a verb, and what of the faulty component it is done to.
///
/// *Which instance*: see [`Runbook`](crate::policy::Runbook).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Measure<V = StandardVerb> {
    verb: V,
    on_instance: bool,
    optional_only: bool,
    settle: Duration,
    keep: Option<Duration>,
}

impl<V: Verb> Measure<V> {
    /// On the faulty instance.
    pub fn instance(verb: V) -> Self {
        Self { verb, on_instance: true, optional_only: false, settle: Duration::ZERO, keep: None }
    }

    /// On the faulty component as a whole.
    pub fn component(verb: V) -> Self {
        Self { on_instance: false, ..Self::instance(verb) }
    }

    /// Only for what users can do without ([`Runbook::optional`](crate::policy::Runbook::optional)).
    pub fn optional_only(mut self) -> Self {
        self.optional_only = true;
        self
    }

    /// How long after it what users feel does not count yet. Default 0.
    pub fn settle(mut self, length: Duration) -> Self {
        self.settle = length;
        self
    }

    /// Taken back after so long, once the cause is known to be healthy. Default: it stays.
    pub fn keep_for(mut self, length: Duration) -> Self {
        self.keep = Some(length);
        self
    }

    pub(super) fn plan(&self, target: Target) -> Plan<V> {
        let action = Action::new(self.verb.clone(), target);
        let plan = Plan::of(action).settle(self.settle);
        match self.keep {
            Some(length) => plan.keep_for(length),
            None => plan,
        }
    }

    /// What it does.
    #[must_use]
    pub fn verb(&self) -> &V {
        &self.verb
    }

    /// The target of a measure, if there is no doubt about it.
    pub(super) fn target(
        &self,
        cause: &Cause,
        ledger: &Ledger<'_, V>,
        optional: &BTreeSet<Name>,
    ) -> Option<Target> {
        let named = ledger.find(&cause.component);
        let component = named.map_or(&cause.component, |t| &t.component);
        if self.optional_only && !optional.contains(component) {
            return None;
        }
        if !self.on_instance {
            return Some(Target::component(component));
        }
        if let Some(named) = named {
            return Some(named.clone());
        }
        let members: Vec<&Target> = ledger.members(component).map(|(t, _)| t).collect();
        let only = |mut candidates: Vec<&Target>| {
            candidates.dedup();
            if candidates.len() == 1 { candidates.pop().cloned() } else { None }
        };
        let mut witnessed: Vec<&Target> = (cause.evidence.iter())
            .filter_map(|e| match &e.subject {
                Subject::Signal(signal) => Some(signal.place()),
                Subject::Component(name) => Some(name),
                _ => None,
            })
            .filter_map(|name| members.iter().copied().find(|t| t.instance.as_ref() == Some(name)))
            .collect();
        witnessed.sort();
        only(witnessed)
            .or_else(|| {
                only(members.iter().copied().filter(|t| ledger.health(t) == Health::Failing).collect())
            })
            .or_else(|| only(members))
    }
}
