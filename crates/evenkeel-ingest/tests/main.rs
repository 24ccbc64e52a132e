//! The tests of `evenkeel-ingest`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod alertmanager;
mod backfill;
mod captures;
#[cfg(feature = "client")]
mod client;
mod collectd;
#[cfg(feature = "keeper")]
mod collector;
mod counter_rate;
mod exposition;
mod haproxy;
mod histogram;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod in_process;
mod labels;
mod limits;
mod log;
mod otlp;
mod prometheus;
#[cfg(feature = "remote-write")]
mod remote_write;
mod sample;
mod trace;
