//! The tests of `evenkeel-remedy`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]

mod clock;
mod conformance;
mod driver;
mod guard;
mod gym;
mod killed;
mod machine;
mod many_targets;
mod planner;
mod policy;
mod reference;
mod regression;
mod ruling;
mod runbook;
mod scaling;
mod stand;
mod verify;
mod worlds;
