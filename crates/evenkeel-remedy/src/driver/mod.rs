//! A thin, blocking driver: it carries out the effects of the machine and reports the results to it.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Driver`] | the machine with a policy, an executor and a log |
//! | [`Log`], [`MemoryLog`] | what survives a crash, or does not |
//! | [`DryRun`] | an executor that only writes down what it would do |
//! | [`CommandExecutor`] | an executor that runs a program |

mod command;
mod driver;
mod dry_run;
#[cfg(feature = "journal")]
mod journal;
mod log;

pub use command::CommandExecutor;
pub use driver::Driver;
pub use dry_run::DryRun;
#[cfg(feature = "journal")]
pub use journal::{Journal, JournalError};
pub use log::{Log, MemoryLog};
