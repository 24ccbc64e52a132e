//! The tests of `evenkeel-ingest`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stdout, reason = "what was replayed and what was not is shown with --nocapture")]

mod captures;
mod counter_rate;
mod exposition;
mod labels;
mod limits;
mod sample;
