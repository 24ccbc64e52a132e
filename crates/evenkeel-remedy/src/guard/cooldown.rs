//! Cooldown between actions.

use crate::action::Action;
use crate::executor::Applied;
use crate::guard::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::CompletedAction;
use crate::ledger::Ledger;
use crate::verb::Verb;
use alloc::format;
use core::time::Duration;
use evenkeel_core::Timestamp;

/// Leaves a target alone for a time after something was done to it, by this machine or by anybody else.
///
/// The component as a whole and each of its instances count as the same target; two instances do not. While
/// something is in flight on the target, or in doubt, it defers as well. What others have announced for later
/// does not count before it begins. Taking back what the same incident did is not held up. *Parameter*: a
/// length of time; a few times what an action needs to show an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cooldown {
    length: Duration,
}

impl Cooldown {
    /// So long after the end of an action.
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self { length }
    }
}

impl<V: Verb> Guard<V> for Cooldown {
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling {
        let target = &action.target;
        let of_this = |incident: u64| ledger.undo_of == Some(incident);
        let counts = |p: &&CompletedAction<V>| {
            !of_this(p.key.incident) && !matches!(p.outcome, Applied::Absent { .. })
        };
        let now = ledger.now();
        // They ended in their order: what is older is too old.
        let recent = ledger.history().rev().take_while(|p| p.until + self.length > now);
        let done = recent.filter(counts).filter(|p| p.action.target.overlaps(target));
        let others = ledger.external_history().filter(|o| o.since <= now && o.target.overlaps(target));
        let last: Option<Timestamp> = done.map(|p| p.until).chain(others.map(|o| o.until)).max();
        let mut ruling = Ruling::permit();
        let limit = self.length.as_secs_f64();
        if let Some(last) = last.filter(|t| *t + self.length > now) {
            let passed = now.since(last).as_secs_f64();
            let what = format!("{passed:.1} s since the last action on {target}, at least {limit:.1} s");
            ruling = Ruling::defer(last + self.length, Reason::new("cooldown", what, passed, limit));
        }
        let mut flying = ledger.in_flight_on(&target.component);
        if flying.any(|(k, f)| !of_this(k.incident) && f.action.target.overlaps(target)) {
            let what = format!("an action on {target} is still in flight or in doubt");
            ruling =
                ruling.meet(Ruling::defer(ledger.recheck_at(), Reason::new("cooldown", what, 0.0, limit)));
        }
        ruling
    }

    fn looks_back(&self) -> Duration {
        self.length
    }
}
