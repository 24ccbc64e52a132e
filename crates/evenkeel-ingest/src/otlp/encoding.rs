//! Which encoding, and the three signals.

use crate::error::Error;
use crate::limits::Limits;
use crate::log::Logs;
use crate::otlp::metrics::Metrics;
use crate::otlp::{json_logs, json_metrics, json_traces};
#[cfg(feature = "otlp")]
use crate::otlp::{protobuf_logs, protobuf_metrics, protobuf_traces};
use crate::trace::Spans;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// `application/json`.
    Json,
    /// `application/x-protobuf`.
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    Protobuf,
}

impl Encoding {
    /// The encoding that the header `Content-Type` names.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for others, and for protobuf without the feature `otlp`.
    pub fn of(content_type: &str) -> Result<Self, Error> {
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/json" => Ok(Self::Json),
            #[cfg(feature = "otlp")]
            "application/x-protobuf" => Ok(Self::Protobuf),
            _ => Err(Error::Unsupported { what: "content type", was: content_type.into() }),
        }
    }
}

/// Reads the spans of a body for `/v1/traces`.
///
/// # Errors
/// [`Error::Malformed`] if the body as a whole is not in the format, [`Error::TooLarge`].
pub fn traces(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Spans, Error> {
    match encoding {
        Encoding::Json => json_traces::read(body, limits),
        #[cfg(feature = "otlp")]
        Encoding::Protobuf => protobuf_traces::read(body, limits),
    }
}

/// Reads the points of a body for `/v1/metrics`.
///
/// # Errors
/// As [`traces`].
pub fn metrics(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Metrics, Error> {
    match encoding {
        Encoding::Json => json_metrics::read(body, limits),
        #[cfg(feature = "otlp")]
        Encoding::Protobuf => protobuf_metrics::read(body, limits),
    }
}

/// Reads the records of a body for `/v1/logs`.
///
/// # Errors
/// As [`traces`].
pub fn logs(body: &[u8], encoding: Encoding, limits: &Limits) -> Result<Logs, Error> {
    match encoding {
        Encoding::Json => json_logs::read(body, limits),
        #[cfg(feature = "otlp")]
        Encoding::Protobuf => protobuf_logs::read(body, limits),
    }
}
