//! Experiments: two variants compared, once, at planned looks, or at any time.
//!
//! | question | answer |
//! | --- | --- |
//! | are the arms what they should be? | [`SampleRatio`], [`SequentialSampleRatio`] |
//! | do two samples differ, looked at once? | [`MannWhitney`], [`Welch`], [`FisherExact`], with [`EffectSize`] |
//! | ... with something known of each unit from before | [`Cuped`] |
//! | ... watched while data arrive | [`MeanComparison`], [`RateComparison`], [`BoundedComparison`], and the tests of [`sequential`] for one stream and for pairs |
//! | ... at a few planned looks | [`GroupSequential`] |
//! | which of many metrics moved? | [`false_discovery`] |
//! | how long will it take? | [`sample_size`] |
//! | how sure is a share? | [`Proportion`] |
//!
//! What is to be looked at once must be looked at once: a t-test that is read after every observation finds a
//! difference where there is none in most experiments that run long enough. Where people look whenever they
//! like, and they do, take what is valid at any time. Which of several variants to send traffic to is decided
//! by [`evenkeel_stats::bandit`].

pub mod arms;
mod cuped;
mod effect_size;
pub mod false_discovery;
mod gauss_legendre;
mod group_sequential;
mod group_walk;
mod mann_whitney;
pub(crate) mod moments;
mod pairwise_differences;
mod proportion;
mod rank_sum;
mod sample_ratio;
pub mod sample_size;
mod spending;
mod welch;

pub use arms::{Arm, BoundedComparison, MeanComparison, RateComparison};
pub use cuped::Cuped;
pub use effect_size::EffectSize;
/// Tests and limits for one stream, or for pairs, that are valid whenever they are read.
#[doc(inline)]
pub use evenkeel_stats::sequential;
pub use group_sequential::GroupSequential;
pub use group_walk::Sides;
pub use mann_whitney::{ExactP, MannWhitney};
pub use proportion::{FisherExact, Proportion};
pub use sample_ratio::{MismatchEvidence, SampleRatio, SequentialSampleRatio};
pub use spending::Spending;
pub use welch::Welch;
