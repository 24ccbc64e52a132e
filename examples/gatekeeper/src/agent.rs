//! The agent as a policy: what it proposed is what it decides, and otherwise it waits.

use evenkeel::remedy::action::Plan;
use evenkeel::remedy::policy::{Decision, Policy, Situation, Tried};
use evenkeel::remedy::verb::StandardVerb;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What lies between the tool `propose` and the machine: at most one plan, for one incident.
#[derive(Debug, Clone, Default)]
pub struct Desk(Arc<Mutex<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    plan: Option<(u64, Plan<StandardVerb>)>,
    tried: Vec<Tried<StandardVerb>>,
}

impl Desk {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lays a plan down, in the place of any other.
    pub fn put(&self, incident: u64, plan: Plan<StandardVerb>) {
        self.slot().plan = Some((incident, plan));
    }

    /// Takes away a plan that nobody asked for; whether there was one.
    #[must_use]
    pub fn clear(&self) -> bool {
        self.slot().plan.take().is_some()
    }

    /// What came of plans since this was asked last.
    #[must_use]
    pub fn take_tried(&self) -> Vec<Tried<StandardVerb>> {
        std::mem::take(&mut self.slot().tried)
    }
}

/// A policy whose decisions are an agent's proposals. The machine asks it like any other and believes it as
/// little.
#[derive(Debug, Clone)]
pub struct AgentPolicy(Desk);

impl AgentPolicy {
    /// Decides what lies on this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }
}

impl Policy<StandardVerb> for AgentPolicy {
    fn decide(&mut self, situation: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let mut slot = self.0.slot();
        match slot.plan.take() {
            Some((incident, plan)) if incident == situation.incident() => Decision::Act(plan),
            other => {
                slot.plan = other;
                // At its deadline the machine calls a person by itself.
                Decision::Wait { until: situation.deadline(), why: "nothing is proposed".into() }
            }
        }
    }

    fn learn(&mut self, tried: &Tried<StandardVerb>) {
        self.0.slot().tried.push(tried.clone());
    }
}
