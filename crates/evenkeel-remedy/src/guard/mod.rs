//! Who rules on it.

mod approval;
mod blast_radius;
mod cooldown;
mod freeze;
mod guard;
mod mandatory;
mod one_at_a_time;
mod rate;
mod source_healthy;

pub use approval::Approval;
pub use blast_radius::BlastRadius;
pub use cooldown::Cooldown;
pub use freeze::Freeze;
pub use guard::Guard;
pub use mandatory::{NotHalted, Switches, ValidLease};
pub use one_at_a_time::OneAtATime;
pub use rate::Rate;
pub use source_healthy::SourceHealthy;
