//! Alerts to Alertmanager (version 2 of its interface), and what it tells about them.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::Timestamp;
//! use evenkeel_ingest::Labels;
//! use evenkeel_ingest::alertmanager::{Alert, AlertSink};
//!
//! let at = Timestamp::from_seconds;
//! let mut sink = AlertSink::new(Duration::from_secs(60))?;
//! let labels = Labels::new([("alertname", "CartSlow"), ("service", "cart")])?;
//! sink.raise(Alert::new(labels.clone(), at(1000)));
//!
//! // The body to post to /api/v2/alerts, and whether that worked.
//! let body = sink.poll(at(1001)).expect("something to send");
//! assert!(String::from_utf8_lossy(&body).contains(r#""startsAt":"1970-01-01T00:16:40Z""#));
//! sink.answered(at(1001), true);
//! assert_eq!(sink.poll(at(1030)), None);
//! // A firing alert is sent again, or it would end by itself; a resolved one is sent once.
//! assert!(sink.poll(at(1061)).is_some());
//! sink.answered(at(1061), true);
//! sink.resolve(&labels, at(1070));
//! assert!(sink.poll(at(1070)).is_some());
//! sink.answered(at(1070), true);
//! assert_eq!(sink.poll(at(9999)), None);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! Worth knowing (seen with Alertmanager 0.25):
//! - One invalid alert makes the answer a 400, but the others of the body are stored.
//! - A resolve without a start, or with an end before it, rewrites the start: it is always sent along.
//! - An active alert reads with an end in the future; its state says that it fires.

mod alert;
#[cfg(feature = "client")]
mod client;
mod read;
mod sink;

pub use alert::{Alert, alerts_body, webhook_body};
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::Client;
pub use read::{ReceivedAlert, read_alerts, read_webhook};
pub use sink::AlertSink;
