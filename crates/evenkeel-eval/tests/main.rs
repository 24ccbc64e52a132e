//! The tests of `evenkeel-eval`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod detection;
mod detectors;
mod folder;
mod interval;
mod localization;
mod m4;
mod parallel;
mod read;
mod reference;
mod scores;
mod sockshop;
mod tcpd;
