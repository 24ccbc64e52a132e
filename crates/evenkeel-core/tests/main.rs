//! The tests of `evenkeel-core`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[cfg(feature = "approx")]
mod approximate;
mod exact;
mod gaussian;
mod plausibility_check;
mod stage;
mod state;
mod time;
mod vocabulary;
