//! Headers and compression.

use crate::error::Error;
use crate::limits::{Limits, within};

/// Which message a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// `prometheus.WriteRequest`.
    V1,
    /// `io.prometheus.write.v2.Request`.
    V2,
}

impl Version {
    /// The version that the headers `Content-Type` and `Content-Encoding` name.
    ///
    /// # Errors
    /// [`Error::Unsupported`], whose status is 415, for other types, messages and encodings.
    pub fn of(content_type: &str, content_encoding: &str) -> Result<Self, Error> {
        if !content_encoding.trim().eq_ignore_ascii_case("snappy") {
            return Err(Error::Unsupported { what: "content encoding", was: content_encoding.into() });
        }
        let refused = || Error::Unsupported { what: "content type", was: content_type.into() };
        let mut parts = content_type.split(';').map(str::trim);
        if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/x-protobuf") {
            return Err(refused());
        }
        match parts.find_map(|part| part.strip_prefix("proto=")).map(|name| name.trim_matches('"')) {
            None | Some("prometheus.WriteRequest") => Ok(Self::V1),
            Some("io.prometheus.write.v2.Request") => Ok(Self::V2),
            Some(_) => Err(refused()),
        }
    }

    /// The value of the header `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V1 => "application/x-protobuf",
            Self::V2 => "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        }
    }
}

/// Takes a body out of its snappy block. What it says of its size is checked first: a few bytes can claim 4
/// GiB.
pub(super) fn decompress(body: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    limits.check_body(body)?;
    let refused = |why: snap::Error| Error::at(0, 0, format!("no snappy block: {why}"));
    let size = snap::raw::decompress_len(body).map_err(refused)?;
    within(size, limits.decoded, "bytes of a decompressed body")?;
    snap::raw::Decoder::new().decompress_vec(body).map_err(refused)
}
