//! Logs: plain lines, JSON lines, the journal of systemd, access logs.
//!
//! ```
//! use evenkeel_ingest::Limits;
//! use evenkeel_ingest::log::{Lines, Severity, TimestampPattern};
//!
//! let lines = Lines::new(TimestampPattern::new("%Y-%m-%d %H:%M:%S%.f")?);
//! let logs = lines.parse(b"2026-11-29 12:02:04.250 WARN pool is full\n  at pool.rs:17\n", &Limits::default())?;
//! // A line without a time goes on with the record before.
//! assert_eq!(logs.records.len(), 1);
//! assert_eq!(logs.records[0].message, "WARN pool is full\n  at pool.rs:17");
//! assert_eq!(logs.records[0].severity, Some(Severity::Warn));
//! assert_eq!(logs.records[0].time.unwrap().to_string(), "2026-11-29T12:02:04.250Z");
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! Records of OTLP are read by [`otlp::logs`](crate::otlp::logs).

mod access;
mod journald;
mod json_lines;
mod lines;
mod record;
mod timestamp_pattern;

pub use access::{AccessRecord, access_line, upstream_values};
pub use journald::{journald_export, journald_json};
pub use json_lines::JsonLines;
pub use lines::Lines;
pub use record::{LogRecord, Logs, Severity};
pub use timestamp_pattern::TimestampPattern;
