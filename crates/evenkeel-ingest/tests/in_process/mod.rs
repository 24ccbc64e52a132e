//! A program that watches itself.

#[cfg(all(feature = "metrics", feature = "tracing", feature = "keeper"))]
mod loop_from_within;
#[cfg(feature = "metrics")]
mod metrics_recorder;
#[cfg(feature = "tracing")]
mod span_layer;
