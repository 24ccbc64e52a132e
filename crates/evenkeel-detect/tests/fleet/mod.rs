//! Fleets.

mod budget;
mod incidents;
mod ledger;
pub(crate) mod member;
mod scale;
mod snapshot;
