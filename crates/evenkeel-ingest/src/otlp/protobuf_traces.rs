//! Spans of OTLP in protobuf.

use crate::attribute::Resource;
use crate::error::Error;
use crate::finding::{FindingKind, Findings};
use crate::limits::Limits;
use crate::otlp::messages::{RESOURCE_SPANS, ResourceSpans, WireSpan};
use crate::otlp::protobuf::{attributes, groups, resource, span_id, time, trace_id};
use crate::trace::{Span, SpanEvent, SpanKind, SpanLink, Spans};
use std::sync::Arc;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let mut spans = Spans::default();
    let mut n = 0;
    groups(body, limits, &RESOURCE_SPANS, |group: ResourceSpans| {
        let resource = Arc::new(resource(group.resource, limits, &mut spans.findings)?);
        for mut wire in group.scopes.into_iter().flat_map(|scope| scope.spans) {
            n += 1 + wire.events.len() + wire.links.len();
            limits.check_points(n)?;
            let attributes = attributes(core::mem::take(&mut wire.attributes), limits, &mut spans.findings)?;
            let parts = parts(&mut wire, limits, &mut spans.findings)?;
            let span = span(&wire, &resource).map(|span| {
                let (events, links) = parts;
                Span { attributes, events, links, ..span }
            });
            spans.add(resource.service.as_str(), span);
        }
        Ok(())
    })?;
    Ok(spans)
}

/// The events and links of a span. One that cannot be read is left out and reported.
fn parts(
    wire: &mut WireSpan,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<(Vec<SpanEvent>, Vec<SpanLink>), Error> {
    let mut events = Vec::with_capacity(wire.events.len());
    for event in core::mem::take(&mut wire.events) {
        let attributes = attributes(event.attributes, limits, findings)?;
        match time(event.time) {
            Ok(Some(time)) => events.push(SpanEvent { time, name: event.name, attributes }),
            _ => findings.add(FindingKind::UnreadableEvent, &wire.name, 1),
        }
    }
    let mut links = Vec::with_capacity(wire.links.len());
    for link in core::mem::take(&mut wire.links) {
        let attributes = attributes(link.attributes, limits, findings)?;
        match (trace_id(&link.trace_id), span_id(&link.span_id)) {
            (Ok(Some(trace)), Ok(Some(span))) => links.push(SpanLink { trace, span, attributes }),
            _ => findings.add(FindingKind::UnreadableLink, &wire.name, 1),
        }
    }
    Ok((events, links))
}

fn span(wire: &WireSpan, resource: &Arc<Resource>) -> Result<Span, String> {
    let start = time(wire.start)?.ok_or("start_time_unix_nano is missing")?;
    let end = time(wire.end)?.ok_or("end_time_unix_nano is missing")?;
    Ok(Span {
        trace: trace_id(&wire.trace_id)?.ok_or("trace_id is missing")?,
        id: span_id(&wire.span_id)?.ok_or("span_id is missing")?,
        parent: span_id(&wire.parent_span_id)?,
        resource: Arc::clone(resource),
        name: wire.name.as_str().into(),
        kind: SpanKind::numbered(i128::from(wire.kind)),
        shared: false,
        start,
        duration: end.since(start),
        failed: wire.status.is_some_and(|status| status.code == 2),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    })
}
