//! Compressed bodies.

use crate::error::Error;
use crate::limits::{Limits, within};
use std::borrow::Cow;
use std::io::Read;

/// Takes a body out of the compression that the header `Content-Encoding` names: `gzip`, or none (empty or
/// `identity`). A few bytes can claim gigabytes, so no more than [`Limits::decoded`] is decompressed.
///
/// # Errors
/// [`Error::Unsupported`] for other compressions, [`Error::Malformed`] for what is none or breaks off,
/// [`Error::TooLarge`] beyond the limits of the body and of what it decompresses to.
///
/// ```
/// use evenkeel_ingest::{Limits, decompress};
///
/// let limits = Limits::default();
/// assert_eq!(&decompress(b"up 1\n", "", &limits)?[..], b"up 1\n");
/// assert_eq!(decompress(b"up 1\n", "br", &limits).unwrap_err().status(), 415);
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
pub fn decompress<'a>(
    body: &'a [u8],
    content_encoding: &str,
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, Error> {
    limits.check_body(body)?;
    let encoding = content_encoding.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(Cow::Borrowed(body));
    }
    if !encoding.eq_ignore_ascii_case("gzip") {
        return Err(Error::Unsupported { what: "content encoding", was: content_encoding.into() });
    }
    let most = u64::try_from(limits.decoded).unwrap_or(u64::MAX).saturating_add(1);
    let mut decoded = Vec::new();
    flate2::read::MultiGzDecoder::new(body)
        .take(most)
        .read_to_end(&mut decoded)
        .map_err(|why| Error::at(0, 0, format!("no gzip: {why}")))?;
    within(decoded.len(), limits.decoded, "bytes of a decompressed body")?;
    Ok(Cow::Owned(decoded))
}
