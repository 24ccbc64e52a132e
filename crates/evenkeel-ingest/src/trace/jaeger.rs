//! Jaeger, the JSON of its query service.

use crate::attribute::{AttributeValue, Attributes, Resource};
use crate::error::Error;
use crate::json;
use crate::json_tree::Value;
use crate::limits::Limits;
use crate::trace::span::{Span, SpanKind, Spans};
use evenkeel_core::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads traces as `/api/traces` answers with.
///
/// The parent is the first reference `CHILD_OF` within the trace, else the first `FOLLOWS_FROM`. A tag `error`
/// that is true is a failure. A span without identifiers, process or time is left out and reported.
///
/// # Errors
/// [`Error::Malformed`] if the body is no JSON or not of this form, [`Error::Answered`] if it is an error,
/// [`Error::TooLarge`].
pub fn jaeger(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let json = json::parse(body, limits)?;
    if let Some(error) = json::list(&json, "errors")?.first() {
        let kind = error.get("code").map_or_else(String::new, Value::to_string);
        let message = error.get("msg").and_then(Value::as_str).unwrap_or_default().into();
        return Err(Error::Answered { kind, message });
    }
    if !json.is_object() {
        return Err(Error::at(1, 1, "expected an object with data"));
    }
    let mut spans = Spans::default();
    for trace in json::list(&json, "data")? {
        let processes = trace.get("processes").and_then(Value::as_object).into_iter().flatten();
        let resources: BTreeMap<&str, Arc<Resource>> = processes
            .map(|(id, process)| {
                let mut resource = Resource::named(process.get("serviceName").and_then(Value::as_str));
                resource.attributes = tags(process);
                (&**id, Arc::new(resource))
            })
            .collect();
        for value in json::list(trace, "spans")? {
            let process = value.get("processID").and_then(Value::as_str);
            let resource = process.and_then(|id| resources.get(id));
            let name = resource.map(|resource| resource.service.clone());
            let read = resource.ok_or_else(|| "no process".to_owned()).and_then(|found| span(value, found));
            spans.add(name.as_ref().map_or("", |name| name.as_str()), read);
            limits.check_points(spans.spans.len())?;
        }
    }
    Ok(spans)
}

fn tags(value: &Value<'_>) -> Attributes {
    let list = value.get("tags").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|tag| {
        let name = tag.get("key")?.as_str()?;
        let value = tag.get("value")?;
        let whole = || json::integer(value).and_then(|n| i64::try_from(n).ok());
        // Numbers may come as texts; then their type says so.
        let value = match (tag.get("type").and_then(Value::as_str), value) {
            (Some("int64"), _) => AttributeValue::Integer(whole()?),
            (Some("float64"), _) => AttributeValue::Float(json::float(value)?),
            (Some("binary"), Value::String(text)) => AttributeValue::Bytes(json::base64(text)?),
            (_, Value::Bool(truth)) => AttributeValue::Bool(*truth),
            (_, Value::String(text)) => AttributeValue::Text(text.clone().into_owned()),
            (_, other) => AttributeValue::Text(other.to_string()),
        };
        Some((name.to_owned(), value))
    })
    .collect()
}

fn span(value: &Value<'_>, resource: &Arc<Resource>) -> Result<Span, String> {
    let trace = json::trace_id(value.get("traceID"))?.ok_or("traceID is missing")?;
    let id = json::span_id(value.get("spanID"))?.ok_or("spanID is missing")?;
    let references = value.get("references").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let parent_by = |kind: &str| -> Result<Option<u64>, String> {
        for reference in references {
            let same = json::trace_id(reference.get("traceID"))? == Some(trace);
            if same && reference.get("refType").and_then(Value::as_str) == Some(kind) {
                return json::span_id(reference.get("spanID"));
            }
        }
        Ok(None)
    };
    // Before references there was one field.
    let parent = match parent_by("CHILD_OF")? {
        Some(parent) => Some(parent),
        None => parent_by("FOLLOWS_FROM")?.or(json::span_id(value.get("parentSpanID"))?),
    };
    let nanos = |field: &str| {
        let micros = value.get(field).and_then(json::micros).filter(|&n| n >= 0);
        micros.ok_or_else(|| format!("{field} is no time"))
    };
    let attributes = tags(value);
    let tag = |name: &str| attributes.iter().find(|pair| pair.0 == name).map(|pair| &pair.1);
    Ok(Span {
        trace,
        id,
        parent,
        resource: Arc::clone(resource),
        name: value.get("operationName").and_then(Value::as_str).unwrap_or_default().into(),
        kind: tag("span.kind").map_or(SpanKind::Internal, |kind| SpanKind::named(&kind.to_string())),
        shared: false,
        start: Timestamp::from_nanos(nanos("startTime")?),
        duration: json::length(nanos("duration")?),
        failed: tag("error").is_some_and(AttributeValue::is_true),
        attributes,
        events: Vec::new(),
        links: Vec::new(),
    })
}
