//! Service levels.

mod alerts;
mod budgets;
mod indicators;
