//! How much of a body is read.

use crate::error::Error;

/// How much one body may hold. A body beyond a limit is refused as a whole, with an error that names the
/// limit: a part of it would look like a complete answer.
///
/// ```
/// use evenkeel_ingest::{Limits, exposition::Parser};
///
/// let mut limits = Limits::default();
/// limits.points = 1;
/// let refused = Parser::text().limits(limits).parse(b"a 1\nb 2\n").unwrap_err();
/// assert_eq!(refused.to_string(), "more than 1 points");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a body as received. Default 32 MiB.
    pub body: usize,
    /// Bytes of a body after decompression. Default 128 MiB.
    pub decoded: usize,
    /// Points, spans, log records or rows. Default 1,000,000.
    pub points: usize,
    /// Labels or attributes of one series, span or record. Default 128.
    pub labels: usize,
    /// Bytes of one line of text, of one label value or of one log message. Default 64 KiB.
    pub line: usize,
    /// Buckets of one histogram. Default 20,000.
    pub buckets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 32 << 20,
            decoded: 128 << 20,
            points: 1_000_000,
            labels: 128,
            line: 64 << 10,
            buckets: 20_000,
        }
    }
}

impl Limits {
    pub(crate) fn check_body(&self, body: &[u8]) -> Result<(), Error> {
        within(body.len(), self.body, "bytes of a body")
    }

    pub(crate) fn check_points(&self, points: usize) -> Result<(), Error> {
        within(points, self.points, "points")
    }
}

pub(crate) const fn within(n: usize, limit: usize, what: &'static str) -> Result<(), Error> {
    if n <= limit { Ok(()) } else { Err(Error::TooLarge { what, limit }) }
}
