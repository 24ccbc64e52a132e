//! The integration tests of `evenkeel-stats`, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot build what it tests has failed")]

mod bandit;
mod contract;
mod crossing;
mod distribution;
mod generator;
mod limit_forecast;
mod linear;
mod reference;
mod scalar_search;
mod sequential;
mod special;
