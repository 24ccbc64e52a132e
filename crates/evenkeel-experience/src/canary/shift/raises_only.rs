//! Guards for the way up alone.

use evenkeel_remedy::Action;
use evenkeel_remedy::guard::{Guard, Ruling};
use evenkeel_remedy::ledger::Ledger;
use evenkeel_remedy::verb::StandardVerb;

/// A guard that rules on canaries only when they are to get more traffic: an approval, a rate or a cooldown
/// must not hold up the way back. Every other action it leaves alone.
///
/// A freeze that is switched on and a halt still stop everything: people come first.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_experience::canary::shift::RaisesOnly;
/// use evenkeel_remedy::guard::{Approval, Rate};
///
/// let _approval = RaisesOnly::new(Approval::of_all());
/// let _rate = RaisesOnly::new(Rate::new(6, Duration::from_secs(3600))?);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct RaisesOnly<G> {
    guard: G,
}

impl<G> RaisesOnly<G> {
    /// This guard, for the way up.
    pub fn new(guard: G) -> Self {
        Self { guard }
    }
}

/// Whether an action gives a canary more traffic.
pub(super) fn is_raise(action: &Action<StandardVerb>) -> bool {
    matches!(action.verb, StandardVerb::Canary { from, to } if to > from)
}

impl<G: Guard<StandardVerb>> Guard<StandardVerb> for RaisesOnly<G> {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        if is_raise(action) { self.guard.rule(action, ledger) } else { Ruling::permit() }
    }

    fn looks_back(&self) -> core::time::Duration {
        self.guard.looks_back()
    }
}
