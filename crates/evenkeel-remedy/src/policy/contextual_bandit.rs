//! A policy that learns which remedy helps in which situation.

use crate::action::Propensity;
use crate::policy::catalog::{Candidate, Catalog};
use crate::policy::{Decision, Policy, Situation, TrialResult, Tried};
use crate::verb::{StandardVerb, Verb};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::{Error, FaultKind};
use evenkeel_stats::bandit::{LinUcb, LinearThompson};

/// What a [`ContextualBandit`] learns with. An arm is a remedy of the catalog.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Learner {
    /// The highest upper confidence bound: deterministic.
    LinUcb(LinUcb),
    /// Drawn from the posterior: random by a seed, and so fit to be evaluated by.
    Thompson(LinearThompson),
}

impl Learner {
    fn shape(&self) -> (usize, usize) {
        match self {
            Self::LinUcb(bandit) => (bandit.arms(), bandit.features()),
            Self::Thompson(bandit) => (bandit.arms(), bandit.features()),
        }
    }

    fn learn(&mut self, arm: usize, context: &[f64], reward: f64) -> bool {
        match self {
            Self::LinUcb(bandit) => bandit.learn(arm, context, reward),
            Self::Thompson(bandit) => bandit.learn(arm, context, reward),
        }
    }

    /// The best of some arms, by their place, and how probably it is chosen.
    fn choose(&mut self, context: &[f64], arms: &[usize]) -> Option<(usize, f64)> {
        let best = |values: &[f64]| {
            let value = |place: &usize| values[arms[*place]];
            (0..arms.len()).rev().max_by(|a, b| value(a).total_cmp(&value(b)))
        };
        match self {
            Self::LinUcb(bandit) => Some((best(&bandit.bounds(context)?)?, 1.0)),
            Self::Thompson(bandit) => {
                let chosen = best(&bandit.draw(context)?)?;
                // By draws that leave the state alone, so never said to be impossible.
                let mut copy = bandit.clone();
                let mut same = 1.0;
                for _ in 0..DRAWS {
                    same += f64::from(u8::from(best(&copy.draw(context)?)? == chosen));
                }
                Some((chosen, same / (f64::from(DRAWS) + arms.len() as f64)))
            }
        }
    }
}

/// How many draws the probability of a choice is estimated by.
const DRAWS: u32 = 400;
/// How many incidents are remembered that something may still be learned of.
const INCIDENTS: usize = 1_024;

/// The kinds of faults that [`standard_features`] tells apart.
const KINDS: [FaultKind; 10] = [
    FaultKind::CpuExhausted,
    FaultKind::MemoryExhausted,
    FaultKind::DiskExhausted,
    FaultKind::PoolExhausted,
    FaultKind::Network,
    FaultKind::Slow,
    FaultKind::Errors,
    FaultKind::Dead,
    FaultKind::BadChange,
    FaultKind::Overload,
];

/// The features of a situation: a one; how probable each kind of fault is, in the order in which
/// [`FaultKind`] lists them; and whether anything was tried without helping. 12 numbers in [0, 1].
#[must_use]
pub fn standard_features<V>(situation: &Situation<'_, V>) -> Vec<f64> {
    let mut features = alloc::vec![1.0];
    let causes = situation.diagnosis().causes();
    features.extend(KINDS.map(|kind| {
        causes.iter().filter(|c| c.kind == Some(kind)).fold(0.0, |sum, c| sum + c.probability())
    }));
    features.push(f64::from(u8::from(!situation.tried().is_empty())));
    features
}

type Features<V> = Box<dyn Fn(&Situation<'_, V>) -> Vec<f64> + Send + Sync>;

/// Takes the remedy that is thought to help best in a situation like this one, and learns from whether it did.
///
/// *When*: it is not known how probably a remedy helps, and there are incidents enough to find out. It begins
/// with no knowledge: let it watch first ([`Shadow`](crate::policy::Shadow)), or learn from a log
/// ([`episodes`](crate::policy::episodes)).
///
/// *Method*: a contextual bandit whose arms are the remedies of a [`Catalog`]; the probabilities in that only
/// say which remedies may help against what at all. The reward of a remedy that helped is 1 less its cost over
/// that of a person, of one that did not 0 less that. What was only advised teaches nothing. It escalates
/// where no remedy is left, and never asks itself how sure it is: for that there are
/// [`EscalateBelow`](crate::policy::EscalateBelow) and the guards. With [`Learner::Thompson`] each plan says
/// with which probability it was chosen.
pub struct ContextualBandit<V = StandardVerb> {
    catalog: Catalog<V>,
    learner: Learner,
    features: Features<V>,
    contexts: BTreeMap<u64, Vec<f64>>,
    learned: u64,
}

impl<V: fmt::Debug> fmt::Debug for ContextualBandit<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextualBandit")
            .field("catalog", &self.catalog)
            .field("learner", &self.learner)
            .field("learned", &self.learned)
            .finish_non_exhaustive()
    }
}

