//! Incident files: the slice of telemetry of one incident, with what was said of it.
//!
//! A file is JSON, and is kept beside the code of whoever had the incident, so that a change of a detector or
//! of its settings can be tried on what has really happened. Its format:
//!
//! ```json
//! {
//!   "format": "evenkeel-incident/1",
//!   "series": "orders/latency",
//!   "unit": "seconds",
//!   "said": "Payments were slow after the change of 12:10; rolled back at 12:40.",
//!   "begins": "2026-03-02T00:00:00Z",
//!   "judged_from": "2026-03-02T08:00:00Z",
//!   "expected": [
//!     { "from": "2026-03-02T12:10:00Z", "until": "2026-03-02T12:40:00Z", "direction": "up" }
//!   ],
//!   "values": [[0, 0.12], [60, 0.13], [120, null]]
//! }
//! ```
//!
//! | field | | what it is |
//! | --- | --- | --- |
//! | `format` | | `evenkeel-incident/1`; a file with another one is refused |
//! | `series` | | the name of the series; not empty |
//! | `unit` | optional | of the values |
//! | `said` | optional | what people said of the incident |
//! | `begins` | | the time that the values count from: RFC 3339, with `Z` or an offset |
//! | `judged_from` | | what comes before it is learned from, and what is told of it does not count |
//! | `expected` | | each event: it is caught by an alert that is told in [`from`, `until`], both included, by its `direction`: `up` (not lower than expected), `down` (not higher), `either`, or `silent` (no values); empty: nothing is wrong, and every alert is a false one |
//! | `values` | | pairs of seconds after `begins`, which rise, and the value; `null` where it is missing; at least one value |
//!
//! Other fields are refused, as a field that is misspelled would be silently left out. What is added to the
//! format later is optional, or the number behind the slash goes up. Seconds are kept to a microsecond.

use crate::csv;
use evenkeel::prelude::{At, Error, Timestamp};
use serde::{Deserialize, Deserializer};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What the field `format` holds.
pub const FORMAT: &str = "evenkeel-incident/1";

/// The slice of telemetry of one incident, with what was said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentFile {
    /// The name of the series.
    pub series: String,
    /// The unit of its values.
    pub unit: Option<String>,
    /// What people said of the incident.
    pub said: Option<String>,
    /// What comes before is learned from.
    pub judged_from: Timestamp,
    /// The events that are to be caught.
    pub expected: Vec<Expected>,
    /// The values, each later than the one before; NaN where one is missing.
    pub samples: Vec<At<f64>>,
}

/// An event that is to be caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// From when on an alert catches it.
    #[serde(deserialize_with = "read_time")]
    pub from: Timestamp,
    /// Until when.
    #[serde(deserialize_with = "read_time")]
    pub until: Timestamp,
    /// What an alert must say.
    pub direction: Sought,
}

/// What an alert must say to catch an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sought {
    /// Values are higher than expected, or abnormal without a direction.
    Up,
    /// Values are lower than expected, or abnormal without a direction.
    Down,
    /// Values are abnormal.
    Either,
    /// There are no values.
    Silent,
}

impl Sought {
    /// As it is written in a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Either => "either",
            Self::Silent => "silent",
        }
    }

    /// What is written so in a file.
    ///
    /// # Errors
    /// If nothing is.
    pub fn named(text: &str) -> Result<Self, String> {
        let all = [Self::Up, Self::Down, Self::Either, Self::Silent];
        all.into_iter()
            .find(|sought| sought.name() == text)
            .ok_or_else(|| format!("`{text}` is no direction: up, down, either or silent"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    format: String,
    series: String,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    said: Option<String>,
    #[serde(deserialize_with = "read_time")]
    begins: Timestamp,
    #[serde(deserialize_with = "read_time")]
    judged_from: Timestamp,
    expected: Vec<Expected>,
    values: Vec<(f64, Option<f64>)>,
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    // A bare number of seconds is a time in CSV, and a mistake here.
    let time = csv::timestamp(&text).filter(|_| text.parse::<f64>().is_err());
    time.ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        serde::de::Error::custom(format!("expected a time like 2026-03-02T12:10:00Z, found `{text}`"))
    })
}

