//! Zipkin, version 2 of its JSON.

use crate::attribute::{AttributeValue, Resource};
use crate::error::Error;
use crate::json;
use crate::json_tree::Value;
use crate::limits::Limits;
use crate::trace::span::{Span, SpanKind, Spans};
use evenkeel_core::Timestamp;
use std::sync::Arc;

/// Reads spans as they are posted to `/api/v2/spans`, or answered by `/api/v2/trace` and, in lists of lists,
/// by `/api/v2/traces`.
///
/// Fractional times, a kind that is null and a duration of 0 or none are taken as they are; a tag `error`
/// that is there and not `false` is a failure. A span without identifiers or with a time that is none is left
/// out and reported.
///
/// # Errors
/// [`Error::Malformed`] if the body is no JSON or no list, [`Error::TooLarge`].
pub fn zipkin(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let json = json::parse(body, limits)?;
    let Value::Array(list) = &json else { return Err(Error::at(1, 1, "expected a list of spans")) };
    let mut spans = Spans::default();
    for entry in list {
        match entry {
            Value::Array(trace) => trace.iter().for_each(|span| add(span, &mut spans)),
            span => add(span, &mut spans),
        }
        limits.check_points(spans.spans.len())?;
    }
    Ok(spans)
}

fn add(value: &Value<'_>, spans: &mut Spans) {
    let service = value.within(["localEndpoint", "serviceName"]).and_then(Value::as_str);
    spans.add(service.unwrap_or_default(), span(value, service));
}

fn span(value: &Value<'_>, service: Option<&str>) -> Result<Span, String> {
    let trace = json::trace_id(value.get("traceId"))?.ok_or("traceId is missing")?;
    let id = json::span_id(value.get("id"))?.ok_or("id is missing")?;
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let nanos = |field: &str| match value.get(field) {
        None | Some(Value::Null) => Ok(0),
        Some(micros) => json::micros(micros).filter(|&n| n >= 0).ok_or(format!("{field} is no time")),
    };
    let tags = value.get("tags").and_then(Value::as_object);
    let attributes: Vec<_> = tags
        .into_iter()
        .flatten()
        .map(|(name, tag)| {
            let text = tag.as_str().map_or_else(|| tag.to_string(), str::to_owned);
            (name.clone().into_owned(), AttributeValue::Text(text))
        })
        .collect();
    let error = attributes.iter().find(|pair| pair.0 == "error");
    Ok(Span {
        trace,
        id,
        parent: json::span_id(value.get("parentId"))?,
        resource: Arc::new(Resource::named(service)),
        name: text("name").into(),
        kind: SpanKind::named(text("kind")),
        shared: value.get("shared").and_then(Value::as_bool).unwrap_or(false),
        start: Timestamp::from_nanos(nanos("timestamp")?),
        duration: json::length(nanos("duration")?),
        failed: error.is_some_and(|(_, value)| value.to_string() != "false"),
        attributes,
        events: Vec::new(),
        links: Vec::new(),
    })
}
