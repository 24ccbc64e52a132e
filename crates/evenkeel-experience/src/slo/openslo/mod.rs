//! Service levels from [OpenSLO](https://openslo.com) v1 documents.
//!
//! [`read`] gives every `SLO` of a text with what it refers to in its place. From there:
//!
//! | question | answer |
//! | --- | --- |
//! | what is promised, on what? | [`ServiceLevel::objectives`], each with its [`Indicator`] |
//! | is it burning? | [`ServiceLevel::monitor`], by the alert policies of the document |
//! | how much of the budget is left? | [`TimeWindow::rolling_budget`], [`TimeWindow::calendar_budget`] |
//! | what if slices of time are counted? | [`LevelObjective::time_slices`] |
//! | the same as rules of Prometheus? | [`ServiceLevel::prometheus_rules`] |
//!
//! Composites are read as what they are, objectives with indicators and weights of their own; v1 does not say
//! how to compute one number of them, and neither does this. Source: OpenSLO specification, version `openslo/v1`,
//! <https://github.com/OpenSLO/OpenSLO>.

mod alert_policy;
mod document;
mod field;
mod read;
mod service_level;
mod time_window;

pub use alert_policy::{AlertCondition, AlertPolicy, Comparison};
pub use read::read;
pub use service_level::{Budgeting, Indicator, LevelObjective, Metric, MetricSource, ServiceLevel};
pub use time_window::{CivilTime, Length, LengthUnit, TimeWindow};
