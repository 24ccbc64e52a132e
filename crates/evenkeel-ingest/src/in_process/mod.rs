//! From within a program of your own: what its [`metrics`](https://docs.rs/metrics) and
//! [`tracing`](https://docs.rs/tracing) calls say, without a page to scrape or a collector beside it.
#![cfg_attr(
    all(feature = "metrics", feature = "tracing", feature = "keeper"),
    doc = r#"
```
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::in_process::{MetricsRecorder, SpanLayer};
use evenkeel_keeper::{Observer, Symptom};
use tracing_subscriber::layer::SubscriberExt as _;

let started = Timestamp::from_seconds(1_795_000_000);
let (recorder, mut metrics) = MetricsRecorder::new(started, 4096)?;
let (layer, mut spans) = SpanLayer::new("shop", started, 256)?;
// In a program: `metrics::set_global_recorder(recorder)` and `set_global_default`. Here for this thread alone.
let _metrics = metrics::set_default_local_recorder(&recorder);
let _spans = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

let (step, origin) = (Duration::from_secs(10), Origin::new("shop", "shop-1"));
let mut observer = Observer::builder(Symptom::requests("users", 0.02)?.at("shop")).step(step).build()?;
let mut collector = Collector::builder(step).requests_by_spans("users", "shop").build()?;

// What handlers do.
tracing::info_span!("order").in_scope(|| {
    metrics::counter!("orders_total").increment(1);
    tracing::info_span!("insert", peer.service = "database").in_scope(|| ());
});

// A task, several times a step: what was counted since the last time goes to the loop.
let now = started + step / 4;
collector.readings(now, &origin, metrics.read(now));
collector.calls(spans.read(now));
collector.feed(now, &mut observer)?;
for event in observer.tick(now).filter(|event| event.is_news()) {
    println!("{event}");
}
// The orders by the second, and the calls of the database: how long, and how many failed.
assert!(observer.signals() >= 3);
# Ok::<(), Box<dyn std::error::Error>>(())
```"#
)]
//!
//! *No state of ours is global*: recorder and layer are values; what `metrics` and `tracing` ask to be installed
//! is all that is. Each comes with one reader, which is not `Clone`: what was counted is handed out once.
//!
//! *How often*: read and tick several times a step. For the observer a time that lies more than a step after its
//! last tick is that of a clock that is wrong, and a task that sleeps for a step sleeps a little longer.
//!
//! *Bounded*: series, components and pairs of them have a cap, taken at the start. What comes beyond it is
//! added up by the name of its metric and reported as [`FindingKind::BeyondCap`](crate::FindingKind::BeyondCap).
//! Histograms have a fixed size whatever is recorded.
//!
//! *Cost*: updates by a handle that is kept are one or two atomic operations. The macros of `metrics` look the
//! handle up at each call, here without a lock. A span costs what the registry of `tracing-subscriber` takes;
//! this layer adds to those that begin a trace, name a component or fail, and nothing to others. Figures are
//! in the readme of the crate, from the bench `ingest` beside other recorders.

#[cfg(any(feature = "metrics", feature = "tracing"))]
mod atomic_buckets;
#[cfg(feature = "tracing")]
mod call_counts;
#[cfg(feature = "tracing")]
mod call_graph;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod intern_table;
#[cfg(feature = "metrics")]
mod metric;
#[cfg(feature = "metrics")]
mod metric_registry;
#[cfg(feature = "metrics")]
mod metrics_reader;
#[cfg(feature = "metrics")]
mod metrics_recorder;
#[cfg(feature = "metrics")]
mod readings;
#[cfg(feature = "tracing")]
mod span_fields;
#[cfg(feature = "tracing")]
mod span_layer;
#[cfg(feature = "tracing")]
mod span_reader;

#[cfg(feature = "metrics")]
pub use metrics_reader::MetricsReader;
#[cfg(feature = "metrics")]
pub use metrics_recorder::MetricsRecorder;
#[cfg(feature = "metrics")]
pub use readings::Readings;
#[cfg(feature = "tracing")]
pub use span_layer::SpanLayer;
#[cfg(feature = "tracing")]
pub use span_reader::{ServedRequests, SpanReader, SpanReadings};
