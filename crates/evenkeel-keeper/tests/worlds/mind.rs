//! Policies: sensible, stubborn, random.

use super::plant::{BACKENDS, Plant, target};
use evenkeel_core::{FaultKind, Subject};
use evenkeel_remedy::action::{Plan, Step};
use evenkeel_remedy::policy::{Decision, Policy, Situation};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, Target};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One measure after the other on what is blamed.
    Sensible,
    /// Restarts the same thing for ever.
    Stubborn,
    /// Anything on anything.
    Random,
}

#[derive(Clone)]
pub(super) struct Mind {
    pub(super) kind: Kind,
    pub(super) plant: Rc<RefCell<Plant>>,
}

impl Mind {
    fn step(&self) -> Step<StandardVerb> {
        let mut plant = self.plant.borrow_mut();
        let verb = match plant.below(9) {
            0..=2 => StandardVerb::Restart,
            3 | 4 => StandardVerb::Drain,
            5 => StandardVerb::Undrain,
            6 => StandardVerb::RollBack,
            7 => StandardVerb::Degrade,
            _ => StandardVerb::Scale { from: 4, to: plant.below(6) },
        };
        let backend = plant.below(3) as usize;
        let target = match plant.below(5) {
            4 => Target::component(BACKENDS[backend]),
            instance => target(backend, instance as usize),
        };
        let step = Step::new(Action::new(verb, target));
        if plant.random.bernoulli(0.3) { step.gated() } else { step }
    }

    fn sensible(&self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let wait = |why: &str| Decision::Wait { until: s.now() + Duration::from_secs(10), why: why.into() };
        let Some(cause) = s.diagnosis().causes().first() else { return wait("no cause") };
        let named = cause.evidence.iter().find_map(|e| match &e.subject {
            Subject::Signal(signal) if signal.component == cause.component => signal.instance.clone(),
            _ => None,
        });
        let whole = || Target::component(cause.component.clone());
        let one = || named.clone().map_or_else(whole, |name| Target::instance(cause.component.clone(), name));
        let drain = Plan::of(Action::new(StandardVerb::Drain, one())).keep_for(Duration::from_secs(30));
        let restart = Plan::of(Action::new(StandardVerb::Restart, one())).settle(Duration::from_secs(2));
        let roll_back = Plan::of(Action::new(StandardVerb::RollBack, whole()));
        let mut plans = vec![restart, drain, roll_back];
        if cause.kind == Some(FaultKind::BadChange) {
            plans.rotate_right(1);
        }
        let is_open = |plan: &Plan<StandardVerb>| {
            let action = plan.steps()[0].action();
            let is_tried = s.tried().iter().any(|tried| tried.plan.steps()[0].action() == action);
            !is_tried && s.refused().iter().all(|refused| refused.action != *action || refused.times < 3)
        };
        match plans.into_iter().find(is_open) {
            Some(plan) => Decision::Act(plan),
            None => Decision::Escalate { why: "nothing is left".into() },
        }
    }

    fn stubborn(&self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let backend = (s.incident() % 3) as usize;
        Decision::Act(Plan::of(Action::new(StandardVerb::Restart, target(backend, 0))))
    }

    fn random(&self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let pick = self.plant.borrow_mut().below(20);
        match pick {
            0 => Decision::Escalate { why: "no idea".into() },
            1..=4 => {
                let length = Duration::from_secs(self.plant.borrow_mut().below(30).into());
                Decision::Wait { until: s.now() + length, why: "not yet".into() }
            }
            _ => {
                let n = 1 + self.plant.borrow_mut().below(3);
                let plan = Plan::new((0..n).map(|_| self.step()).collect()).unwrap();
                let settle = Duration::from_secs(self.plant.borrow_mut().below(3).into());
                let keep = self.plant.borrow_mut().random.bernoulli(0.3);
                let plan = plan.settle(settle);
                Decision::Act(if keep { plan.keep_for(Duration::from_secs(20)) } else { plan })
            }
        }
    }
}

impl Policy<StandardVerb> for Mind {
    fn decide(&mut self, situation: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        match self.kind {
            Kind::Sensible => self.sensible(situation),
            Kind::Stubborn => self.stubborn(situation),
            Kind::Random => self.random(situation),
        }
    }
}
