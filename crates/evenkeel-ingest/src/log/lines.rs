//! Plain lines that begin with, or hold, a time.

use crate::error::Error;
use crate::finding::FindingKind;
use crate::limits::{Limits, within};
use crate::log::record::{LogRecord, Logs, Severity};
use crate::log::timestamp_pattern::TimestampPattern;

/// Reads plain lines. A line without a time goes on with the record before it, as stack traces do.
///
/// The severity is the first word of the line that names one, is written in capitals or in brackets, and
/// stands among the first eight. See the [module](crate::log) for an example. O(bytes), times the length of a
/// line where there is no time in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Lines {
    pattern: TimestampPattern,
}

/// A time stands among the first characters of a line, or there is none.
const SEARCHED: usize = 256;

impl Lines {
    /// Lines with times of this form.
    pub fn new(pattern: TimestampPattern) -> Self {
        Self { pattern }
    }

    /// Reads all lines. Bytes that are no UTF-8 become U+FFFD. Lines before the first time are records without
    /// one, and reported as [`FindingKind::NoValue`].
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limits.
    pub fn parse(&self, bytes: &[u8], limits: &Limits) -> Result<Logs, Error> {
        limits.check_body(bytes)?;
        let mut logs = Logs::default();
        for line in bytes.split(|&b| b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            within(line.len(), limits.line, "bytes of a line")?;
            if line.is_empty() {
                continue;
            }
            self.line(&String::from_utf8_lossy(line), &mut logs, limits)?;
            limits.check_points(logs.records.len())?;
        }
        Ok(logs)
    }

    fn line(&self, line: &str, logs: &mut Logs, limits: &Limits) -> Result<(), Error> {
        let end = (0..=SEARCHED.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
        if let Some((time, range)) = self.pattern.find(&line[..end]) {
            let before = line[..range.start].trim_end_matches(['[', ' ']);
            let after = line[range.end..].trim_start_matches([']', ' ', ':', '\t']);
            let message = if before.is_empty() { after.to_owned() } else { format!("{before} {after}") };
            let severity = severity(&message);
            logs.records.push(LogRecord { time: Some(time), severity, message, ..LogRecord::default() });
        } else if let Some(last) = logs.records.last_mut() {
            within(last.message.len() + line.len(), limits.line, "bytes of a log message")?;
            last.message.push('\n');
            last.message.push_str(line);
        } else {
            logs.findings.add(FindingKind::NoValue, "time", 1);
            logs.records.push(LogRecord {
                message: line.into(),
                severity: severity(line),
                ..LogRecord::default()
            });
        }
        Ok(())
    }
}

fn severity(message: &str) -> Option<Severity> {
    message.split_whitespace().take(8).find_map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
        let marked = word.starts_with(['[', '<', '(']) || !bare.contains(|c: char| c.is_ascii_lowercase());
        Severity::named(bare).filter(|_| marked)
    })
}
