//! Monitors, which raise alarms under a budget of false ones: those of the library, and how to enter your own.
//!
//! ```
//! use evenkeel_core::{At, Timestamp, TransitionKind};
//! use evenkeel_detect::DefaultMonitor;
//! use evenkeel_eval::detectors::Budget;
//! use evenkeel_eval::monitors::Entry;
//! use std::time::Duration;
//!
//! let day = Duration::from_secs(86_400);
//! let entry = Entry::new(
//!     "mine",
//!     move |budget| Ok(DefaultMonitor::builder(budget.per_day, day, budget.step).calibration(300).build()?),
//!     |transition| transition.kind == TransitionKind::Raised,
//! );
//! let mut watch = entry.watch(&Budget::daily(Duration::from_secs(60)))?;
//! let value = |i: i64| if i == 700 { 20.0 } else { ((i * i) % 11) as f64 / 11.0 };
//! let raised = (0..800).filter(|i| watch(At::new(Timestamp::from_seconds(60 * i), value(*i))));
//! assert_eq!(raised.collect::<Vec<_>>(), [700]);
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod list;

pub use entry::{Entry, Watch};
pub use list::{all, by_name, names};
