//! The tests of the parts that the example `watch` is made of.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod csv;
mod watch;
