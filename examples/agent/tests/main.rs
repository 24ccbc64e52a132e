//! The tests of the agent.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod configuration;
mod day;
#[cfg(feature = "embedded")]
mod embedded;
mod process;
mod turns;
