//! The tests of `evenkeel-eval`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod command_line;
mod comparison;
mod contest;
mod detection;
mod detectors;
mod folder;
mod interval;
mod localization;
mod m4;
mod parallel;
mod program;
mod progress;
mod read;
mod reference;
mod result;
mod scores;
mod sockshop;
mod tcpd;
