//! The ledger: the view of guards and policies.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Ledger`] | the view of it |
//! | [`Member`], [`Health`], [`OutOfService`] | the known instances, how they are, what is out of service |
//! | [`InFlight`], [`CompletedAction`], [`ExternalAction`] | actions without a result yet, those that ended, those of others |
//! | [`Lease`] | the right of one machine, among the copies of it, to act |

mod fleet;
mod flights;
mod ledger;
mod ledger_state;

pub use fleet::{Health, Member};
pub use flights::InFlight;
pub use ledger::{Ledger, OutOfService};
pub use ledger_state::{CompletedAction, ExternalAction, Lease};
pub(crate) use ledger_state::{LedgerState, Terms};
