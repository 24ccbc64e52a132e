//! Canaries: is the new version worse than the old one?
//!
//! | question | answer |
//! | --- | --- |
//! | is one metric worse, looked at once? | [`MetricJudge`] |
//! | is the canary, by many metrics? | [`CanaryScorer`] |
//! | is it, watched while it runs? | [`CanaryWatch`] |
//!
//! No data, an empty answer and an error are never a pass: most of the promotions of broken canaries that have
//! been reported were made by metrics that said nothing.

mod metric_judge;
mod score;
mod watch;

pub use metric_judge::{BadDirection, Label, MetricJudge, MetricJudgement};
pub use score::{CanaryScore, CanaryScorer, LabeledMetric, Verdict};
pub use watch::{CanaryValue, CanaryWatch, MetricKind, WatchedMetric};
