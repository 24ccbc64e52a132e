//! Floats as the reference files write them.

use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;

/// A float of a reference file: a number, or `"NaN"`, `"+Inf"`, `"-Inf"`, `"Infinity"`, `"-Infinity"`, or
/// `null`, which is NaN.
///
/// ```
/// use evenkeel_testing::reference::{Number, values};
///
/// let read: Vec<Number> = serde_json::from_str(r#"[1.5, "-Inf", null]"#)?;
/// let read = values(&read);
/// assert_eq!(read[..2], [1.5, f64::NEG_INFINITY]);
/// assert!(read[2].is_nan());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Number(
    /// The value.
    pub f64,
);

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

/// The floats of a list.
#[must_use]
pub fn values(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|number| number.0).collect()
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read).map(Self)
    }
}

struct Read;

impl Visitor<'_> for Read {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, null, or one of NaN, +Inf, -Inf, Infinity, -Infinity as text")
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<f64, E> {
        Ok(x)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<f64, E> {
        Ok(x as f64)
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<f64, E> {
        Ok(x as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        match text {
            "NaN" => Ok(f64::NAN),
            "+Inf" | "Inf" | "Infinity" | "+Infinity" => Ok(f64::INFINITY),
            "-Inf" | "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }

    fn visit_none<E: de::Error>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }
}
