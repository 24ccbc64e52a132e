//! Fleets: very many series under one budget of false alarms, and few pages for all of them.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Fleet`], [`FleetBuilder`] | a monitor for each of many series, one budget, related alerts as one incident |
//! | [`FleetEvent`] | a page, its growth, its end; a sentence each |
//! | [`Incident`], [`IncidentKind`], [`Scope`] | what belongs together: one series, several, a label, the fleet |
//! | [`Relations`], [`TimeOnly`] | labels of a key, and which keys may be of one incident |
//! | [`Ledger`], [`Spending`] | which series spent the budget |

mod division;
mod fleet;
mod fleet_builder;
mod fleet_event;
mod incident;
mod ledger;
mod loss_rate;
mod member;
mod open_incidents;
mod relations;
mod scope;
#[cfg(feature = "serde")]
mod snapshot;

pub use fleet::Fleet;
pub use fleet_builder::FleetBuilder;
pub use fleet_event::FleetEvent;
pub use incident::{Incident, IncidentKind};
pub use ledger::{Ledger, Spending};
pub use relations::{Relations, TimeOnly};
pub use scope::Scope;

evenkeel_core::assert_shared!(
    Fleet<u64, ()>,
    FleetBuilder<()>,
    FleetEvent<u64>,
    Incident<u64>,
    IncidentKind,
    Ledger<u64>,
    Scope,
    Spending,
    TimeOnly,
);
