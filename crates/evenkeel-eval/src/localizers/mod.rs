//! Localizers of faults: those of the library, and how to enter your own.
//!
//! A localizer ranks the components and metrics of a [`Case`](evenkeel_locate::Case). Labels are not in
//! there. One's own is an [`Entry`]: any `Localizer<Case>`, or a closure.
//!
//! ```
//! use evenkeel_eval::localizers::Entry;
//! use evenkeel_locate::{Case, Ranking};
//!
//! // Suspects the metric that moved farthest from its mean before the stated moment.
//! let farthest = Entry::ranker("farthest", |case: &Case<'_>| {
//!     let scores = case.metrics().iter().map(|metric| {
//!         // Rows come in two pieces, because a case may be a view of a ring.
//!         let (before, more) = metric.rows(0..case.stated_row());
//!         let mean = before.iter().chain(more).sum::<f64>() / (before.len() + more.len()).max(1) as f64;
//!         let (after, more) = metric.rows(case.stated_row()..case.rows());
//!         let far = after.iter().chain(more).map(|x| (x - mean).abs()).fold(0.0, f64::max);
//!         (metric.signal().clone(), far)
//!     });
//!     Ranking::of_metrics(scores.collect())
//! });
//! assert_eq!(farthest.name(), "farthest");
//! ```

mod entry;
mod list;

pub use entry::Entry;
pub(crate) use list::is_usual;
pub use list::{all, by_name, names};
