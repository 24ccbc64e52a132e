//! The tests of `evenkeel-remedy`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod worlds;
