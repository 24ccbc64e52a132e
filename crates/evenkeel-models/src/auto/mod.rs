//! A forecaster that chooses everything by itself: the default for a series you know nothing about.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Auto`] → [`AutoModel`] | seasons found, an ensemble weighted by past errors, calibrated intervals |
//! | [`AutoReport`], [`AutoMember`], [`AutoFamily`] | how it came to its forecast: each model that was considered, its weight, why one was left out |
//!
//! How much work it does is an [`Effort`](crate::fit::Effort).
//!
//! # How a fit goes
//!
//! For readers of the source: the steps in their order, with the file of each.
//!
//! 1. `seasons`: those that are known or found;
//! 2. `candidate`: the models that suit a history;
//! 3. `validation`: their errors at past origins, the weights that follow, and what intervals are to be
//!    widened by;
//! 4. `auto`: the estimator; `fitted`: the ensemble that goes on with the stream, kept on one side of 0
//!    (`side_of_zero`).

mod auto;
mod candidate;
mod fitted;
mod report;
mod seasons;
mod side_of_zero;
#[cfg(feature = "serde")]
mod snapshot;
mod validation;

pub use auto::Auto;
pub use fitted::AutoModel;
pub use report::{AutoFamily, AutoMember, AutoReport};

evenkeel_core::assert_shared!(Auto, AutoFamily, AutoMember, AutoModel, AutoReport);
