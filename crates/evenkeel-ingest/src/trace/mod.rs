//! Traces: spans from OTLP, Zipkin and Jaeger, and the graph of services that they mean.
//!
//! ```
//! use evenkeel_ingest::Limits;
//! use evenkeel_ingest::trace::{ServiceGraph, zipkin};
//!
//! let body = br#"[
//!   {"traceId":"5af7","id":"1","kind":"SERVER","timestamp":1,"duration":90,"localEndpoint":{"serviceName":"edge"}},
//!   {"traceId":"5af7","id":"2","parentId":"1","timestamp":9,"duration":50,"localEndpoint":{"serviceName":"cart"},
//!    "tags":{"error":"timeout"}}]"#;
//! let graph = ServiceGraph::from_spans(&zipkin(body, &Limits::default())?.spans);
//! let edge = &graph.edges[0];
//! assert_eq!((edge.from.as_str(), edge.to.as_str(), edge.calls, edge.errors), ("edge", "cart", 1, 1));
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! OTLP is read by [`otlp`](crate::otlp).

mod jaeger;
mod service_graph;
mod span;
mod zipkin;

pub use jaeger::jaeger;
pub use service_graph::{CallEdge, ServiceGraph};
pub use span::{Span, SpanEvent, SpanKind, SpanLink, Spans};
pub use zipkin::zipkin;
