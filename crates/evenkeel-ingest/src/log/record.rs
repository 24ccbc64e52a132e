//! Log records.

use crate::attribute::{Attributes, Resource};
use crate::finding::Findings;
use evenkeel_core::Timestamp;
use std::sync::Arc;

/// How severe what a record tells is, in the six levels of OpenTelemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// The smallest steps.
    Trace,
    /// For who looks for a fault in the program.
    Debug,
    /// What happened, as it should.
    Info,
    /// What may become a fault.
    Warn,
    /// A fault.
    Error,
    /// A fault after which the program cannot go on.
    Fatal,
}

impl Severity {
    /// From the number of OTLP, 1 to 24.
    pub(crate) fn numbered(number: i128) -> Option<Self> {
        Some(match number {
            1..=4 => Self::Trace,
            5..=8 => Self::Debug,
            9..=12 => Self::Info,
            13..=16 => Self::Warn,
            17..=20 => Self::Error,
            21..=24 => Self::Fatal,
            _ => return None,
        })
    }

    /// From the priority of syslog, 0 (the most severe) to 7.
    pub(crate) fn of_syslog(priority: i128) -> Option<Self> {
        Some(match priority {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            _ => return None,
        })
    }

    /// From the names in use, in any case: `WARNING`, `err`, `critical`, …
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
        Some(match () {
            () if is(&["trace", "finest", "verbose"]) => Self::Trace,
            () if is(&["debug", "fine"]) => Self::Debug,
            () if is(&["info", "information", "informational", "notice"]) => Self::Info,
            () if is(&["warn", "warning"]) => Self::Warn,
            () if is(&["error", "err", "severe"]) => Self::Error,
            () if is(&["fatal", "crit", "critical", "alert", "emerg", "emergency", "panic"]) => Self::Fatal,
            () => return None,
        })
    }
}

/// One record of a log.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct LogRecord {
    /// When it happened, or when it was observed if only that is known.
    pub time: Option<Timestamp>,
    /// How severe it is, where that is said.
    pub severity: Option<Severity>,
    /// The message. Bytes that are no UTF-8 have become U+FFFD.
    pub message: String,
    /// What else is said.
    pub attributes: Attributes,
    /// Who tells it, where that is said.
    pub resource: Option<Arc<Resource>>,
    /// The trace that it belongs to.
    pub trace: Option<u128>,
    /// The span that it belongs to.
    pub span: Option<u64>,
}

/// Records of a body.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Logs {
    /// Those that could be read, in order.
    pub records: Vec<LogRecord>,
    /// What was wrong with others.
    pub findings: Findings,
}
