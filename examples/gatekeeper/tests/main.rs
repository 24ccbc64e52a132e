//! Tests of the gate: without a client in `situations`, `bounds`, `confidence`, `reading`, `restart`; the
//! program from outside in `command_line` and `protocol`; with a real client in `client`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::print_stderr, reason = "what a client saw is told")]

mod bounds;
mod client;
mod command_line;
mod confidence;
mod folder;
mod protocol;
mod reading;
mod restart;
mod situations;
