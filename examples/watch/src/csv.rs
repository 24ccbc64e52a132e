//! Samples from a `timestamp,value` file.

use evenkeel::prelude::{At, Error, Timestamp};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Reads samples from CSV: a time and a value a record; further fields are ignored, and so is a header.
///
/// Times: RFC 3339; `YYYY-MM-DD HH:MM:SS` with or without a fraction, taken as UTC; seconds since 1970, or
/// milliseconds (from 1e11 on, which as seconds would be the year 5138). A value that is empty, `NaN` or
/// `null` is missing. Order and repetition are kept.
///
/// # Errors
/// [`Error::Parse`] with line and column for what can't be read, and for a file without a sample.
pub fn read(mut input: impl Read) -> Result<Vec<At<f64>>, Error> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|e| Error::Parse { line: 0, column: 0, what: e.to_string() })?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(&bytes[..]);
    let mut samples = Vec::new();
    let mut lines = Lines { bytes: &bytes, counted: 0, line: 1 };
    let mut line = 0;
    for (i, record) in reader.byte_records().enumerate() {
        let record = record.map_err(|e| Error::Parse { line: line + 1, column: 0, what: e.to_string() })?;
        line = record.position().map_or(line + 1, |p| lines.of(p.byte()));
        let field = |column: usize| match record.get(column).map(std::str::from_utf8) {
            Some(Ok(text)) => Ok(text.trim_start_matches('\u{feff}')),
            Some(Err(_)) => {
                Err(Error::Parse { line, column: column + 1, what: "text that is not UTF-8".into() })
            }
            None => {
                let what = format!("expected a timestamp and a value, found {} field", record.len());
                Err(Error::Parse { line, column: column + 1, what })
            }
        };
        let (time, value) = (field(0)?, field(1)?);
        match (timestamp(time), number(value)) {
            (Some(time), Some(value)) => samples.push(At::new(time, value)),
            // A header is a first line in which neither is what it should be.
            (None, None) if i == 0 => {}
            (None, _) => {
                let what = format!("expected a timestamp, found `{}`", shortened(time));
                return Err(Error::Parse { line, column: 1, what });
            }
            (_, None) => {
                let what = format!("expected a number, found `{}`", shortened(value));
                return Err(Error::Parse { line, column: 2, what });
            }
        }
    }
    if samples.is_empty() {
        return Err(Error::Parse { line, column: 0, what: "the file holds no sample".into() });
    }
    Ok(samples)
}

/// Counts lines: the reader places a record at the end of the one before, blank lines in between included.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the first character at or after `offset` that ends no line. Offsets must not go back.
    fn of(&mut self, offset: u64) -> usize {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        let blank = self.bytes[offset..].iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        let newlines = self.bytes[self.counted..offset + blank].iter().filter(|b| **b == b'\n').count();
        (self.counted, self.line) = (offset + blank, self.line + newlines);
        self.line
    }
}

/// The first characters of a field, for a message.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Writes samples as `timestamp,value` lines that [`read`] reads; times in RFC 3339, a missing value empty.
///
/// # Errors
/// A sentence on what kept it from being written.
pub fn write(path: &Path, samples: &[At<f64>]) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut text = String::from("timestamp,value\n");
    for At { time, value } in samples {
        let value = if value.is_finite() { value.to_string() } else { String::new() };
        text.push_str(&format!("{time},{value}\n"));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    fs::write(path, text).map_err(told)
}

/// A time as [`read`] takes it; `None` if it is none.
#[must_use]
pub fn timestamp(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<f64>() {
        if !number.is_finite() {
            return None;
        }
        let millis = if number.abs() >= 1e11 { number } else { number * 1e3 };
        // Whole milliseconds are exact; a fraction of one is kept to a microsecond.
        let micros = (millis * 1e3).round();
        return (micros.abs() < 9e15).then(|| Timestamp::from_nanos((micros as i64).saturating_mul(1_000)));
    }
    let nanos = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant.as_nanosecond(),
        Err(_) => text
            .parse::<jiff::civil::DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_nanosecond(),
    };
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

fn number(text: &str) -> Option<f64> {
    if text.is_empty() || text.eq_ignore_ascii_case("null") { Some(f64::NAN) } else { text.parse().ok() }
}
