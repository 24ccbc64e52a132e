//! The journal of systemd: `journalctl -o json` and `-o export`.

use crate::attribute::{AttributeValue, Resource};
use crate::error::Error;
use crate::finding::FindingKind;
use crate::json;
use crate::limits::{Limits, within};
use crate::log::record::{LogRecord, Logs, Severity};
use evenkeel_core::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// A field that is there, or that was too large to be given.
type Field = (String, Option<AttributeValue>);

/// Reads `journalctl -o json`: an object a line, in which a field with any control character (the colors of a
/// terminal) is a list of bytes, a repeated field a list of texts, and one of 4,096 bytes and more, name
/// included, a null.
///
/// A message that is null is reported as [`FindingKind::NoValue`]; a line that is no object as
/// [`FindingKind::Unreadable`]. `_SYSTEMD_UNIT`, or else `SYSLOG_IDENTIFIER`, is the service.
///
/// # Errors
/// [`Error::TooLarge`] beyond the limits.
pub fn journald_json(bytes: &[u8], limits: &Limits) -> Result<Logs, Error> {
    limits.check_body(bytes)?;
    let mut logs = Logs::default();
    for line in bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(line) else {
            logs.findings.add(FindingKind::Unreadable, "line", 1);
            continue;
        };
        within(object.len(), limits.labels, "fields of a record")?;
        let fields = object.into_iter().map(|(name, value)| (name, field(&value))).collect();
        add(fields, &mut logs, limits)?;
    }
    Ok(logs)
}

fn bytes_of(list: &[Value]) -> Option<Vec<u8>> {
    list.iter().map(|value| json::integer(value).and_then(|n| u8::try_from(n).ok())).collect()
}

/// The value of a field: none if it is null.
fn field(value: &Value) -> Option<AttributeValue> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => AttributeValue::Text(text.clone()),
        Value::Array(list) => match bytes_of(list) {
            Some(bytes) => text_or_bytes(bytes),
            // Some of the repeated ones may be bytes, or null, themselves.
            None => AttributeValue::List(list.iter().map(|one| field(one).unwrap_or_default()).collect()),
        },
        other => AttributeValue::Text(other.to_string()),
    })
}

fn text_or_bytes(bytes: Vec<u8>) -> AttributeValue {
    String::from_utf8(bytes).map_or_else(|why| AttributeValue::Bytes(why.into_bytes()), AttributeValue::Text)
}

/// Reads `journalctl -o export`: entries of lines `NAME=value`, or `NAME`, the length as 64 bits (the lowest
/// first) and the value, with an empty line between entries.
///
/// # Errors
/// [`Error::Malformed`] with the offset for a field without `=` that is not followed by its length and as
/// many bytes, [`Error::TooLarge`] beyond the limits.
pub fn journald_export(bytes: &[u8], limits: &Limits) -> Result<Logs, Error> {
    limits.check_body(bytes)?;
    let mut logs = Logs::default();
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.is_empty() {
            if !fields.is_empty() {
                add(core::mem::take(&mut fields), &mut logs, limits)?;
            }
            continue;
        }
        within(fields.len(), limits.labels, "fields of a record")?;
        let (name, value) = match line.iter().position(|&b| b == b'=') {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => {
                let value = binary(&mut rest);
                let value =
                    value.ok_or_else(|| Error::at(0, offset, "a field without its length and value"))?;
                (line, value)
            }
        };
        within(value.len(), limits.line, "bytes of a field")?;
        fields.push((String::from_utf8_lossy(name).into_owned(), Some(text_or_bytes(value.to_vec()))));
    }
    if !fields.is_empty() {
        add(fields, &mut logs, limits)?;
    }
    Ok(logs)
}

/// A length, so many bytes, and the end of the line.
fn binary<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<8>()?;
    let (value, after) = after.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    *rest = after.strip_prefix(b"\n")?;
    Some(value)
}

/// A message as text; the sequences that color a terminal stay in it.
fn message_text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_string(),
    }
}

fn add(fields: Vec<Field>, logs: &mut Logs, limits: &Limits) -> Result<(), Error> {
    let mut record = LogRecord::default();
    let (mut unit, mut identifier) = (None, None);
    for (name, value) in fields {
        let Some(value) = value else {
            logs.findings.add(FindingKind::NoValue, &name, 1);
            continue;
        };
        match name.as_str() {
            "MESSAGE" => record.message = message_text(&value),
            "PRIORITY" => record.severity = value.to_string().parse().ok().and_then(Severity::of_syslog),
            "__REALTIME_TIMESTAMP" => {
                let nanos = value.to_string().parse().ok().and_then(|micros: i64| micros.checked_mul(1000));
                record.time = nanos.map(Timestamp::from_nanos);
                if record.time.is_none() {
                    logs.findings.add(FindingKind::NoValue, &name, 1);
                }
            }
            "_SYSTEMD_UNIT" => unit = Some(value.to_string()),
            "SYSLOG_IDENTIFIER" => identifier = Some(value.to_string()),
            _ => record.attributes.push((name, value)),
        }
    }
    within(record.message.len(), limits.line, "bytes of a log message")?;
    record.resource = unit.or(identifier).map(|name| Arc::new(Resource::named(Some(&name))));
    logs.records.push(record);
    limits.check_points(logs.records.len())
}
