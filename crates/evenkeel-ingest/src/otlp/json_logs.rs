//! Log records in the JSON of OTLP.

use crate::error::Error;
use crate::finding::{FindingKind, Findings};
use crate::json;
use crate::json_tree::Value;
use crate::limits::{Limits, within};
use crate::log::{LogRecord, Logs, Severity};
use crate::otlp::json_value::{any, attributes, groups};
use std::sync::Arc;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Logs, Error> {
    let json = json::parse(body, limits)?;
    let mut logs = Logs::default();
    let mut findings = Findings::default();
    for (resource, items) in
        groups(&json, ["resourceLogs", "scopeLogs", "logRecords"], limits, &mut findings)?
    {
        let resource = Arc::new(resource);
        for item in items {
            let attributes = attributes(item, limits, &mut findings)?;
            match record(item, limits)? {
                Ok(record) => {
                    let resource = Some(Arc::clone(&resource));
                    logs.records.push(LogRecord { attributes, resource, ..record });
                }
                Err(_) => findings.add(FindingKind::Unreadable, resource.service.as_str(), 1),
            }
        }
    }
    logs.findings.extend(&findings);
    Ok(logs)
}

fn record(value: &Value<'_>, limits: &Limits) -> Result<Result<LogRecord, String>, Error> {
    let text = value.get("body").and_then(any).unwrap_or_default().to_string();
    within(text.len(), limits.line, "bytes of a log message")?;
    Ok(fields(value).map(|record| LogRecord { message: text, ..record }))
}

fn fields(value: &Value<'_>) -> Result<LogRecord, String> {
    let time = match json::nanos(value.get("timeUnixNano"))? {
        Some(time) => Some(time),
        None => json::nanos(value.get("observedTimeUnixNano"))?,
    };
    let number = value.get("severityNumber").and_then(json::integer).unwrap_or(0);
    let text = value.get("severityText").and_then(Value::as_str).unwrap_or_default();
    Ok(LogRecord {
        time,
        severity: Severity::numbered(number).or_else(|| Severity::named(text)),
        trace: json::trace_id(value.get("traceId"))?,
        span: json::span_id(value.get("spanId"))?,
        ..LogRecord::default()
    })
}
