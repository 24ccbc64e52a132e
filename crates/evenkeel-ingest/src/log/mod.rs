//! Logs.

mod record;

pub use record::{LogRecord, Logs, Severity};
