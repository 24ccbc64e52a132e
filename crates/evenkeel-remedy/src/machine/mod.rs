//! The machine, step by step: events in, effects out, eleven promises.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Remediator`], [`RemediatorBuilder`] | the machine, and its settings |
//! | [`Event`] | what goes in |
//! | [`Effect`], [`Effects`], [`Notice`] | what comes out: what is to be done, and what is to be told |
//! | [`Record`], [`Entry`] | what is written ahead and read back after a crash |
//! | [`Predicted`] | what an incident is about that has not happened yet |
//! | [`Outcome`], [`Status`] | how an incident ended, how the machine is |
//! | [`Clock`], [`Distrusted`] | what time it is where clocks jump, and what was not believed |
//! | [`GuardStats`] | what each guard said how often |
//!
//! # Inside
//!
//! For readers of the source: what happens, and in which file.
//!
//! | what happens | where |
//! | --- | --- |
//! | a clock is read, an event is taken, every incident is brought as far as it goes | `remediator.rs`: [`Remediator::step`] |
//! | what an event means | `handle_event.rs` |
//! | the next move of an incident: ask the policy, propose, let guards rule, give up | `advance.rs` |
//! | intents that became durable, permits, results, probes | `dispatch.rs` |
//! | what users feel, and what follows from it | `verification.rs` |
//! | what a record changes: all that survives a crash | `apply_record.rs`, on `incident.rs` and the ledger |
//! | what a record changes in what does not | `follow_record.rs`, on `volatile.rs` |
//! | settings | `builder.rs`, `limits.rs` |
//! | what goes in and comes out | `event.rs`, `effect.rs`, `notice.rs`, `predicted.rs`, `record.rs`, `outcome.rs`, `status.rs` |
//! | what is counted | `guard_stats.rs`, `distrusted.rs` |

mod advance;
mod apply_record;
mod builder;
mod clock;
mod dispatch;
mod distrusted;
mod effect;
mod event;
mod follow_record;
mod guard_stats;
mod handle_event;
mod incident;
mod limits;
mod notice;
mod outcome;
mod predicted;
mod record;
mod remediator;
mod status;
mod verification;
mod volatile;

pub use builder::RemediatorBuilder;
pub use clock::Clock;
pub use distrusted::Distrusted;
pub use effect::{Effect, Effects};
pub use event::Event;
pub use guard_stats::GuardStats;
pub use notice::Notice;
pub use outcome::Outcome;
pub use predicted::Predicted;
pub use record::{Entry, Record};
pub use remediator::Remediator;
pub use status::Status;
