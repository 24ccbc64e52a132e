//! What Prometheus and its relatives push: remote write 1.0 and 2.0.
//!
//! ```
//! use evenkeel_core::Timestamp;
//! use evenkeel_ingest::remote_write::{Version, WriteRequest, encode};
//! use evenkeel_ingest::{Labels, Limits, Sample, Series, SeriesKind};
//!
//! let mut series = Series::new(Labels::new([("__name__", "up"), ("job", "shop")])?, SeriesKind::Gauge);
//! series.samples.push(Sample::new(Timestamp::from_seconds(1_795_000_000), 1.0));
//! let body = encode(Version::V2, &[series.clone()])?;
//!
//! // The receiving side: headers first, then the body.
//! let version = Version::of("application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy")?;
//! let request = WriteRequest::decode(version, &body, &Limits::default())?;
//! assert_eq!(request.series, [series]);
//! assert_eq!(request.status(), 204);
//! assert_eq!(request.written().headers()[0], ("X-Prometheus-Remote-Write-Samples-Written", "1".to_owned()));
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! Specifications: <https://prometheus.io/docs/specs/prw/remote_write_spec/> (1.0) and
//! <https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>.
//!
//! Worth knowing (seen with Prometheus 2.42 as sender and as receiver):
//! - Bodies come with metadata alone, and with series that have an exemplar and no sample.
//! - After an outage one set of labels is sent many times in one body: see
//!   [`merge_series`](crate::merge_series).
//! - A receiver that has no room answers **503, never 429**: a sender with default settings drops a batch for
//!   good on 429. A refusal for what a body is must be 400, so that it is not sent again; see
//!   [`Error::status`](crate::Error::status).
//! - Retries are byte-identical: what was written before is a [repeated
//!   sample](crate::FindingKind::RepeatedSample), not a fault.
//! - Labels come unsorted, and times may lie in the future: [`Series::clamp_future`](crate::Series) them.

mod body;
mod encode;
mod messages;
mod native;
mod request;

pub use body::Version;
pub use encode::encode;
pub use request::{Metadata, WriteRequest, Written, apply_metadata};
