//! A rollout carried out through `evenkeel-remedy`: each shift of traffic is an action under guards, written
//! ahead, read back after it was carried out, and undone by one action that leaves the canary nothing.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`CanaryController`] | joins a [`Rollout`](super::Rollout) with the machine that acts |
//! | [`CanaryPolicy`] | proposes the steps of rollouts |
//! | [`CanaryVerifier`] | lets the rollout decide whether a step held |
//! | [`TrafficSplit`], [`SplitExecutor`] | what divides the traffic, set and read back |
//! | [`RaisesOnly`], [`MostCanaries`] | guards that hold up a canary on its way up, never on its way back |

mod canary_controller;
mod canary_policy;
mod canary_verifier;
mod most_canaries;
mod raises_only;
mod split_executor;

pub use canary_controller::CanaryController;
pub use canary_policy::CanaryPolicy;
pub use canary_verifier::CanaryVerifier;
pub use most_canaries::MostCanaries;
pub use raises_only::RaisesOnly;
pub use split_executor::{SplitError, SplitExecutor, SplitState, TrafficSplit};
