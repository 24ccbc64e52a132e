//! Methods that find change points: those of the library, and how to enter your own.
//!
//! ```
//! use evenkeel_eval::segmenters::Entry;
//!
//! // The largest step, of series of one dimension.
//! let largest = Entry::new("largest step", |dimensions: &[&[f64]]| {
//!     let [values] = dimensions else { return Ok(None) };
//!     let step = |i: &usize| (values[*i] - values[*i - 1]).abs();
//!     Ok(Some((1..values.len()).max_by(|a, b| step(a).total_cmp(&step(b))).into_iter().collect()))
//! });
//! assert_eq!(largest.changes(&[&[0.0, 0.1, 5.0, 5.1]])?, Some(vec![2]));
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod list;

pub use entry::Entry;
pub use list::{all, by_name, names};
