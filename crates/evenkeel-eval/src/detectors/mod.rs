//! Detectors: those of the library, each with its defaults, and how to enter your own.
//!
//! A detector takes rows in order and gives a raw score for each, larger = more abnormal, by what it knew
//! before. Nothing of a file beyond the present row reaches it: no minimum, maximum, length or period of the
//! whole; history comes the same way, before the rows that are scored, and only from formats that have some.
//! What may be known beforehand is in [`Setting`]: how long a row is.
//!
//! One's own is an [`Entry`]: a closure with its state ([`Entry::scorer`]), a stage of one series
//! ([`Entry::series`]) or of rows of several ([`Entry::rows`]), or a program in any language
//! ([`Entry::program`]). [`Contest`](crate::Contest) has a shorter call for each of them.
//!
//! From raw scores come three outputs, because benchmarks want different things ([`Output`]): as they are;
//! smoothed, high throughout an event; once, high at its beginning only. Alarms under a budget of false ones
//! are a fourth thing ([`alarms`]).
//!
//! ```
//! use evenkeel_eval::detectors::{self, Setting};
//!
//! let entry = detectors::by_name("difference").unwrap();
//! let values = [1.0, 2.0, 1.0, 2.0, 9.0, f64::NAN];
//! let run = detectors::run(&entry, &Setting::default(), &[], &[values.to_vec()])?;
//! assert_eq!(run.scores[4], 7.0); // seven times the usual step
//! assert_eq!(run.scores[5], 7.0); // a missing row keeps the last score
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod alarms;
mod baseline;
mod clocked;
mod entry;
mod list;
mod live;
mod output;
mod program;
mod run;
mod scorer;
mod setting;
mod usage;
mod warm;

pub use alarms::{Budget, alarms};
pub use entry::{Entry, Rows, Series};
pub use list::{DEFAULT, all, by_name, names};
pub use live::Live;
pub use output::{Output, alert_once, smoothed};
pub use program::Program;
pub use run::{Run, run};
pub use setting::Setting;
