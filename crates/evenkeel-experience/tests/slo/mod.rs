//! Service levels.

mod alerts;
mod budgets;
mod indicators;
#[cfg(feature = "openslo")]
mod openslo;
mod prometheus_rules;
mod time_slices;
