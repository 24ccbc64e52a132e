//! The policy that proposes the steps of rollouts.

use crate::canary::Rollout;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};
use evenkeel_remedy::action::{Plan, Step};
use evenkeel_remedy::policy::{Decision, Policy, Situation};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, Target};

/// Proposes what a rollout consists of: one shift after the other, each taken only once the one before was
/// verified, all taken back by a single one to 0 %.
///
/// A canary that went back is for a person: it is not tried again. One whose first step a guard refuses is
/// proposed again later.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CanaryPolicy {
    plans: BTreeMap<Name, Plan<StandardVerb>>,
}

/// By what the incident of a rollout is known.
pub(super) fn symptom(target: &Target) -> Name {
    Name::from(format!("canary of {target}"))
}

impl CanaryPolicy {
    /// Without rollouts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Knows the rollout of this target.
    ///
    /// # Errors
    /// If it has more than 64 steps.
    pub fn rollout(mut self, target: &Target, rollout: &Rollout) -> Result<Self, Error> {
        let shift = |from, to| Action::new(StandardVerb::Canary { from, to }, target.clone());
        let mut from = 0;
        let mut steps: Vec<Step<StandardVerb>> = Vec::new();
        for &to in rollout.steps() {
            let step = Step::new(shift(from, to)).undone_by(Some(shift(to, 0)));
            steps.push(if to == 100 { step } else { step.gated() });
            from = to;
        }
        self.plans.insert(symptom(target), Plan::new(steps)?.replacing());
        Ok(self)
    }
}

impl Policy<StandardVerb> for CanaryPolicy {
    fn decide(&mut self, situation: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let plan = situation.symptom().and_then(|symptom| self.plans.get(symptom));
        let Some(plan) = plan else { return Decision::Escalate { why: "no rollout is known of it".into() } };
        if let Some(tried) = situation.tried().last() {
            return Decision::Escalate { why: format!("the canary {}, and is back at 0 %", tried.result) };
        }
        let is_later = |action: &Action<StandardVerb>| matches!(action.verb, StandardVerb::Canary { from, .. } if from > 0);
        if let Some(refused) = situation.refused().iter().rev().find(|refused| is_later(&refused.action)) {
            let why = refused.reasons.first().map_or_else(Default::default, |reason| format!(" ({reason})"));
            return Decision::Escalate {
                why: format!("`{}` was refused{why}, and the canary is back at 0 %", refused.action),
            };
        }
        Decision::Act(plan.clone())
    }
}
