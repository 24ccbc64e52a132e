//! The mandatory guards of every machine.

use crate::action::Action;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;

/// Denies everything while a person has halted the machine. Every machine has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotHalted;

impl<V: Verb> Guard<V> for NotHalted {
    fn rule(&self, _: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        match ledger.halted_by() {
            Some(who) => Ruling::deny(Reason::new("halt", format!("halted by {who}"), 1.0, 0.0)),
            None => Ruling::permit(),
        }
    }
}

/// Denies everything without a valid lease, and defers while what the former holder began may still come to
/// light. Every machine has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValidLease;

impl<V: Verb> Guard<V> for ValidLease {
    fn rule(&self, _: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let Some(lease) = ledger.lease() else {
            return Ruling::deny(Reason::new("lease", "no lease is held", 0.0, 1.0));
        };
        let now = ledger.now();
        if lease.until <= now {
            let what = format!("the lease ended at {}", lease.until);
            return Ruling::deny(Reason::new("lease", what, now.since(lease.until).as_secs_f64(), 0.0));
        }
        let settled = lease.since + ledger.handover();
        if settled > now && lease.token > 0 {
            let (held, needed) = (now.since(lease.since).as_secs_f64(), ledger.handover().as_secs_f64());
            let what = format!("the lease is held for {held:.1} s, at least {needed:.1} s");
            return Ruling::defer(settled, Reason::new("lease", what, held, needed));
        }
        Ruling::permit()
    }
}

/// Advises only, unless acting is switched on for the verb. Every machine has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches;

impl<V: Verb> Guard<V> for Switches {
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let name = action.verb.name();
        if ledger.is_acting(name) {
            return Ruling::permit();
        }
        Ruling::advise(Reason::new("switch", format!("acting is not switched on for `{name}`"), 0.0, 1.0))
    }
}
