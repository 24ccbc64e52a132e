//! Tests of the gate: without a client in `situations`, `bounds`, `confidence`, `reading`, `restart`; with a
//! real one in `client`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stderr, reason = "what a client saw is told")]

mod bounds;
mod client;
mod confidence;
mod folder;
mod reading;
mod restart;
mod situations;
