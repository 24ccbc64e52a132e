//! The tests of `evenkeel-eval`, in the folders of `src`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod causal_track;
mod command_line;
mod comparison;
mod contest;
mod detectors;
mod folder;
mod injection;
mod interval;
mod parallel;
mod progress;
mod published;
mod read;
mod reference;
mod result;
mod scores;
mod tasks;
