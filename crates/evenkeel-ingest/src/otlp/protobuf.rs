//! OTLP in protobuf: what all signals have.

use crate::attribute::{AttributeValue, Attributes, Resource, distinct};
use crate::error::Error;
use crate::finding::Findings;
use crate::limits::{Limits, within};
use crate::otlp::messages::{AnyValue, KeyValue, Shape, Value, WireResource};
use crate::wire::Fields;
use evenkeel_core::Timestamp;
use prost::Message;

/// How many fields a body may have for each point that it may have, those of attributes included: a field of
/// two bytes can stand for a hundred in memory.
const FIELDS_A_POINT: usize = 32;

/// How deep messages may lie in one another; as deep as `prost` decodes them.
const DEEPEST: usize = 100;

/// The groups of a body, each decoded when it is its turn, so that the whole is never in memory twice.
pub(super) fn groups<M: Message + Default>(
    body: &[u8],
    limits: &Limits,
    shape: &Shape,
    mut each: impl FnMut(M) -> Result<(), Error>,
) -> Result<(), Error> {
    limits.check_body(body)?;
    let mut left = limits.points.saturating_mul(FIELDS_A_POINT);
    let mut fields = Fields::new(body, 0);
    while let Some((number, payload)) = fields.next()? {
        if number == 1 {
            let offset = fields.offset() - payload.len();
            measure(payload, offset, shape, DEEPEST, &mut left)?;
            each(M::decode(payload).map_err(|why| Error::at(0, offset, why.to_string()))?)?;
        }
    }
    Ok(())
}

/// Counts the fields of a message and of those within it.
fn measure(
    message: &[u8],
    offset: usize,
    shape: &Shape,
    depth: usize,
    left: &mut usize,
) -> Result<(), Error> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::TooLarge { what: "messages in one another", limit: DEEPEST });
    };
    let mut fields = Fields::new(message, offset);
    while let Some((number, payload)) = fields.next()? {
        let Some(rest) = left.checked_sub(1) else {
            return Err(Error::TooLarge { what: "fields a point", limit: FIELDS_A_POINT });
        };
        *left = rest;
        if let Some((_, inner)) = shape.0.iter().find(|field| field.0 == number) {
            measure(payload, fields.offset() - payload.len(), inner, depth, left)?;
        }
    }
    Ok(())
}

pub(super) fn value(wire: Option<AnyValue>) -> AttributeValue {
    match wire.and_then(|any| any.value) {
        None => AttributeValue::Empty,
        Some(Value::Text(text)) => AttributeValue::Text(text),
        Some(Value::Bool(truth)) => AttributeValue::Bool(truth),
        Some(Value::Integer(whole)) => AttributeValue::Integer(whole),
        Some(Value::Float(float)) => AttributeValue::Float(float),
        Some(Value::Bytes(bytes)) => AttributeValue::Bytes(bytes),
        Some(Value::List(list)) => {
            AttributeValue::List(list.values.into_iter().map(|one| value(Some(one))).collect())
        }
        Some(Value::Map(map)) => {
            AttributeValue::Map(map.values.into_iter().map(|pair| (pair.key, value(pair.value))).collect())
        }
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

pub(super) fn trace_id(bytes: &[u8]) -> Result<Option<u128>, String> {
    id(bytes, 16)
}

pub(super) fn span_id(bytes: &[u8]) -> Result<Option<u64>, String> {
    Ok(id(bytes, 8)?.and_then(|id| u64::try_from(id).ok()))
}
