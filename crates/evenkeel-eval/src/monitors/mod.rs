//! Monitors, which raise alarms under a budget of false ones: those of the library, and how to enter your own.
//!
//! ```
//! use evenkeel_core::{At, Timestamp, TransitionKind};
//! use evenkeel_detect::Monitor;
//! use evenkeel_eval::detectors::Budget;
//! use evenkeel_eval::monitors::Entry;
//! use std::time::Duration;
//!
//! let entry = Entry::new(
//!     "mine",
//!     |budget| {
//!         let false_alarms = evenkeel_detect::Budget::per_day(budget.per_day)?;
//!         Ok(Monitor::builder(false_alarms).step(budget.step).build()?)
//!     },
//!     |event| event.alert().is_some_and(|alert| alert.kind() == TransitionKind::Raised),
//! );
//! let mut watch = entry.watch(&Budget::daily(Duration::from_secs(60)))?;
//! let mut noise = evenkeel_stats::Generator::new(7);
//! let mut value = |i: i64| noise.normal() + if i >= 1_500 { 20.0 } else { 0.0 };
//! let raised = (0..1_510).find(|i| watch(At::new(Timestamp::from_seconds(60 * i), value(*i))));
//! assert_eq!(raised, Some(1_500));
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod list;

pub use entry::{Entry, Watch};
pub use list::{all, by_name, names};
