//! Bandits: choosing among arms while learning what each is worth, and judging a choice by the records of
//! another.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`LinUcb`] | contextual, by an upper confidence bound of a linear reward |
//! | [`LinearThompson`] | contextual, by drawing from the posterior of a linear reward |
//! | [`BetaThompson`] | successes and failures, by drawing from beta posteriors; the exact probability that an arm is best |
//! | [`ucb1`], [`kl_ucb`] | upper confidence bounds of a mean in [0, 1] |
//! | [`Logged`], [`inverse_propensity`], [`self_normalized`], [`doubly_robust`] | off-policy evaluation, with intervals and effective sample size |

mod beta_thompson;
mod lin_ucb;
mod linear_thompson;
mod off_policy;
mod ridge;
mod upper_confidence;

pub use beta_thompson::BetaThompson;
pub use lin_ucb::LinUcb;
pub use linear_thompson::LinearThompson;
pub use off_policy::{Estimate, Logged, doubly_robust, inverse_propensity, self_normalized};
pub use upper_confidence::{kl_ucb, ucb1};
