//! The tests of `evenkeel-experience`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

mod canary;
mod conformance;
mod experiment;
mod feedback;
mod reference;
mod slo;
mod snapshots;
mod traffic;
