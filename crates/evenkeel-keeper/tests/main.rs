//! The tests of `evenkeel-keeper`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod clock;
mod closed_loop;
mod quality;
mod trigger;
mod world;
