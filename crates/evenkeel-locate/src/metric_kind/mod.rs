//! The kind of a metric from its name.

mod guess;
mod vocabulary;

pub use guess::guess_kind;
pub(crate) use guess::{guess_unit, is_in_flight, is_wait_for_resource};
