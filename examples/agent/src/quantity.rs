//! Lengths of time and sizes as they are written in the configuration.

use evenkeel::ingest::collector::Selector;
use serde::de::{Deserialize, Deserializer, Error};
use std::time::Duration;

/// A number and its unit.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (&text[..unit], text[unit..].trim())
}

/// A length of time: `500ms`, `15s`, `5m`, `1h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl Length {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text);
        let seconds = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return Err(format!("a length of time ends with ms, s, m, h or d; was \"{text}\"")),
        };
        let number: f64 = number.parse().map_err(|_| format!("\"{text}\" does not begin with a number"))?;
        let length =
            Duration::try_from_secs_f64(number * seconds).map_err(|why| format!("\"{text}\": {why}"))?;
        Ok(Self(length))
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A size: `4096B`, `512KiB`, `4MiB`, `1GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

impl Size {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (number, unit) = split(text);
        let bytes: usize = match unit {
            "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(format!("a size ends with B, KiB, MiB or GiB; was \"{text}\"")),
        };
        let number: usize =
            number.parse().map_err(|_| format!("\"{text}\" does not begin with a whole number"))?;
        number.checked_mul(bytes).map(Self).ok_or_else(|| format!("\"{text}\" is too large"))
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A selector of series that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series(pub(crate) String);

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse::<Selector>() {
            Ok(_) => Ok(Self(text)),
            Err(why) => Err(D::Error::custom(format!("no selector of series: {why}"))),
        }
    }
}
