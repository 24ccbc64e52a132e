//! Service levels: what users were promised, how much of the error budget is left, and when to wake somebody.
//!
//! | question | answer |
//! | --- | --- |
//! | what was good, what bad? | [`Events`], [`CounterIncrease`], [`events_of_histogram`] |
//! | what was promised? | [`Objective`] |
//! | how much of the budget is left? | [`RollingBudget`], [`CalendarBudget`] |
//! | is it burning? | [`BurnRateMonitor`] with [`BurnRule`]s |
//! | when will it be gone? | [`exhaustion`] |
//! | who spent it? | [`BudgetLedger`] |
//! | what if slices of time are counted, not events? | [`TimeSlices`] |
//! | the same alerts in Prometheus? | [`PrometheusRules`] |
//! | how satisfied are users with response times? | [`Apdex`] |
//!
//! No traffic is never green: a status without events says so.

mod apdex;
mod budget_ledger;
mod burn_rate;
mod burn_rule;
mod burn_state;
mod calendar;
mod error_budget;
pub(crate) mod event_window;
mod events;
mod exhaustion;
mod indicator;
mod objective;
#[cfg(feature = "openslo")]
pub mod openslo;
mod prometheus_rules;
mod rule_test;
mod time_slices;

pub use apdex::Apdex;
pub use budget_ledger::{BudgetLedger, BudgetShare};
pub use burn_rate::{BurnRateBuilder, BurnRateMonitor, BurnStatus};
pub use burn_rule::{BurnRule, Severity};
pub use burn_state::BurnState;
pub use calendar::Period;
pub use error_budget::{BudgetStatus, CalendarBudget, RollingBudget};
pub use events::Events;
pub use exhaustion::{Exhaustion, exhaustion};
pub use indicator::{CounterIncrease, Counters, events_of_histogram};
pub use objective::Objective;
pub use prometheus_rules::{PrometheusCounter, PrometheusIndicator, PrometheusRules};
pub use time_slices::TimeSlices;
