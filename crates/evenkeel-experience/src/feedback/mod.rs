//! Feedback: what users say.
//!
//! | question | answer |
//! | --- | --- |
//! | would they recommend it, and how sure is that? | [`NetPromoter`] |
//! | how large is the share of good ratings, or of complaints? | [`Proportion`](crate::experiment::Proportion) with Wilson's limits |
//! | how does it go on, day by day? | [`FeedbackSeries`], for the models and detectors of the family |
//! | have ratings become worse? | [`RatingDrift`] |
//! | have complaints become more? | [`BernoulliCusum`](evenkeel_stats::sequential::BernoulliCusum) |
//!
//! Those who answer are not all users: every limit in here is about users like those who answer.

mod feedback_series;
mod net_promoter;
mod rating_drift;

pub use feedback_series::FeedbackSeries;
pub use net_promoter::NetPromoter;
pub use rating_drift::{DriftEvidence, RatingDrift};
