//! What guards and policies may see.

mod fleet;
mod ledger;
mod ledger_state;

pub use fleet::{Health, Member};
pub use ledger::{Ledger, OutOfService};
pub use ledger_state::{CompletedAction, ExternalAction, InFlight, Lease};
pub(crate) use ledger_state::{LedgerState, Terms};
