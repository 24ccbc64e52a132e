//! One JSON object a line.

use crate::attribute::AttributeValue;
use crate::decimal;
use crate::error::Error;
use crate::finding::FindingKind;
use crate::json;
use crate::limits::{Limits, within};
use crate::log::record::{LogRecord, Logs, Severity};
use crate::log::timestamp_pattern::TimestampPattern;
use evenkeel_core::Timestamp;
use serde_json::Value;

/// Reads lines of JSON objects.
///
/// Times are texts as in RFC 3339 or of seconds, or numbers since 1970: in seconds below 1e11, milliseconds
/// below 1e14, microseconds below 1e17, nanoseconds from there on. Whatever is not time, message or severity
/// is an attribute, objects in it as text.
///
/// ```
/// use evenkeel_ingest::Limits;
/// use evenkeel_ingest::log::JsonLines;
///
/// let body = br#"{"ts":1795953724.865,"level":"warn","msg":"retried","attempt":2}"#;
/// let logs = JsonLines::default().parse(body, &Limits::default())?;
/// assert_eq!((logs.records[0].message.as_str(), logs.records[0].attributes.len()), ("retried", 1));
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct JsonLines {
    time: Vec<String>,
    message: Vec<String>,
    severity: Vec<String>,
}

impl Default for JsonLines {
    /// The names in use: `time`, `ts`, `timestamp`, `@timestamp`, `msec`; `message`, `msg`, `body`, `log`;
    /// `level`, `severity`, `lvl`, `log.level`.
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            time: owned(&["time", "ts", "timestamp", "@timestamp", "msec"]),
            message: owned(&["message", "msg", "body", "log"]),
            severity: owned(&["level", "severity", "lvl", "log.level"]),
        }
    }
}

impl JsonLines {
    /// The name of the field of the time.
    pub fn time(mut self, name: impl Into<String>) -> Self {
        self.time = vec![name.into()];
        self
    }

    /// The name of the field of the message.
    pub fn message(mut self, name: impl Into<String>) -> Self {
        self.message = vec![name.into()];
        self
    }

    /// The name of the field of the severity.
    pub fn severity(mut self, name: impl Into<String>) -> Self {
        self.severity = vec![name.into()];
        self
    }

    /// Reads all lines. One that is no object is reported as [`FindingKind::Unreadable`]; a time that is none
    /// as [`FindingKind::NoValue`].
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limits.
    pub fn parse(&self, bytes: &[u8], limits: &Limits) -> Result<Logs, Error> {
        limits.check_body(bytes)?;
        let mut logs = Logs::default();
        let patterns = TimestampPattern::rfc_3339();
        for line in bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            within(line.len(), limits.line, "bytes of a line")?;
            let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(line) else {
                logs.findings.add(FindingKind::Unreadable, "line", 1);
                continue;
            };
            within(fields.len(), limits.labels, "fields of a record")?;
            let mut record = LogRecord::default();
            for (name, value) in fields {
                if self.time.contains(&name) && record.time.is_none() {
                    record.time = time(&value, &patterns);
                    if record.time.is_none() {
                        logs.findings.add(FindingKind::NoValue, &name, 1);
                    }
                } else if self.message.contains(&name) && record.message.is_empty() {
                    record.message = attribute(&value).to_string();
                } else if self.severity.contains(&name) && record.severity.is_none() {
                    record.severity = Severity::named(&attribute(&value).to_string());
                } else {
                    record.attributes.push((name, attribute(&value)));
                }
            }
            logs.records.push(record);
            limits.check_points(logs.records.len())?;
        }
        Ok(logs)
    }
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Empty,
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::String(text) => AttributeValue::Text(text.clone()),
        Value::Number(number) => number.as_i64().map_or_else(
            || AttributeValue::Float(number.as_f64().unwrap_or(f64::NAN)),
            AttributeValue::Integer,
        ),
        other => AttributeValue::Text(other.to_string()),
    }
}

fn time(value: &Value, patterns: &[TimestampPattern; 2]) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            let found = patterns.iter().find_map(|pattern| pattern.parse(text));
            found.or_else(|| decimal::seconds(text))
        }
        Value::Number(_) => {
            let size = json::float(value)?.abs();
            if size < 1e11 {
                // A double of seconds is good to a quarter of a microsecond.
                let micros = (json::float(value)? * 1e6).round();
                return Some(Timestamp::from_nanos((micros as i64).checked_mul(1000)?));
            }
            let scale = if size < 1e14 {
                1_000_000
            } else if size < 1e17 {
                1000
            } else {
                1
            };
            let whole = json::integer(value).or_else(|| json::float(value).map(|x| x as i128))?;
            i64::try_from(whole.checked_mul(scale)?).ok().map(Timestamp::from_nanos)
        }
        _ => None,
    }
}
