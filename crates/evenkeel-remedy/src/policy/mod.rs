//! Policies: the trait, its input, and a runbook.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Policy`] | the trait: a [`Situation`] in, a [`Decision`] out |
//! | [`Runbook`], [`Measure`] | a policy of rules that name kinds of faults |
//! | [`Situation`], [`Tried`], [`TrialResult`], [`Refused`] | what is known: the diagnosis, what was tried, what was refused |

mod policy;
mod runbook;

pub use policy::{Decision, Policy, Refused, Situation, TrialResult, Tried};
pub use runbook::{Measure, Runbook};