impl<V: Verb> ContextualBandit<V> {
    /// How many features [`standard_features`] gives.
    pub const STANDARD_FEATURES: usize = KINDS.len() + 2;

    /// With [`standard_features`] of a situation.
    ///
    /// # Errors
    /// If the learner has not as many arms as the catalog has remedies, or not 12 features.
    pub fn new(catalog: Catalog<V>, learner: Learner) -> Result<Self, Error> {
        let found = learner.shape().1;
        if found != Self::STANDARD_FEATURES {
            return Err(Error::Shape { what: "features", expected: Self::STANDARD_FEATURES, found });
        }
        Self::with_features(catalog, learner, standard_features)
    }

    /// With features of one's own. Where they are of another number than the learner's, a person is called.
    ///
    /// # Errors
    /// If the learner has not as many arms as the catalog has remedies.
    pub fn with_features(
        catalog: Catalog<V>,
        learner: Learner,
        features: impl Fn(&Situation<'_, V>) -> Vec<f64> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let (expected, found) = (catalog.remedies.len(), learner.shape().0);
        if expected != found {
            return Err(Error::Shape { what: "arms", expected, found });
        }
        let contexts = BTreeMap::new();
        Ok(Self { catalog, learner, features: Box::new(features), contexts, learned: 0 })
    }

    /// What it has learned with.
    #[must_use]
    pub fn learner(&self) -> &Learner {
        &self.learner
    }

    /// From how many trials it has learned.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.learned
    }

    /// What a remedy that helped, or did not, is worth.
    fn reward(&self, remedy: usize, helped: bool) -> f64 {
        let cost = self.catalog.cost_of(&self.catalog.remedies[remedy]);
        let share =
            if self.catalog.escalation > 0.0 { (cost / self.catalog.escalation).min(1.0) } else { 1.0 };
        f64::from(u8::from(helped)) - share
    }
}

impl<V: Verb> Policy<V> for ContextualBandit<V> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let context = (self.features)(s);
        let candidates = self.catalog.candidates(s);
        let left: Vec<&Candidate<V>> = candidates.list.iter().filter(|c| c.tries > 0).collect();
        if left.is_empty() {
            return self.catalog.escalate(&candidates, s);
        }
        let arms: Vec<usize> = left.iter().map(|c| c.remedy).collect();
        let Some((place, propensity)) = self.learner.choose(&context, &arms) else {
            return Decision::Escalate { why: "the features of the situation can't be used".into() };
        };
        while self.contexts.len() >= INCIDENTS {
            self.contexts.pop_first();
        }
        self.contexts.insert(s.incident(), context);
        match self.catalog.propose(left[place], s) {
            Decision::Act(plan) => match Propensity::new(propensity) {
                Ok(propensity) => Decision::Act(plan.chosen_with(propensity)),
                Err(_) => Decision::Act(plan),
            },
            decision => decision,
        }
    }

    fn learn(&mut self, tried: &Tried<V>) {
        // What somebody else chose teaches as much.
        let Some(context) = self.contexts.get(&tried.incident) else { return };
        let Some(step) = tried.plan.steps().first().filter(|_| !tried.advised) else { return };
        let is_it = |remedy: &crate::policy::Remedy<V>| *remedy.measure.verb() == step.action().verb;
        let Some(remedy) = self.catalog.remedies.iter().position(is_it) else { return };
        let reward = self.reward(remedy, tried.result == TrialResult::Helped);
        if self.learner.learn(remedy, context, reward) {
            self.learned = self.learned.saturating_add(1);
        }
    }
}
