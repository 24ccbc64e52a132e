//! Canaries: is the new version worse than the old one, and how much of the traffic may it have?
//!
//! | question | answer |
//! | --- | --- |
//! | is one metric worse, looked at once? | [`MetricJudge`] |
//! | is the canary, by many metrics? | [`CanaryScorer`] |
//! | is it, watched while it runs at one share of the traffic? | [`CanaryWatch`] |
//! | how much of the traffic may it have by now? | [`Rollout`] |
//! | are errors more frequent, however the share and the times change? | [`RateExcess`] |
#![cfg_attr(feature = "remedy", doc = "| who shifts the traffic, under guards? | [`shift`] |")]
//!
//! No data, an empty answer and an error are never a pass: most of the promotions of broken canaries that have
//! been reported were made by metrics that said nothing.

mod metric_gate;
mod metric_judge;
mod rate_excess;
mod rollout;
mod score;
#[cfg(feature = "remedy")]
#[cfg_attr(docsrs, doc(cfg(feature = "remedy")))]
pub mod shift;
mod step_verdict;
mod traffic_shares;
mod watch;

pub use metric_gate::Reading;
pub use metric_judge::{BadDirection, Label, MetricJudge, MetricJudgement};
pub use rate_excess::{ArmCounts, ExcessEvidence, PairedCounts, RateExcess};
pub use rollout::{CanaryBatch, Rollout, RolloutBuilder};
pub use score::{CanaryScore, CanaryScorer, LabeledMetric, Verdict};
pub use step_verdict::{Advice, AtDeadline, StepVerdict};
pub use traffic_shares::TrafficShares;
pub use watch::{CanaryValue, CanaryWatch, MetricKind, WatchedMetric};
