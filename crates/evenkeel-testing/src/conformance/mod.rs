//! The checks of the [contract](evenkeel_core::Stage#the-contract).
//!
//! [`conformance!`](crate::conformance!) makes a module of tests for a stage out of one call. Each check is
//! also a function here, which says what was [`Broken`] instead of panicking. Streams are seeded; a check
//! that fails fails again.

mod alarm;
mod allocation;
mod broken;
mod conformance;
mod continuity;
mod determinism;
mod endurance;
mod erased;
mod finite;
mod forecast;
mod input;
mod missing;
mod options;
mod outputs;
mod prequential;
mod snapshot;
mod stream;
mod subject;
mod total;
mod wild;

pub use alarm::transitions_can_be_followed;
pub use allocation::does_not_allocate;
pub use broken::{Broken, Promise};
pub use continuity::{clone_continues, reset_is_fresh};
pub use determinism::is_deterministic;
pub use endurance::endures;
pub use forecast::forecasts_agree;
pub use input::Input;
pub use missing::missing_teaches_nothing;
pub use options::{Kind, Missing, Options};
pub use prequential::{expects_before_it_sees, p_falls_with_the_score};
pub use snapshot::{
    garbled_snapshots_are_survived, golden_is_reproduced, other_schema_is_refused, snapshot_continues,
    tampered_snapshots_are_survived,
};
pub use subject::Subject;
pub use total::never_panics;
pub use wild::wild_values_are_forgotten;
