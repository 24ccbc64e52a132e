//! The guard trait.

use crate::action::Action;
use crate::guard::Ruling;
use crate::ledger::Ledger;
use core::fmt;
use core::time::Duration;

/// Rules on an action. It sees the ledger, not the other guards, and not who proposed it.
///
/// All guards rule on an action when it is proposed and again at the moment its permit is issued. Their
/// rulings [meet](Ruling::meet), so their order does not matter and one more never permits more. A guard is a
/// pure function of what it is given: no clock, no state.
pub trait Guard<V>: fmt::Debug + Send + Sync {
    /// What it says.
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling;

    /// How far back it looks into the history. Default: not at all.
    fn looks_back(&self) -> Duration {
        Duration::ZERO
    }
}
