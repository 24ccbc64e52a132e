//! Traffic under control: how much to let in, and what to stop calling.
//!
//! | question | answer |
//! | --- | --- |
//! | how many requests may be in flight? | [`ConcurrencyLimiter`] with [`Aimd`], [`Vegas`], [`Gradient2`] or [`GradientController`], each best in [`Windowed`] |
//! | how many a second? | [`TokenBucket`], [`Gcra`] |
//! | should this client send at all? | [`AdaptiveThrottle`] |
//! | which requests to shed? | [`PriorityShedder`] |
//! | should this callee be called? | [`CircuitBreaker`] |
//! | which hosts to leave out? | [`OutlierEjection`], [`HostGate`] |
//!
//! All of them are plain state machines: time is passed in, nothing runs in the background, and whoever has a
//! permit gives it back by dropping it at the latest. They decide; queues, threads and timers are the
//! caller's. All that decide on single calls are an [`AdmissionControl`], and with the feature `tower` one
//! [`tower::Layer`](layer::AdmissionLayer) goes around any of them.

mod adaptive_throttle;
mod admission_control;
mod aimd;
mod call_outcome;
mod circuit_breaker;
mod concurrency_limiter;
mod gcra;
mod gradient2;
mod gradient_controller;
mod host_gate;
#[cfg(feature = "tower")]
pub mod layer;
mod limit;
mod outlier_ejection;
mod priority_shedder;
mod rate;
mod slot;
#[cfg(feature = "tower")]
mod sync;
mod token_bucket;
mod vegas;
mod windowed;

pub use adaptive_throttle::{AdaptiveThrottle, rejection_probability};
pub use admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
pub use aimd::Aimd;
pub use call_outcome::CallOutcome;
pub use circuit_breaker::{BreakerState, CallPermit, CircuitBreaker, CircuitBreakerBuilder, Rejected};
pub use concurrency_limiter::{ConcurrencyLimiter, ConcurrencyPermit};
pub use gcra::Gcra;
pub use gradient_controller::GradientController;
pub use gradient2::{Gradient2, Gradient2Builder};
pub use host_gate::{HostGate, HostPermit};
pub use limit::{ConcurrencyLimit, RequestSample};
pub use outlier_ejection::{EjectionReport, HostRequests, OutlierEjection, OutlierEjectionBuilder};
pub use priority_shedder::PriorityShedder;
pub use rate::{Admission, Rate};
pub use token_bucket::TokenBucket;
pub use vegas::Vegas;
pub use windowed::Windowed;
