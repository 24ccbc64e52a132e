//! Policies: the trait, its input, and policies of several kinds.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Policy`] | the trait: a [`Situation`] in, a [`Decision`] out |
//! | [`Situation`], [`Tried`], [`TrialResult`], [`Refused`] | what is known: the diagnosis, what was tried, what was refused |
//! | [`Runbook`], [`Measure`] | a policy of rules that name kinds of faults |
//! | [`Catalog`], [`Remedy`] | remedies with their costs and how probably they cure what |
//! | [`CostRatio`] | the remedy with the most chance for its cost |
//! | [`PlannedRepair`] | by the [`planner`](crate::planner): with set-up costs and precedence |
//! | [`BeliefRepair`], [`RepairModel`] | Bayes over causes after each failure, exact over a finite horizon |
//! | [`MdpPolicy`], [`Mdp`] | a Markov decision process: value and policy iteration |
//! | [`ContextualBandit`] | learns which remedy helps in which situation |
//! | [`FirstOf`], [`EscalateBelow`], [`Shadow`] | policies made of others |
//! | [`Episode`], [`episodes`] | what a log says of past decisions, for off-policy evaluation |

mod belief_repair;
mod catalog;
mod contextual_bandit;
mod cost_ratio;
mod episode;
mod escalate_below;
mod first_of;
mod mdp;
mod mdp_policy;
mod measure;
mod planned_repair;
mod policy;
mod repair_model;
mod runbook;
#[cfg(feature = "toml")]
mod runbook_text;
mod shadow;

pub use belief_repair::BeliefRepair;
pub use catalog::{Catalog, Remedy};
pub use contextual_bandit::{ContextualBandit, Learner, standard_features};
pub use cost_ratio::CostRatio;
pub use episode::{Episode, episodes};
pub use escalate_below::EscalateBelow;
pub use first_of::FirstOf;
pub use mdp::{Mdp, MdpBuilder, MdpSolution};
pub use mdp_policy::MdpPolicy;
pub use measure::Measure;
pub use planned_repair::PlannedRepair;
pub use policy::{Decision, Policy, Refused, Situation, TrialResult, Tried};
pub use repair_model::{RepairModel, RepairSolution};
pub use runbook::Runbook;
pub use shadow::Shadow;
