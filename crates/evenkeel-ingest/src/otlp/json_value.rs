//! Attribute values in the JSON of OTLP.

use crate::attribute::{AttributeValue, Attributes, Resource, distinct};
use crate::error::Error;
use crate::finding::{FindingKind, Findings};
use crate::json;
use crate::json_tree::Value;
use crate::limits::{Limits, within};

/// A value; `None` if it cannot be read. Nesting is bounded by the JSON reader.
pub(super) fn any(value: &Value<'_>) -> Option<AttributeValue> {
    let Value::Object(fields) = value else {
        return value.is_null().then_some(AttributeValue::Empty);
    };
    // Written as fields of which one is set; a null is one that is not set, but names the type.
    let Some((kind, value)) = fields.iter().find(|pair| !pair.1.is_null()) else {
        return Some(AttributeValue::Empty);
    };
    Some(match &**kind {
        "stringValue" => AttributeValue::Text(value.as_str()?.into()),
        "boolValue" => AttributeValue::Bool(value.as_bool()?),
        "intValue" => match json::integer(value).and_then(|n| i64::try_from(n).ok()) {
            Some(whole) => AttributeValue::Integer(whole),
            // The JavaScript SDK writes all whole doubles as integers, also those that are too large.
            None => AttributeValue::Float(json::float(value)?),
        },
        "doubleValue" => AttributeValue::Float(json::float(value)?),
        "bytesValue" => AttributeValue::Bytes(json::base64(value.as_str()?)?),
        "arrayValue" => AttributeValue::List(values(value)?.iter().map(any).collect::<Option<_>>()?),
        "kvlistValue" => AttributeValue::Map(values(value)?.iter().map(pair).collect::<Option<_>>()?),
        _ => return None,
    })
}

fn values<'v, 'a>(value: &'v Value<'a>) -> Option<&'v [Value<'a>]> {
    match value.get("values") {
        None | Some(Value::Null) => Some(&[]),
        Some(list) => list.as_array().map(Vec::as_slice),
    }
}

fn pair(value: &Value<'_>) -> Option<(String, AttributeValue)> {
    let value_of = value.get("value").map_or(Some(AttributeValue::Empty), any)?;
    Some((value.get("key")?.as_str()?.to_owned(), value_of))
}

/// The attributes of something. One that cannot be read is left out and reported.
pub(super) fn attributes(
    owner: &Value<'_>,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Attributes, Error> {
    attributes_in(owner, "attributes", limits, findings)
}

/// The same under another name of the field.
pub(super) fn attributes_in(
    owner: &Value<'_>,
    field: &str,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Attributes, Error> {
    let list = json::list(owner, field)?;
    within(list.len(), limits.labels, "attributes")?;
    let mut attributes = Vec::with_capacity(list.len());
    for one in list {
        match pair(one) {
            Some(pair) => attributes.push(pair),
            None => {
                let key = one.get("key").and_then(Value::as_str).unwrap_or_default();
                findings.add(FindingKind::UnreadableAttribute, key, 1);
            }
        }
    }
    distinct(&mut attributes, findings);
    Ok(attributes)
}

/// The parts of a body: what sent it, and the items of all scopes.
pub(super) fn groups<'a>(
    body: &'a Value<'a>,
    [resources, scopes, items]: [&str; 3],
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Vec<(Resource, Vec<&'a Value<'a>>)>, Error> {
    if !body.is_object() {
        return Err(Error::at(1, 1, format!("expected an object with {resources}")));
    }
    let mut groups = Vec::new();
    let mut n = 0;
    for group in json::list(body, resources)? {
        let none = Value::Object(Vec::new());
        let resource = attributes(group.get("resource").unwrap_or(&none), limits, findings)?;
        let mut all = Vec::new();
        // What holds nothing takes memory as well.
        n += 1;
        for scope in json::list(group, scopes)? {
            all.extend(json::list(scope, items)?);
            n += 1;
        }
        n += all.len();
        limits.check_points(n)?;
        groups.push((Resource::new(resource), all));
    }
    Ok(groups)
}
