//! Metric shift: how far each metric has moved from its baseline.

mod baseline;
mod builder;
mod evidence;
mod metric_shift;
mod shift;

pub use builder::MetricShiftBuilder;
pub(crate) use evidence::{Component, Unseen, Witness};
pub(crate) use metric_shift::MINUTES_LATE;
pub use metric_shift::MetricShift;
pub use shift::Shift;
pub(crate) use shift::{Examination, NOISE, share_explained};
