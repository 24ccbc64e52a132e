//! Fleets.

mod budget;
mod incidents;
mod ledger;
pub(crate) mod member;
mod monitors;
mod scale;
mod snapshot;
