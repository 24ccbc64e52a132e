//! Reading alerts.

use crate::error::Error;
use crate::json;
use crate::json_tree::Value;
use crate::labels::Labels;
use crate::limits::{Limits, within};
use crate::log::TimestampPattern;
use evenkeel_core::Timestamp;
use std::collections::BTreeMap;

/// An alert as Alertmanager tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedAlert {
    /// What tells it apart.
    pub labels: Labels,
    /// What is said about it.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires.
    pub start: Timestamp,
    /// When it ended; `None` while it fires, whatever its end in the body.
    pub end: Option<Timestamp>,
    /// Whether it is silenced or inhibited by others; a webhook never says so.
    pub suppressed: bool,
}

fn malformed(i: usize, what: &str) -> Error {
    Error::at(0, 0, format!("alert {i}: {what}"))
}

fn texts(value: Option<&Value<'_>>) -> Option<BTreeMap<String, String>> {
    let Some(Value::Object(map)) = value else { return value.is_none_or(Value::is_null).then(BTreeMap::new) };
    map.iter().map(|(name, text)| Some((name.clone().into_owned(), text.as_str()?.to_owned()))).collect()
}

fn alert(i: usize, value: &Value<'_>, limits: &Limits) -> Result<ReceivedAlert, Error> {
    let labels = texts(value.get("labels")).ok_or_else(|| malformed(i, "labels must be texts"))?;
    within(labels.len(), limits.labels, "labels of an alert")?;
    let annotations =
        texts(value.get("annotations")).ok_or_else(|| malformed(i, "annotations must be texts"))?;
    let patterns = TimestampPattern::rfc_3339();
    let time = |field: &str| {
        let text = value.get(field).and_then(Value::as_str)?;
        patterns.iter().find_map(|pattern| pattern.parse(text))
    };
    let start = time("startsAt").ok_or_else(|| malformed(i, "startsAt is no time"))?;
    // The status of a webhook, or of the interface.
    let state = value.within(["status", "state"]).or_else(|| value.get("status")).and_then(Value::as_str);
    let (fires, suppressed) = match state {
        Some("firing" | "active" | "unprocessed") => (true, false),
        Some("suppressed") => (true, true),
        Some("resolved") => (false, false),
        _ => return Err(malformed(i, "no known status")),
    };
    let end =
        if fires { None } else { Some(time("endsAt").ok_or_else(|| malformed(i, "endsAt is no time"))?) };
    Ok(ReceivedAlert { labels: Labels::new(labels)?, annotations, start, end, suppressed })
}

fn all(list: &[Value<'_>], limits: &Limits) -> Result<Vec<ReceivedAlert>, Error> {
    limits.check_points(list.len())?;
    list.iter().enumerate().map(|(i, value)| alert(i, value, limits)).collect()
}

/// Reads the answer to `GET /api/v2/alerts`.
///
/// # Errors
/// [`Error::Malformed`] if it is none, with the number of the alert that is not as it should be;
/// [`Error::TooLarge`].
pub fn read_alerts(body: &[u8], limits: &Limits) -> Result<Vec<ReceivedAlert>, Error> {
    match json::parse(body, limits)? {
        Value::Array(list) => all(&list, limits),
        _ => Err(Error::at(1, 1, "expected a list of alerts")),
    }
}

/// Reads the alerts of a webhook, version 4.
///
/// # Errors
/// As [`read_alerts`], and [`Error::Unsupported`] for another version.
pub fn read_webhook(body: &[u8], limits: &Limits) -> Result<Vec<ReceivedAlert>, Error> {
    let json = json::parse(body, limits)?;
    match json.get("version").and_then(Value::as_str) {
        Some("4") => all(json::list(&json, "alerts")?, limits),
        Some(other) => {
            Err(Error::Unsupported { what: "version of a webhook", was: other.chars().take(32).collect() })
        }
        None => Err(Error::at(1, 1, "expected an object with a version")),
    }
}
