//! Guards: each rules on an action before it is executed.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Guard`] | the trait |
//! | [`Ruling`], [`Reason`] | what a guard says, and why |
//! | [`BlastRadius`] | how much of a component or group may be out of service |
//! | [`Cooldown`] | leaves a target alone for a time after something was done to it |
//! | [`Rate`] | at most so many actions in any stretch of time |
//! | [`OneAtATime`] | defers while anything is in flight |
//! | [`Freeze`] | freeze windows, and a switch |
//! | [`SourceHealthy`] | defers while a source of telemetry is not fresh |
//! | [`Approval`] | asks a person to agree |
//! | [`NotHalted`], [`ValidLease`], [`Switches`] | the mandatory ones: no machine is without them |

mod approval;
mod blast_radius;
mod cooldown;
mod freeze;
mod guard;
mod mandatory;
mod one_at_a_time;
mod rate;
mod ruling;
mod source_healthy;

pub use approval::Approval;
pub use blast_radius::BlastRadius;
pub use cooldown::Cooldown;
pub use freeze::Freeze;
pub use guard::Guard;
pub use mandatory::{NotHalted, Switches, ValidLease};
pub use one_at_a_time::OneAtATime;
pub use rate::Rate;
pub use ruling::{Reason, Ruling};
pub use source_healthy::SourceHealthy;
