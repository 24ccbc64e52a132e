//! OTLP in protobuf: what all signals have, spans and log records.

use crate::attribute::{AttributeValue, Attributes, Resource, distinct};
use crate::error::Error;
use crate::finding::{FindingKind, Findings};
use crate::limits::{Limits, within};
use crate::log::{LogRecord, Logs, Severity};
use crate::trace::{Span, SpanKind, Spans};
use crate::wire::Fields;
use evenkeel_core::Timestamp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as WireRecord, ResourceLogs};
use opentelemetry_proto::tonic::resource::v1::Resource as WireResource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as WireSpan};
use prost::Message;
use std::sync::Arc;

/// How many fields a body may have for each point that it may have, down to the fields of items: a field of
/// two bytes can stand for a hundred in memory.
const FIELDS_A_POINT: usize = 32;

/// The groups of a body, each decoded when it is its turn, so that the whole is never in memory twice.
pub(super) fn groups<M: Message + Default>(
    body: &[u8],
    limits: &Limits,
    levels: Levels,
    mut each: impl FnMut(M) -> Result<(), Error>,
) -> Result<(), Error> {
    limits.check_body(body)?;
    let mut left = limits.points.saturating_mul(FIELDS_A_POINT);
    let mut fields = Fields::new(body, 0);
    while let Some((number, payload)) = fields.next()? {
        if number == 1 {
            let offset = fields.offset() - payload.len();
            measure(payload, offset, levels, &mut left)?;
            each(M::decode(payload).map_err(|why| Error::at(0, offset, why.to_string()))?)?;
        }
    }
    Ok(())
}

/// Which fields hold messages, from a group down to what there can be many of.
pub(super) type Levels = &'static [&'static [u32]];

/// Scopes and items are field 2 of what they are in.
const ITEMS: Levels = &[&[2], &[2]];

/// Counts fields, those of messages at the levels included.
fn measure(message: &[u8], offset: usize, levels: Levels, left: &mut usize) -> Result<(), Error> {
    let mut fields = Fields::new(message, offset);
    while let Some((number, payload)) = fields.next()? {
        let Some(rest) = left.checked_sub(1) else {
            return Err(Error::TooLarge { what: "fields a point", limit: FIELDS_A_POINT });
        };
        *left = rest;
        if let Some((level, below)) = levels.split_first()
            && level.contains(&number)
        {
            measure(payload, fields.offset() - payload.len(), below, left)?;
        }
    }
    Ok(())
}

fn value(wire: Option<AnyValue>) -> AttributeValue {
    match wire.and_then(|any| any.value) {
        None => AttributeValue::Empty,
        Some(Value::StringValue(text)) => AttributeValue::Text(text),
        Some(Value::BoolValue(truth)) => AttributeValue::Bool(truth),
        Some(Value::IntValue(whole)) => AttributeValue::Integer(whole),
        Some(Value::DoubleValue(float)) => AttributeValue::Float(float),
        Some(Value::BytesValue(bytes)) => AttributeValue::Bytes(bytes),
        Some(Value::ArrayValue(list)) => {
            AttributeValue::List(list.values.into_iter().map(|one| value(Some(one))).collect())
        }
        Some(Value::KvlistValue(map)) => {
            AttributeValue::Map(map.values.into_iter().map(|pair| (pair.key, value(pair.value))).collect())
        }
        // An index into a table that only profiles have.
        Some(Value::StringValueStrindex(index)) => AttributeValue::Integer(i64::from(index)),
    }
}

