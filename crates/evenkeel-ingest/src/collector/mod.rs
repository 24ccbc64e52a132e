//! From what was read to what is watched: the sensing half of the loop on real telemetry.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::Timestamp;
//! use evenkeel_ingest::collector::{Collector, Origin};
//! use evenkeel_ingest::{Findings, exposition::Exposition};
//! use evenkeel_keeper::{Event, Observer, Symptom};
//!
//! let step = Duration::from_secs(10);
//! let mut observer = Observer::builder(Symptom::requests("users", 0.02)?.at("edge")).step(step).build()?;
//! let builder = Collector::builder(step).requests("users", "requests_total", r#"requests_total{code="5*"}"#)?;
//! let (mut collector, edge) = (builder.build()?, Origin::new("edge", "edge-1"));
//! let mut opened = false;
//! for i in 0..60_i64 {
//!     let now = Timestamp::from_seconds(10 * i);
//!     // What your HTTP client got; from the 40th scrape on a tenth of the requests fail.
//!     let bad = 100 * (i - 40).max(0);
//!     let page = format!(
//!         "# TYPE requests_total counter\nrequests_total{{code=\"200\"}} {}\nrequests_total{{code=\"503\"}} {bad}\n",
//!         1000 * i - bad,
//!     );
//!     match Exposition::text(&page) {
//!         Ok(page) => collector.scraped(now, &edge, page.into_series(now, &mut Findings::default())),
//!         Err(_) => collector.failed(now, &edge),
//!     }
//!     collector.feed(now, &mut observer)?;
//!     for event in observer.tick(now) {
//!         opened |= matches!(event, Event::Opened { .. });
//!     }
//! }
//! assert!(opened);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod collector;
mod evidence;
mod gap;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod in_process;
mod log_counts;
mod origin;
mod quantiles;
mod requests;
mod selector;
mod series_track;
mod settings;
mod trace_buffer;

pub use builder::CollectorBuilder;
pub use collector::Collector;
pub use gap::Gap;
pub use origin::Origin;
pub use selector::Selector;
