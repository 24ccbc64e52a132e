//! Access logs of nginx and its relatives.

use crate::error::Error;
use crate::log::timestamp_pattern::TimestampPattern;
use evenkeel_core::Timestamp;

/// A line of an access log.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AccessRecord {
    /// The address of the client, or whatever stands first.
    pub remote: String,
    /// When the request was answered.
    pub time: Option<Timestamp>,
    /// The line of the request as it came, which need not be one of HTTP.
    pub request: String,
    /// The status of the answer: 499 if the client went away first.
    pub status: u16,
    /// Bytes of the body of the answer.
    pub bytes: u64,
    /// Fields with a name, as `rt=0.004` or `us="502, 200"`.
    pub fields: Vec<(String, String)>,
    /// Quoted fields without a name, after the request: referrer and agent in the combined format.
    pub quoted: Vec<String>,
}

impl AccessRecord {
    /// The value of a field with a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|pair| pair.0 == name).map(|pair| pair.1.as_str())
    }

    /// Method and target of the request; `None` if it is not one of HTTP.
    #[must_use]
    pub fn method_and_target(&self) -> Option<(&str, &str)> {
        let mut parts = self.request.split(' ');
        let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
        (version.starts_with("HTTP/") && parts.next().is_none()).then_some((method, target))
    }
}

/// Reads a line of an access log: the common and the combined format, and formats of your own that have the
/// time in brackets, then the request in quotes, status and bytes, and after that quoted fields or fields with
/// names. Escapes (`\x22`) are resolved.
///
/// ```
/// use evenkeel_ingest::log::{access_line, upstream_values};
///
/// let line = r#"10.0.0.1 [29/Nov/2026:12:02:04 +0000] "GET /u/ HTTP/1.1" 200 3 us="502, 200" urt="0.000, 0.002""#;
/// let record = access_line(line)?;
/// assert_eq!((record.status, record.method_and_target()), (200, Some(("GET", "/u/"))));
/// // The first try failed: a list, one value a server that was tried.
/// assert_eq!(upstream_values(record.field("us").unwrap()), [Some(502.0), Some(200.0)]);
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
///
/// # Errors
/// [`Error::Malformed`] with the column if time, request or status are not where they should be, a quote is
/// not closed, or the line has more than 64 KiB.
pub fn access_line(line: &str) -> Result<AccessRecord, Error> {
    let fail = |at: usize, what: &str| Error::at(1, at + 1, what);
    if line.len() > 64 << 10 {
        return Err(fail(0, "a line of more than 64 KiB"));
    }
    let open = line.find('[').ok_or_else(|| fail(0, "no time in brackets"))?;
    let close = open + line[open..].find(']').ok_or_else(|| fail(open, "the bracket is not closed"))?;
    let common = TimestampPattern::new("%d/%b/%Y:%H:%M:%S %z")?;
    let mut patterns = [common].into_iter().chain(TimestampPattern::rfc_3339());
    let time = patterns.find_map(|pattern| pattern.parse(&line[open + 1..close]));
    let time = time.ok_or_else(|| fail(open + 1, "no time"))?;
    let quote = close + line[close..].find('"').ok_or_else(|| fail(close, "no request in quotes"))?;
    let (request, mut at) = quoted(line, quote).ok_or_else(|| fail(quote, "the quote is not closed"))?;
    let remote = line.split(' ').next().unwrap_or_default().into();
    let mut record = AccessRecord { remote, time: Some(time), request, ..AccessRecord::default() };
    let mut plain = 0;
    while at < line.len() {
        let rest = &line[at..];
        if rest.starts_with(' ') {
            at += 1;
            continue;
        }
        if rest.starts_with('"') {
            let (text, end) = quoted(line, at).ok_or_else(|| fail(at, "the quote is not closed"))?;
            record.quoted.push(text);
            at = end;
            continue;
        }
        let end = at + rest.find(' ').unwrap_or(rest.len());
        let word = &line[at..end];
        if let Some((name, value)) = word.split_once('=') {
            let (text, end) = if value.starts_with('"') {
                let start = at + name.len() + 1;
                quoted(line, start).ok_or_else(|| fail(start, "the quote is not closed"))?
            } else {
                (value.to_owned(), end)
            };
            record.fields.push((name.into(), text));
            at = end;
            continue;
        }
        match plain {
            0 => {
                let status = word.parse().ok().filter(|status| (100..1000).contains(status));
                record.status = status.ok_or_else(|| fail(at, "no status"))?;
            }
            // A dash for none.
            1 if word != "-" => record.bytes = word.parse().map_err(|_| fail(at, "no number of bytes"))?,
            1 => {}
            _ => record.fields.push((String::new(), word.into())),
        }
        plain += 1;
        at = end;
    }
    if plain == 0 { Err(fail(line.len(), "no status")) } else { Ok(record) }
}

/// The text in quotes that open at a place, and where they end.
fn quoted(line: &str, open: usize) -> Option<(String, usize)> {
    let bytes = line.as_bytes();
    let mut text = Vec::new();
    let mut at = open + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some((String::from_utf8_lossy(&text).into_owned(), at + 1)),
            b'\\' => {
                let escaped = *bytes.get(at + 1)?;
                let hex = bytes.get(at + 2..at + 4).and_then(|two| str::from_utf8(two).ok());
                match hex.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| escaped == b'x') {
                    Some(byte) => {
                        text.push(byte);
                        at += 4;
                    }
                    None => {
                        if !matches!(escaped, b'"' | b'\\') {
                            text.push(b'\\');
                        }
                        text.push(escaped);
                        at += 2;
                    }
                }
            }
            byte => {
                text.push(byte);
                at += 1;
            }
        }
    }
}

/// The values of a field about upstream servers, one for each that was tried: apart by commas, and by colons
/// where a request was passed on within the server. `None` for one that has no value (`-`).
#[must_use]
pub fn upstream_values(field: &str) -> Vec<Option<f64>> {
    if field.is_empty() {
        return Vec::new();
    }
    field.split([',', ':']).map(|one| one.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect()
}
