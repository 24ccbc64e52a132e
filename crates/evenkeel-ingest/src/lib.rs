//! Telemetry in: what real programs expose, answer and send becomes series, spans and records, without I/O.
//!
//! ```
//! use evenkeel_core::{Stage, Timestamp};
//! use evenkeel_ingest::{CounterRate, Findings, exposition::Exposition};
//!
//! // Two scrapes of one program, ten seconds apart.
//! let mut findings = Findings::default();
//! let mut scrape = |second, page: &str| {
//!     let page = Exposition::text(page)?;
//!     Ok::<_, evenkeel_ingest::Error>(page.into_series(Timestamp::from_seconds(second), &mut findings))
//! };
//! let first = scrape(0, "# TYPE requests_total counter\nrequests_total{code=\"200\"} 120\n")?;
//! let second = scrape(10, "# TYPE requests_total counter\nrequests_total{code=\"200\"} 150\n")?;
//!
//! // Series are told apart by their labels; a counter becomes a rate.
//! assert_eq!(first[0].labels, second[0].labels);
//! let mut rate = CounterRate::of(first[0].kind).expect("a counter");
//! rate.update(first[0].samples[0]);
//! let increase = rate.update(second[0].samples[0]).unwrap();
//! assert_eq!(increase.per_second(), 3.0);
//! assert!(findings.is_empty());
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! Bytes in, typed values out. Without the feature `client`, nothing here opens a socket, reads a file, starts a thread or looks at a clock
//! (but for the layer of `tracing`, which measures how long spans last); how bytes are fetched is yours. Every reader is strict about the form (an [`Error`] names the place),
//! bounded by [`Limits`], and keeps what can be kept: what is wrong with single points, spans or records is
//! counted as a [`Finding`], never dropped silently, never merged silently, and no gap becomes a 0.
//!
//! | | what is in it |
//! | --- | --- |
//! | [`Series`], [`Sample`], [`Labels`] | the data model: stale markers, gaps, the grid of a query |
//! | [`CounterRate`] | counters to increases, with restarts and start timestamps |
//! | [`Findings`] | what is wrong with data that could be read |
//! | [`exposition`] | Prometheus text 0.0.4, OpenMetrics 1.0 |
//! | [`prometheus`] | answers to queries, ranges that fit the limit of a server, polling with backfill |
//! | [`Histogram`] | buckets of all kinds to quantiles |
#![cfg_attr(feature = "remote-write", doc = "| [`remote_write`] | remote write 1.0 and 2.0, both sides |")]
#![cfg_attr(
    any(feature = "metrics", feature = "tracing"),
    doc = "| [`in_process`] | what a program's own `metrics` and `tracing` calls say |"
)]
#![cfg_attr(feature = "keeper", doc = "| [`collector`] | all of it to an observer of `evenkeel-keeper` |")]
//!
//! # Features
//! - `remote-write`: bodies of remote write, by `prost` and `snap`.
//! - `otlp`: OTLP in protobuf, by `prost`, and compressed bodies, by `flate2`. Its JSON is always read.
//! - `client`: blocking clients for Prometheus, for pages of metrics and for Alertmanager, by `ureq` without
//!   TLS. They are all that does any I/O here.
//! - `metrics`, `tracing`: a recorder for the crate `metrics` and a layer for `tracing`, for programs that watch
//!   themselves.
//! - `keeper`: the collector, which hands telemetry to the observer of `evenkeel-keeper`.
//! - `locate`: the graph of services as a graph of `evenkeel-locate`.
//!
//! # What it is not
//! It is no agent: it listens to nothing, and what it scrapes you ask for. It stores nothing.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod alertmanager;
mod attribute;
#[cfg(feature = "client")]
mod client_error;
pub mod collectd;
#[cfg(feature = "keeper")]
#[cfg_attr(docsrs, doc(cfg(feature = "keeper")))]
pub mod collector;
#[cfg(feature = "otlp")]
mod compression;
mod counter_rate;
#[cfg(feature = "client")]
mod credentials;
mod decimal;
mod error;
mod exemplar;
pub mod exposition;
mod finding;
pub mod haproxy;
mod histogram;
#[cfg(feature = "client")]
mod http;
#[cfg(any(feature = "metrics", feature = "tracing"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "metrics", feature = "tracing"))))]
pub mod in_process;
mod json;
mod json_tree;
pub mod labels;
mod limits;
pub mod log;
pub mod otlp;
pub mod prometheus;
#[cfg(feature = "remote-write")]
pub mod remote_write;
mod sample;
pub mod trace;
#[cfg(any(feature = "remote-write", feature = "otlp"))]
mod wire;

pub use attribute::{AttributeValue, Attributes, Resource, UNKNOWN_SERVICE};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client_error::ClientError;
#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
pub use compression::decompress;
pub use counter_rate::{CounterRate, Increase};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use credentials::Credentials;
pub use error::Error;
pub use exemplar::{Exemplar, SeriesExemplar};
pub use finding::{Finding, FindingKind, Findings};
pub use histogram::{Bucket, ExponentialBuckets, Histogram, HistogramSeries, classic_histograms};
pub use labels::Labels;
pub use limits::Limits;
pub use sample::{STALE_MARKER, Sample, Series, SeriesKind, is_stale_marker, merge_series, sanitize_series};

evenkeel_core::assert_shared!(
    CounterRate,
    Error,
    Finding,
    Findings,
    Histogram,
    Increase,
    Labels,
    Limits,
    Sample,
    Series,
    exposition::Exposition,
    exposition::Parser,
    alertmanager::AlertSink,
    haproxy::ServerRow,
    log::Lines,
    log::Logs,
    otlp::Metrics,
    prometheus::Answer,
    prometheus::Backfill,
    prometheus::Range,
    trace::ServiceGraph,
    trace::Spans,
);
#[cfg(feature = "keeper")]
evenkeel_core::assert_shared!(
    collector::Collector,
    collector::CollectorBuilder,
    collector::Gap,
    collector::Origin,
    collector::Selector
);
#[cfg(feature = "client")]
evenkeel_core::assert_shared!(
    alertmanager::Client,
    exposition::Scraper,
    prometheus::Client,
    ClientError,
    Credentials
);
#[cfg(feature = "metrics")]
evenkeel_core::assert_shared!(in_process::MetricsRecorder, in_process::MetricsReader, in_process::Readings);
#[cfg(feature = "tracing")]
evenkeel_core::assert_shared!(in_process::SpanLayer, in_process::SpanReader, in_process::SpanReadings);
#[cfg(feature = "remote-write")]
evenkeel_core::assert_shared!(remote_write::Version, remote_write::WriteRequest, remote_write::Written);

/// The programs in the readme are tested like those of the documentation.
#[cfg(all(doctest, feature = "keeper", feature = "metrics", feature = "tracing"))]
#[doc = include_str!("../README.md")]
mod readme {}
