//! Service levels.

mod apdex;

pub use apdex::Apdex;