pub(super) fn attributes(
    wire: Vec<KeyValue>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Attributes, Error> {
    within(wire.len(), limits.labels, "attributes")?;
    let mut attributes: Attributes = wire.into_iter().map(|pair| (pair.key, value(pair.value))).collect();
    distinct(&mut attributes, findings);
    Ok(attributes)
}

pub(super) fn resource(
    wire: Option<WireResource>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Resource, Error> {
    Ok(Resource::new(attributes(wire.unwrap_or_default().attributes, limits, findings)?))
}

/// A time; 0 is "not known".
pub(super) fn time(nanos: u64) -> Result<Option<Timestamp>, String> {
    let signed = i64::try_from(nanos).map_err(|_| format!("no time in nanoseconds: {nanos}"))?;
    Ok((signed != 0).then(|| Timestamp::from_nanos(signed)))
}

/// An identifier of up to so many bytes; none if it is empty or 0.
fn id(bytes: &[u8], length: usize) -> Result<Option<u128>, String> {
    if bytes.len() > length {
        return Err(format!("an identifier of {} bytes", bytes.len()));
    }
    Ok(Some(bytes.iter().fold(0, |id, &byte| id << 8 | u128::from(byte))).filter(|&id| id != 0))
}

fn span_id(bytes: &[u8]) -> Result<Option<u64>, String> {
    Ok(id(bytes, 8)?.and_then(|id| u64::try_from(id).ok()))
}

pub(super) fn traces(body: &[u8], limits: &Limits) -> Result<Spans, Error> {
    let mut spans = Spans::default();
    groups(body, limits, ITEMS, |group: ResourceSpans| {
        let resource = Arc::new(resource(group.resource, limits, &mut spans.findings)?);
        for wire in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            limits.check_points(spans.spans.len() + 1)?;
            let mut wire = wire;
            let attributes = attributes(core::mem::take(&mut wire.attributes), limits, &mut spans.findings)?;
            let span = span(&wire, &resource).map(|span| Span { attributes, ..span });
            spans.add(resource.service.as_str(), span);
        }
        Ok(())
    })?;
    Ok(spans)
}

fn span(wire: &WireSpan, resource: &Arc<Resource>) -> Result<Span, String> {
    let start = time(wire.start_time_unix_nano)?.ok_or("start_time_unix_nano is missing")?;
    let end = time(wire.end_time_unix_nano)?.ok_or("end_time_unix_nano is missing")?;
    Ok(Span {
        trace: id(&wire.trace_id, 16)?.ok_or("trace_id is missing")?,
        id: span_id(&wire.span_id)?.ok_or("span_id is missing")?,
        parent: span_id(&wire.parent_span_id)?,
        resource: Arc::clone(resource),
        name: wire.name.as_str().into(),
        kind: SpanKind::numbered(i128::from(wire.kind)),
        shared: false,
        start,
        duration: end.since(start),
        failed: wire.status.as_ref().is_some_and(|status| status.code == 2),
        attributes: Vec::new(),
    })
}

pub(super) fn logs(body: &[u8], limits: &Limits) -> Result<Logs, Error> {
    let mut logs = Logs::default();
    groups(body, limits, ITEMS, |group: ResourceLogs| {
        let resource = Arc::new(resource(group.resource, limits, &mut logs.findings)?);
        for mut wire in group.scope_logs.into_iter().flat_map(|scope| scope.log_records) {
            limits.check_points(logs.records.len() + 1)?;
            let attributes = attributes(core::mem::take(&mut wire.attributes), limits, &mut logs.findings)?;
            let message = value(wire.body.take()).to_string();
            within(message.len(), limits.line, "bytes of a log message")?;
            match record(&wire) {
                Ok(record) => {
                    let resource = Some(Arc::clone(&resource));
                    logs.records.push(LogRecord { message, attributes, resource, ..record });
                }
                Err(_) => logs.findings.add(FindingKind::Unreadable, resource.service.as_str(), 1),
            }
        }
        Ok(())
    })?;
    Ok(logs)
}

fn record(wire: &WireRecord) -> Result<LogRecord, String> {
    let observed = time(wire.observed_time_unix_nano)?;
    Ok(LogRecord {
        time: time(wire.time_unix_nano)?.or(observed),
        severity: Severity::numbered(i128::from(wire.severity_number))
            .or_else(|| Severity::named(&wire.severity_text)),
        trace: id(&wire.trace_id, 16)?,
        span: span_id(&wire.span_id)?,
        ..LogRecord::default()
    })
}
