//! Service levels.

mod alerts;
mod budgets;
mod burn_rate_drill;
mod indicators;
#[cfg(feature = "openslo")]
mod openslo;
mod prometheus_rules;
mod time_slices;
