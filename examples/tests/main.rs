//! The tests of the parts that examples are made of.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod scoring;
mod shop;
#[cfg(feature = "prometheus")]
mod stack;
