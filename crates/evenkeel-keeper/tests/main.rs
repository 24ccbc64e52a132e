//! The tests of `evenkeel-keeper`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod changes;
mod clock;
mod closed_loop;
mod innocent;
mod quality;
mod trigger;
mod world;
