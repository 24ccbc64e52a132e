//! JSON as programs really write it.

use crate::error::Error;
use crate::json_tree::Value;
use crate::limits::Limits;
use core::time::Duration;
use evenkeel_core::Timestamp;
use serde_json::Number;

pub(crate) fn parse<'a>(body: &'a [u8], limits: &Limits) -> Result<Value<'a>, Error> {
    limits.check_body(body)?;
    serde_json::from_slice(body).map_err(|why| Error::json(&why))
}

/// The elements of a field that is a list. One that is absent or null has none.
pub(crate) fn list<'v, 'a>(value: &'v Value<'a>, field: &str) -> Result<&'v [Value<'a>], Error> {
    match value.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(Error::at(0, 0, format!("{field} must be a list"))),
    }
}

/// What a number can be written as.
pub(crate) enum Scalar<'v> {
    Text(&'v str),
    Number(&'v Number),
    Other,
}

/// A value of either tree.
pub(crate) trait AsScalar {
    fn scalar(&self) -> Scalar<'_>;
}

impl AsScalar for Value<'_> {
    fn scalar(&self) -> Scalar<'_> {
        match self {
            Self::String(text) => Scalar::Text(text),
            Self::Number(number) => Scalar::Number(number),
            _ => Scalar::Other,
        }
    }
}

impl AsScalar for serde_json::Value {
    fn scalar(&self) -> Scalar<'_> {
        match self {
            Self::String(text) => Scalar::Text(text),
            Self::Number(number) => Scalar::Number(number),
            _ => Scalar::Other,
        }
    }
}

/// A whole number, written as a number or as a text (64-bit numbers in OTLP and journald).
pub(crate) fn integer(value: &impl AsScalar) -> Option<i128> {
    match value.scalar() {
        Scalar::Text(text) => text.parse().ok(),
        Scalar::Number(number) => {
            let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            // `1e3`, `3.0`: whole, and exact below 2^63.
            let float =
                || number.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 9.2e18).map(|x| x as i128);
            whole.or_else(float)
        }
        Scalar::Other => None,
    }
}

/// A number. JavaScript writes those that are none as null, others as texts.
pub(crate) fn float(value: &impl AsScalar) -> Option<f64> {
    match value.scalar() {
        Scalar::Number(number) => number.as_f64(),
        Scalar::Text(text) => crate::decimal::float(text),
        Scalar::Other => None,
    }
}

/// Nanoseconds since the epoch; 0 is "not known".
pub(crate) fn nanos(value: Option<&Value<'_>>) -> Result<Option<Timestamp>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let nanos =
                integer(value).and_then(|nanos| i64::try_from(nanos).ok()).filter(|&nanos| nanos >= 0);
            let nanos = nanos.ok_or_else(|| format!("no time in nanoseconds: {value}"))?;
            Ok((nanos != 0).then(|| Timestamp::from_nanos(nanos)))
        }
    }
}

/// Microseconds, fractions included, as nanoseconds.
pub(crate) fn micros(value: &Value<'_>) -> Option<i64> {
    match integer(value) {
        Some(whole) => i64::try_from(whole).ok()?.checked_mul(1000),
        // The fraction apart from the rest, which a double would round off together with it.
        None => float(value).filter(|x| x.abs() < 9.2e15).map(|x| {
            let whole = x.trunc();
            whole as i64 * 1000 + ((x - whole) * 1e3).round() as i64
        }),
    }
}

pub(crate) fn length(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

/// An identifier of 1 to `digits` hexadecimal digits; `None` if it is empty or 0, which stands for none.
pub(crate) fn hex(text: &str, digits: usize) -> Result<Option<u128>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > digits || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("no identifier of up to {digits} hexadecimal digits: {text:.40}"));
    }
    Ok(u128::from_str_radix(text, 16).ok().filter(|&id| id != 0))
}

pub(crate) fn trace_id(value: Option<&Value<'_>>) -> Result<Option<u128>, String> {
    hex(value.and_then(Value::as_str).unwrap_or_default(), 32)
}

pub(crate) fn span_id(value: Option<&Value<'_>>) -> Result<Option<u64>, String> {
    // Sixteen digits always fit.
    hex(value.and_then(Value::as_str).unwrap_or_default(), 16)
        .map(|id| id.and_then(|id| u64::try_from(id).ok()))
}

/// Bytes from Base64, in either alphabet, padded or not.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut n) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        n += 6;
        if n >= 8 {
            n -= 8;
            bytes.push((bits >> n) as u8);
            bits &= (1 << n) - 1;
        }
    }
    // A single digit at the end holds no byte.
    (n < 6).then_some(bytes)
}
