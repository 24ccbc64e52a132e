//! Methods that group log lines by template: those of the library, and how to enter your own.
//!
//! ```
//! use evenkeel_eval::log_parsers::Entry;
//!
//! // By the number of words.
//! let lengths = Entry::new("length", |lines: &[String]| {
//!     Ok(lines.iter().map(|line| line.split_whitespace().count() as u64).collect())
//! });
//! assert_eq!(lengths.groups(&["a b".to_owned(), "c".to_owned()])?, [2, 1]);
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod list;

pub use entry::Entry;
pub use list::{all, by_name, names};