impl IncidentFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`Error::Parse`] with line and column for what is not of the format; [`Error::Parameter`] for what
    /// contradicts itself.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parts: Parts = serde_json::from_str(text).map_err(|e| {
            let what = e.to_string();
            let what = what.rsplit_once(" at line").map_or(what.as_str(), |(what, _)| what).to_string();
            Error::Parse { line: e.line(), column: e.column(), what }
        })?;
        Error::require(parts.format == FORMAT, "format", FORMAT, shortened(&parts.format))?;
        let mut samples: Vec<At<f64>> = Vec::with_capacity(parts.values.len());
        for (i, (seconds, value)) in parts.values.into_iter().enumerate() {
            // Within 292 years, what the clock can hold.
            let known = (0.0..=9e9).contains(&seconds);
            let place = |what: &str| format!("{what}, the seconds of value {i}");
            Error::require(known, "values", "in [0, 9e9]", place(&seconds.to_string()))?;
            let after = Duration::from_micros((seconds * 1e6).round() as u64);
            let time = parts.begins + after;
            let rises = samples.last().is_none_or(|last| last.time < time);
            Error::require(rises, "values", "later than the one before", place(&seconds.to_string()))?;
            samples.push(At::new(time, value.unwrap_or(f64::NAN)));
        }
        let Parts { series, unit, said, judged_from, expected, .. } = parts;
        let file = Self { series, unit, said, judged_from, expected, samples };
        file.validate()?;
        Ok(file)
    }

    /// Checks what a file must hold.
    ///
    /// # Errors
    /// [`Error::TooShort`] without a value; [`Error::Parameter`] for what contradicts itself.
    pub fn validate(&self) -> Result<(), Error> {
        Error::require(!self.series.trim().is_empty(), "series", "a name", "empty")?;
        let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) else {
            return Err(Error::TooShort { needed: 1, got: 0 });
        };
        if !self.samples.iter().any(|x| x.value.is_finite()) {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let inside = self.judged_from > first.time && self.judged_from <= last.time;
        let must = format!("after {} and not after {}", first.time, last.time);
        if !inside {
            return Err(Error::parameter(
                "judged_from",
                "within the values",
                format!("{} ({must})", self.judged_from),
            ));
        }
        for event in &self.expected {
            Error::require(event.from <= event.until, "until", "not before `from`", event.until)?;
            Error::require(event.from >= self.judged_from, "from", "not before `judged_from`", event.from)?;
            Error::require(event.from <= last.time, "from", "not after the last value", event.from)?;
        }
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A sentence with its name.
    pub fn read(path: &Path) -> Result<Self, String> {
        let told = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        Self::parse(&fs::read_to_string(path).map_err(|e| told(&e))?).map_err(|e| told(&e))
    }

    /// The text of a file.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate).
    pub fn to_json(&self) -> Result<String, Error> {
        self.validate()?;
        // As a JSON string; none of them can fail.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let first = self.samples.first().map_or(Timestamp::EPOCH, |x| x.time);
        let mut text = format!("{{\n  \"format\": \"{FORMAT}\",\n  \"series\": {}", quoted(&self.series));
        for (name, field) in [("unit", &self.unit), ("said", &self.said)] {
            if let Some(field) = field {
                let _ = write!(text, ",\n  \"{name}\": {}", quoted(field));
            }
        }
        let _ = write!(text, ",\n  \"begins\": \"{first}\",\n  \"judged_from\": \"{}\"", self.judged_from);
        text.push_str(",\n  \"expected\": [");
        for (i, event) in self.expected.iter().enumerate() {
            text.push_str(if i == 0 { "\n    " } else { ",\n    " });
            let Expected { from, until, direction } = event;
            let direction = direction.name();
            let _ = write!(
                text,
                "{{ \"from\": \"{from}\", \"until\": \"{until}\", \"direction\": \"{direction}\" }}"
            );
        }
        text.push_str(if self.expected.is_empty() { "],\n" } else { "\n  ],\n" });
        text.push_str("  \"values\": [");
        for (i, At { time, value }) in self.samples.iter().enumerate() {
            text.push_str(match i {
                0 => "\n    ",
                _ if i % 8 == 0 => ",\n    ",
                _ => ", ",
            });
            let seconds = time.since(first).as_micros() as f64 * 1e-6;
            let seconds = (seconds * 1e6).round() / 1e6;
            let value = if value.is_finite() { value.to_string() } else { "null".into() };
            let _ = write!(text, "[{seconds}, {value}]");
        }
        text.push_str("\n  ]\n}\n");
        Ok(text)
    }

    /// What is learned from, and what is judged.
    #[must_use]
    pub fn split(&self) -> (&[At<f64>], &[At<f64>]) {
        self.samples.split_at(self.samples.partition_point(|x| x.time < self.judged_from))
    }

    /// Cuts an incident out of a series: so much before it, of which the first two thirds are learned from,
    /// and so much after it.
    ///
    /// # Errors
    /// Those of [`validate`](Self::validate), if the incident is not within the series.
    pub fn cut(
        series: impl Into<String>,
        samples: &[At<f64>],
        event: Expected,
        (before, after): (Duration, Duration),
    ) -> Result<Self, Error> {
        let inside = |x: &&At<f64>| {
            (x.time >= event.from || event.from.since(x.time) <= before)
                && (x.time <= event.until || x.time.since(event.until) <= after)
        };
        let samples: Vec<At<f64>> = samples.iter().filter(inside).copied().collect();
        let history = samples.partition_point(|x| x.time < event.from);
        if history < 3 {
            return Err(Error::TooShort { needed: 3, got: history });
        }
        let judged_from = samples.get(2 * history / 3).map_or(event.from, |x| x.time);
        let (series, expected) = (series.into(), vec![event]);
        let file = Self { series, unit: None, said: None, judged_from, expected, samples };
        file.validate()?;
        Ok(file)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
