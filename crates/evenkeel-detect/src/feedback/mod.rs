//! Feedback: what people say of alerts moves thresholds, within bounds, and never silently.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Feedback`], [`FeedbackBuilder`] | scales the budget that thresholds are given until false alarms are those of the stated one |
//! | [`Verdict`] | a false alarm, a real event, a missed one |
//! | [`Adjustment`] | what was changed, and why, as a sentence |

mod adjustment;
mod feedback;

pub use adjustment::Adjustment;
pub use feedback::{Feedback, FeedbackBuilder, Verdict};

evenkeel_core::assert_shared!(Adjustment, Feedback, FeedbackBuilder, Verdict);
