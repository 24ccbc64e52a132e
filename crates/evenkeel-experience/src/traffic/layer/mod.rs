//! One `tower::Layer` around whatever decides on calls.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer};
//! use evenkeel_experience::traffic::{CallOutcome, ConcurrencyLimiter, Gradient2};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! // As many requests at once as latency allows; a status of 503 or 504 means that there were too many.
//! let limit = AdmissionLayer::new(ConcurrencyLimiter::new(Gradient2::builder().build()?))
//!     .classify(|answer: &Result<u16, std::io::Error>| match answer {
//!         Ok(503 | 504) => CallOutcome::Overloaded,
//!         Ok(500..) | Err(_) => CallOutcome::Failure,
//!         Ok(_) => CallOutcome::Success,
//!     });
//! let service = ServiceBuilder::new()
//!     .layer(limit.clone())
//!     .service(service_fn(|path: &'static str| async move { Ok(if path == "/" { 200_u16 } else { 404 }) }));
//! match service.oneshot("/").await {
//!     Ok(status) => assert_eq!(status, 200),
//!     Err(AdmissionError::Refused(why)) => println!("503, retry after {:?}: {why}", why.retry_after),
//!     Err(AdmissionError::Inner(error)) => return Err(error.into()),
//! }
//! assert_eq!(limit.with_control(|limiter| limiter.in_flight()), 0);
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! *Who shares.* Everything made from one layer or a clone of it shares one control: a limit is one limit,
//! however many connections, routes or clones of the service there are. Make two layers for two limits.
//!
//! *When a permit is held.* From the first time that the future of a call is polled until that future gives its
//! result, fails or is dropped, whichever comes first, and never by a service that is only ready. It is given back
//! exactly once, after the inner future is gone. A call that is cancelled teaches nothing; one that panics is
//! a failure. Of a response whose body is a stream, the permit covers the time until the head is there.
//!
//! *Readiness.* The layer is always ready, so that it can refuse at once where others let callers pile up. The
//! inner service is cloned for each call and asked for its readiness under the permit: what it waits for
//! counts as latency, an error there is an outcome like any other, an open breaker leaves it alone, and no
//! refusal leaves a reservation behind in it. An inner service that can't be cloned goes into `tower::buffer`.
//!
//! *Layers in layers.* An outer layer sees the refusal of an inner one as an error; let its classifier call
//! [`AdmissionError::Refused`] [`Ignored`](super::CallOutcome::Ignored), or a breaker will open because of a limit.

mod admission_error;
mod admission_future;
mod admission_layer;
mod admission_service;
mod classify;
mod clock;
mod lease;

pub use admission_error::AdmissionError;
pub use admission_future::AdmissionFuture;
pub use admission_layer::AdmissionLayer;
pub use admission_service::AdmissionService;
pub use classify::{Alike, ByResult, Classify, Describe};
