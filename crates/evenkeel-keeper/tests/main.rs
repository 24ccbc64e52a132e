//! The tests of `evenkeel-keeper`, by subject.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod changes;
mod clock;
mod closed_loop;
#[path = "../src/members.rs"]
#[expect(dead_code, reason = "the observer uses all of it")]
mod members;
mod monitor;
mod names;
mod predicted;
mod recent;
mod restart;
mod several;
mod source;
mod symptom;
mod traces_and_logs;
mod world;
mod worlds;
