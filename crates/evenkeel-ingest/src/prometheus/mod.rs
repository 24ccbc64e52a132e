//! What a Prometheus server answers to queries, and how a long query is split.
//!
//! ```
//! use evenkeel_ingest::prometheus::{Answer, Data};
//!
//! let body = br#"{"status":"success","data":{"resultType":"vector","result":[
//!     {"metric":{"__name__":"up","job":"shop"},"value":[1795424813.249,"1"]}]}}"#;
//! let Data::Vector(series) = Answer::parse(body)?.data else { panic!("a vector") };
//! assert_eq!((series[0].labels.get("job"), series[0].samples[0].value), (Some("shop"), 1.0));
//!
//! // An error is an error, whatever the HTTP status; an empty answer is a success without series.
//! let refused = Answer::parse(br#"{"status":"error","errorType":"timeout","error":"too slow"}"#);
//! assert_eq!(refused.unwrap_err().to_string(), "the server answered timeout: too slow");
//! let empty = Answer::parse(br#"{"status":"success","data":{"resultType":"vector","result":[]}}"#)?;
//! assert!(empty.data.is_empty());
//! # Ok::<(), evenkeel_ingest::Error>(())
//! ```
//!
//! Worth knowing (seen with Prometheus 2.42):
//! - The time beside the value of an instant query is the time of the *query*. How old a value is can only be
//!   asked for: `timestamp(x)`.
//! - A series that is exposed with explicit times gets no stale marker: its last value is answered for five
//!   minutes more.
//! - One number has several spellings (`1e+21`, `1000000000000000000000`): compare numbers, never text.
//! - No series is not 0: a query over what does not exist is an empty success.

mod answer;
mod backfill;
#[cfg(feature = "client")]
mod client;
mod range;

pub use answer::{Answer, Data};
pub use backfill::Backfill;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::Client;
pub use range::{POINTS_PER_SERIES, Range};
