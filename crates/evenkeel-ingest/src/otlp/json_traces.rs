//! Spans in the JSON of OTLP.

use crate::error::Error;
use crate::finding::Findings;
use crate::json;
use crate::limits::Limits;
use crate::otlp::json_value::{attributes, groups};
use crate::trace::{Span, SpanKind, Spans};
use serde_json::Value;
use std::sync::Arc;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let json = json::parse(body, limits)?;
    let mut spans = Spans::default();
    let mut findings = Findings::default();
    for (resource, items) in groups(&json, ["resourceSpans", "scopeSpans", "spans"], limits, &mut findings)? {
        let resource = Arc::new(resource);
        for item in items {
            let attributes = attributes(item, limits, &mut findings)?;
            let span = span(item, &resource).map(|span| Span { attributes, ..span });
            spans.add(resource.service.as_str(), span);
        }
    }
    spans.findings.extend(&findings);
    Ok(spans)
}

/// A span, whose attributes are read elsewhere.
fn span(value: &Value, resource: &Arc<crate::attribute::Resource>) -> Result<Span, String> {
    let trace = json::trace_id(value.get("traceId"))?.ok_or("traceId is missing")?;
    let id = json::span_id(value.get("spanId"))?.ok_or("spanId is missing")?;
    let start = json::nanos(value.get("startTimeUnixNano"))?.ok_or("startTimeUnixNano is missing")?;
    let end = json::nanos(value.get("endTimeUnixNano"))?.ok_or("endTimeUnixNano is missing")?;
    let kind = match value.get("kind") {
        Some(Value::String(name)) => SpanKind::named(name),
        other => SpanKind::numbered(other.and_then(json::integer).unwrap_or(0)),
    };
    let code = value.pointer("/status/code");
    let failed = match code {
        Some(Value::String(name)) => name == "STATUS_CODE_ERROR",
        other => other.and_then(json::integer) == Some(2),
    };
    Ok(Span {
        trace,
        id,
        parent: json::span_id(value.get("parentSpanId"))?,
        resource: Arc::clone(resource),
        name: value.get("name").and_then(Value::as_str).unwrap_or_default().into(),
        kind,
        shared: false,
        start,
        duration: end.since(start),
        failed,
        attributes: Vec::new(),
    })
}
