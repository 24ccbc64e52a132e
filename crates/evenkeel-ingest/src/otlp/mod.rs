//! OTLP over HTTP: traces, metrics and logs, in JSON and, with the feature `otlp`, in protobuf.
//!
//! ```
//! use evenkeel_ingest::otlp::{Encoding, metrics};
//! use evenkeel_ingest::{FindingKind, Limits};
//!
//! // As the JavaScript SDK writes it: a value that is NaN comes as null.
//! let body = br#"{"resourceMetrics":[{
//!   "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
//!   "scopeMetrics":[{"metrics":[{"name":"queue","gauge":{"dataPoints":[
//!     {"timeUnixNano":"1795953902720000000","asInt":42,"attributes":[{"key":"q","value":{"stringValue":"a"}}]},
//!     {"timeUnixNano":"1795953902720000000","asDouble":null}]}}]}]}]}"#;
//! let metrics = metrics(body, Encoding::of("application/json")?, &Limits::default())?;
//! assert_eq!(metrics.series[0].labels.to_string(), r#"queue{q="a","service.name"="shop"}"#);
//! assert_eq!(metrics.series[0].samples[0].value, 42.0);
//! // The point without a value is neither lost silently nor a 0.
//! assert_eq!(metrics.findings.count(FindingKind::NoValue), 1);
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! The specification is <https://opentelemetry.io/docs/specs/otlp/>; the encoding of JSON differs from that of
//! protobuf in general: identifiers are hexadecimal, 64-bit numbers may be texts. Whatever cannot be read of
//! one item is left out and reported, and the others are kept. Compressed bodies (`Content-Encoding: gzip`) go
//! through `decompress` first, with the feature `otlp`.

mod encoding;
mod json_logs;
mod json_metrics;
mod json_traces;
mod json_value;
#[cfg(feature = "otlp")]
mod messages;
mod metrics;
#[cfg(feature = "otlp")]
mod protobuf;
#[cfg(feature = "otlp")]
mod protobuf_logs;
#[cfg(feature = "otlp")]
mod protobuf_metrics;
#[cfg(feature = "otlp")]
mod protobuf_traces;

pub use encoding::{Encoding, logs, metrics, traces};
pub use metrics::Metrics;
