//! Classification of metrics by name.

mod guess;
mod scope;
mod vocabulary;

pub use guess::guess_kind;
pub(crate) use guess::{guess_unit, is_in_flight, is_wait_for_resource};
pub use scope::{METRIC_TYPES, MetricScope, MetricType, guess_scope};
