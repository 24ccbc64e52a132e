//! Who rules on it.

mod approval;
mod blast_radius;
mod cooldown;
mod freeze;
mod one_at_a_time;
mod rate;
mod source_healthy;
mod standing;

pub use approval::Approval;
pub use blast_radius::BlastRadius;
pub use cooldown::Cooldown;
pub use freeze::Freeze;
pub use one_at_a_time::OneAtATime;
pub use rate::Rate;
pub use source_healthy::SourceHealthy;
pub use standing::{NotHalted, Switches, ValidLease};

use crate::{Action, Ledger, Ruling};
use core::fmt;
use core::time::Duration;

/// Rules on an action. It sees the ledger, not the other guards, and not who proposed it.
///
/// All guards rule on an action when it is proposed and again at the moment its permit is issued. Their rulings
/// [meet](Ruling::meet), so their order does not matter and one more never permits more. A guard is a pure function of what it is
/// given: no clock, no state.
pub trait Guard<V>: fmt::Debug + Send + Sync {
    /// What it says.
    fn rule(&self, action: &Action<V>, ledger: &Ledger<'_, V>) -> Ruling;

    /// How far back it looks into the history. Default: not at all.
    fn looks_back(&self) -> Duration {
        Duration::ZERO
    }
}
