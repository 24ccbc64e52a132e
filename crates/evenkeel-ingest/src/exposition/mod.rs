//! The text formats in which programs expose metrics: Prometheus text 0.0.4 and OpenMetrics 1.0.
//!
//! ```
//! use evenkeel_core::Timestamp;
//! use evenkeel_ingest::{Findings, exposition::Exposition};
//!
//! let page = Exposition::openmetrics(concat!(
//!     "# TYPE http_requests counter\n",
//!     "http_requests_total{code=\"200\"} 1027 1795000000.5 # {trace_id=\"5b6e\"} 1\n",
//!     "http_requests_created{code=\"200\"} 1794990000.25 1795000000.5\n",
//!     "# EOF\n",
//! ))?;
//! assert_eq!(page.families[0].points[0].exemplar.as_ref().unwrap().labels.get("trace_id"), Some("5b6e"));
//! // As a series: the time of creation has become the start of the counter.
//! let series = page.into_series(Timestamp::from_seconds(1_795_000_001), &mut Findings::default());
//! assert_eq!(series.len(), 1);
//! assert_eq!(series[0].samples[0].start, Some(Timestamp::from_millis(1_794_990_000_250)));
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! The formats as written down: <https://prometheus.io/docs/instrumenting/exposition_formats/> (0.0.4) and the
//! OpenMetrics specification 1.0.0 (2020); names outside of the old alphabet are quoted, as Prometheus 3 reads
//! and writes them (`{"http.requests",code="200"}`).
//!
//! One wrong line makes the whole page invalid, as it does for Prometheus: a missing `# EOF`, a carriage
//! return, a hexadecimal number, an exemplar in text 0.0.4. The error names line and column.

mod family;
mod family_rules;
mod line;
mod parser;
#[cfg(feature = "client")]
mod scraper;
mod seen;

pub use family::{Exposition, Family, FamilyType, Point};
pub use parser::Parser;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use scraper::Scraper;
