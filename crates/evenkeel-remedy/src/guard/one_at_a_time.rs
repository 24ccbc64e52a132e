//! Mutual exclusion of actions.

use crate::action::{Action, Target};
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;
use alloc::sync::Arc;
use core::fmt;
use evenkeel_core::{Name, Topology};

/// Defers while anything is in flight or in doubt, or done by somebody else: everywhere, in the same
/// component, or in the same and its neighbors.
#[derive(Clone)]
pub struct OneAtATime {
    scope: Scope,
}

#[derive(Clone)]
enum Scope {
    Everywhere,
    Component,
    Neighbors(Arc<dyn Topology + Send + Sync>),
}

impl OneAtATime {
    /// In the whole fleet.
    #[must_use]
    pub fn everywhere() -> Self {
        Self { scope: Scope::Everywhere }
    }

    /// In each component.
    #[must_use]
    pub fn in_each_component() -> Self {
        Self { scope: Scope::Component }
    }

    /// In each component and those it depends on or that depend on it.
    #[must_use]
    pub fn among_neighbors(topology: Arc<dyn Topology + Send + Sync>) -> Self {
        Self { scope: Scope::Neighbors(topology) }
    }

    fn are_close(&self, a: &Name, b: &Name) -> bool {
        match &self.scope {
            Scope::Everywhere => true,
            Scope::Component => a == b,
            Scope::Neighbors(topology) => a == b || topology.are_adjacent(a, b),
        }
    }
}

impl fmt::Debug for OneAtATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = match self.scope {
            Scope::Everywhere => "everywhere",
            Scope::Component => "in each component",
            Scope::Neighbors(_) => "among neighbors",
        };
        f.debug_tuple("OneAtATime").field(&scope).finish()
    }
}

impl<V: Verb> Guard<V> for OneAtATime {
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let here = &action.target.component;
        let others = ledger.external_actions().map(|o| &o.target);
        let others = others.filter(|t| self.are_close(here, &t.component));
        let first_and_count = |close: &mut dyn Iterator<Item = &Target>| {
            let first = close.next()?.clone();
            Some((first, close.count().saturating_add(1)))
        };
        let close = match self.scope {
            Scope::Component => {
                let ours = ledger.in_flight_on(here).map(|(_, f)| &f.action.target);
                first_and_count(&mut ours.chain(others))
            }
            _ => {
                let ours = ledger.in_flight().map(|(_, f)| &f.action.target);
                first_and_count(&mut ours.filter(|t| self.are_close(here, &t.component)).chain(others))
            }
        };
        let Some((first, n)) = close else { return Ruling::permit() };
        let what = format!("{n} in flight nearby (on {first}), at most 0");
        let why = Reason::new("one at a time", what, n as f64, 0.0);
        Ruling::defer(ledger.recheck_at(), why)
    }
}
