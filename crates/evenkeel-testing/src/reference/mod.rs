//! Replays of reference values: where they are, how they are read and compared, and the list of known gaps.
//!
//! A replay deserializes a file into types with `#[serde(deny_unknown_fields)]`, computes, and compares;
//! nothing in it depends on names, counts or seeds of the committed values, because others of the same format
//! may take their place:
//!
//! | variable | what it names | default |
//! | --- | --- | --- |
//! | `EVENKEEL_REFERENCE` | a folder with the subfolders `models`, `detect`, `locate`, `remedy` | the committed copy |
//! | `EVENKEEL_DATA` | a folder with public data that the repository does not hold | `../shared/data` beside the workspace |
//!
//! ```
//! use evenkeel_testing::{assert_close, reference};
//!
//! #[derive(serde::Deserialize)]
//! struct Series {
//!     freq: usize,
//! }
//!
//! let all: std::collections::BTreeMap<String, Series> = reference::load("models", "series.json");
//! for (name, series) in &all {
//!     let Some(y) = reference::series(name) else { continue };
//!     assert!(y.len() > series.freq);
//!     assert_close!(y[0], y[0], 1e-12, 0.0, "first value of {name}");
//! }
//! ```

mod close;
mod folder;
mod number;
mod unmatched;

pub use close::close;
pub use folder::{data, load, path, series};
pub use number::{Number, values};
pub use unmatched::Unmatched;
