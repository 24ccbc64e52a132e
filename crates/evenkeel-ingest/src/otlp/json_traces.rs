//! Spans in the JSON of OTLP.

use crate::error::Error;
use crate::finding::{FindingKind, Findings};
use crate::json;
use crate::json_tree::Value;
use crate::limits::Limits;
use crate::otlp::json_value::{attributes, groups};
use crate::trace::{Span, SpanEvent, SpanKind, SpanLink, Spans};
use std::sync::Arc;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let json = json::parse(body, limits)?;
    let mut spans = Spans::default();
    let mut findings = Findings::default();
    let mut n = 0;
    for (resource, items) in groups(&json, ["resourceSpans", "scopeSpans", "spans"], limits, &mut findings)? {
        let resource = Arc::new(resource);
        for item in items {
            let attributes = attributes(item, limits, &mut findings)?;
            let events = events(item, limits, &mut findings)?;
            let links = links(item, limits, &mut findings)?;
            n += events.len() + links.len();
            limits.check_points(n)?;
            let span = span(item, &resource).map(|span| Span { attributes, events, links, ..span });
            spans.add(resource.service.as_str(), span);
        }
    }
    spans.findings.extend(&findings);
    Ok(spans)
}

/// The events of a span. One that cannot be read is left out and reported.
fn events(span: &Value<'_>, limits: &Limits, findings: &mut Findings) -> Result<Vec<SpanEvent>, Error> {
    let mut events = Vec::new();
    for event in json::list(span, "events")? {
        let attributes = attributes(event, limits, findings)?;
        match json::nanos(event.get("timeUnixNano")) {
            Ok(Some(time)) => {
                let name = event.get("name").and_then(Value::as_str).unwrap_or_default().into();
                events.push(SpanEvent { time, name, attributes });
            }
            _ => findings.add(FindingKind::UnreadableEvent, name(span), 1),
        }
    }
    Ok(events)
}

/// The links of a span. One that cannot be read is left out and reported.
fn links(span: &Value<'_>, limits: &Limits, findings: &mut Findings) -> Result<Vec<SpanLink>, Error> {
    let mut links = Vec::new();
    for link in json::list(span, "links")? {
        let attributes = attributes(link, limits, findings)?;
        match (json::trace_id(link.get("traceId")), json::span_id(link.get("spanId"))) {
            (Ok(Some(trace)), Ok(Some(span))) => links.push(SpanLink { trace, span, attributes }),
            _ => findings.add(FindingKind::UnreadableLink, name(span), 1),
        }
    }
    Ok(links)
}

fn name<'v>(span: &'v Value<'_>) -> &'v str {
    span.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// A span, whose attributes, events and links are read elsewhere.
fn span(value: &Value<'_>, resource: &Arc<crate::attribute::Resource>) -> Result<Span, String> {
    let trace = json::trace_id(value.get("traceId"))?.ok_or("traceId is missing")?;
    let id = json::span_id(value.get("spanId"))?.ok_or("spanId is missing")?;
    let start = json::nanos(value.get("startTimeUnixNano"))?.ok_or("startTimeUnixNano is missing")?;
    let end = json::nanos(value.get("endTimeUnixNano"))?.ok_or("endTimeUnixNano is missing")?;
    let kind = match value.get("kind") {
        Some(Value::String(name)) => SpanKind::named(name),
        other => SpanKind::numbered(other.and_then(json::integer).unwrap_or(0)),
    };
    let code = value.within(["status", "code"]);
    let failed = match code {
        Some(Value::String(name)) => name == "STATUS_CODE_ERROR",
        other => other.and_then(json::integer) == Some(2),
    };
    Ok(Span {
        trace,
        id,
        parent: json::span_id(value.get("parentSpanId"))?,
        resource: Arc::clone(resource),
        name: name(value).into(),
        kind,
        shared: false,
        start,
        duration: end.since(start),
        failed,
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    })
}
