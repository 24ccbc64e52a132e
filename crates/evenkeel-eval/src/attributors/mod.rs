//! Methods that find the combination of attributes behind a change: those of the library, and how to enter your
//! own.
//!
//! ```
//! use evenkeel_eval::attributors::Entry;
//! use evenkeel_locate::attributes::{AttributeTable, Combination};
//!
//! let always = Entry::new("always", |_: &AttributeTable| Ok(vec![Combination::new([("cdn", "1")])]));
//! let table = AttributeTable::builder(["cdn"]).row(["1"], 1.0, 2.0).build().unwrap();
//! assert_eq!(always.causes(&table)?[0].to_string(), "cdn=1");
//! # Ok::<(), evenkeel_eval::Failure>(())
//! ```

mod entry;
mod list;

pub use entry::Entry;
pub use list::{all, by_name, names};
