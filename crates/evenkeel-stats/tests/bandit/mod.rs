//! Bandits.

mod learning;
mod off_policy;
