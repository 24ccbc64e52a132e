//! Traces: what requests did, span by span, and localizers that read them.
//!
//! A [`TraceSet`] puts [`Span`]s together; a [`Case`](crate::Case) carries it.
//!
//! | | what it notices | cost |
//! | --- | --- | --- |
//! | [`TraceTime`] | components whose own time, or that of the calls around them, has grown | O(n log n) for n spans |
//! | [`CallChange`] | operations that call others than before, or fail | O(n log n) |
//!
//! [`spectrum`](crate::spectrum) compares failed traces with fine ones instead of those of now with those of
//! before.

mod call_change;
mod self_time;
mod span;
mod trace_set;
mod trace_time;

pub use call_change::CallChange;
pub use span::Span;
pub use trace_set::TraceSet;
pub use trace_time::TraceTime;
