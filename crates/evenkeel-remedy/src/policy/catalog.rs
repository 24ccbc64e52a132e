//! Remedies with their costs and how probably they cure what.

use crate::action::{Action, Plan, Step};
use crate::policy::measure::Measure;
use crate::policy::{Decision, Situation, TrialResult};
use crate::verb::{StandardVerb, Verb};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, FaultKind, Name, Timestamp};

/// A measure, what it costs, and how probably it cures which kinds of faults.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Remedy<V = StandardVerb> {
    pub(super) measure: Measure<V>,
    pub(super) cost: f64,
    pub(super) cures: Vec<(FaultKind, f64)>,
    pub(super) tries: u32,
}

impl<V: Verb> Remedy<V> {
    /// A measure and what it costs to try, in the unit of the catalog.
    ///
    /// # Errors
    /// If the cost is not in [0, 1e100].
    pub fn new(measure: Measure<V>, cost: f64) -> Result<Self, Error> {
        Error::require((0.0..=1e100).contains(&cost), "cost", "in [0, 1e100]", cost)?;
        Ok(Self { measure, cost, cures: Vec::new(), tries: 1 })
    }

    /// How probably it cures a kind of fault. A kind that is not named is not cured.
    ///
    /// # Errors
    /// If the probability is not in [0, 1].
    pub fn cures(mut self, kind: FaultKind, probability: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&probability), "probability", "in [0, 1]", probability)?;
        self.cures.retain(|(k, _)| *k != kind);
        self.cures.push((kind, probability));
        Ok(self)
    }

    /// How often it may be tried on the same target though it did not help; at least 1, the default.
    pub fn tries(mut self, times: u32) -> Self {
        self.tries = times.max(1);
        self
    }

    /// The measure.
    pub fn measure(&self) -> &Measure<V> {
        &self.measure
    }

    /// What it costs to try.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.cost
    }

    pub(super) fn probability(&self, kind: FaultKind) -> f64 {
        self.cures.iter().find(|(k, _)| *k == kind).map_or(0.0, |(_, p)| *p)
    }
}

/// What can be done about faults, what each costs, what a person costs.
///
/// All costs are in one unit of the caller's choice, such as minutes of downtime.
///
/// ```
/// use evenkeel_core::FaultKind::{BadChange, PoolExhausted};
/// use evenkeel_remedy::policy::{Catalog, CostRatio, Measure, Remedy};
/// use evenkeel_remedy::verb::StandardVerb;
///
/// let restart = Remedy::new(Measure::instance(StandardVerb::Restart), 2.0)?.cures(PoolExhausted, 0.9)?.cures(BadChange, 0.1)?;
/// let roll_back = Remedy::new(Measure::component(StandardVerb::RollBack), 8.0)?.cures(BadChange, 0.95)?;
/// let catalog = Catalog::new(60.0)?.remedy(restart).remedy(roll_back);
/// let policy = CostRatio::new(catalog);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Catalog<V = StandardVerb> {
    pub(super) remedies: Vec<Remedy<V>>,
    pub(super) optional: BTreeSet<Name>,
    pub(crate) escalation: f64,
    pub(crate) downtime: f64,
    patience: Duration,
    retry: Duration,
    refusals: u32,
    failures: u32,
}

/// One remedy on one target, against the causes of a diagnosis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate<V> {
    /// Which remedy, by its index in the catalog.
    pub(crate) remedy: usize,
    pub(crate) plan: Plan<V>,
    pub(crate) action: Action<V>,
    pub(crate) cost: f64,
    /// How probably it cures each cause of the diagnosis, and 0 for none of these.
    pub(crate) fix: Vec<f64>,
    /// How often it may still be tried.
    pub(crate) tries: u32,
    /// When guards may be asked again, if they refused it just now, and what they said.
    pub(crate) refused_until: Option<(Timestamp, String)>,
}

/// What can be done, and what is believed of the causes after what was tried.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidates<V> {
    pub(crate) list: Vec<Candidate<V>>,
    /// Of each cause, and at the end of none of these; sums to 1.
    pub(crate) belief: Vec<f64>,
}

impl<V: Verb> Catalog<V> {
    /// An empty catalog, with what calling a person costs.
    ///
    /// # Errors
    /// If the cost is not in [0, 1e100].
    pub fn new(escalation: f64) -> Result<Self, Error> {
        Error::require((0.0..=1e100).contains(&escalation), "escalation", "in [0, 1e100]", escalation)?;
        Ok(Self {
            remedies: Vec::new(),
            optional: BTreeSet::new(),
            escalation,
            downtime: 0.0,
            patience: Duration::from_secs(60),
            retry: Duration::from_secs(15),
            refusals: 3,
            failures: 2,
        })
    }

    /// Adds a remedy. Those that are equally good are taken in the order in which they were added.
    pub fn remedy(mut self, remedy: Remedy<V>) -> Self {
        self.remedies.push(remedy);
        self
    }

    /// What each try costs beside, as the time it takes. Default 0.
    ///
    /// # Errors
    /// If it is not in [0, 1e100].
    pub fn downtime(mut self, cost: f64) -> Result<Self, Error> {
        Error::require((0.0..=1e100).contains(&cost), "downtime", "in [0, 1e100]", cost)?;
        self.downtime = cost;
        Ok(self)
    }

    /// What users can do without, for measures that are for such only.
    pub fn optional<N: Into<Name>>(mut self, components: impl IntoIterator<Item = N>) -> Self {
        self.optional.extend(components.into_iter().map(Into::into));
        self
    }

    /// For how long an incident whose cause is of no known kind may become clearer before a person is called. Default
    /// 60 s.
    pub fn patience(mut self, length: Duration) -> Self {
        self.patience = length;
        self
    }

    /// How soon what guards refused is proposed again, and an unclear cause looked at again. Default 15 s.
    pub fn retry(mut self, length: Duration) -> Self {
        self.retry = length;
        self
    }

    /// How often guards may refuse a remedy before it is given up; at least 1, default 3.
    pub fn max_refusals(mut self, times: u32) -> Self {
        self.refusals = times.max(1);
        self
    }

    /// How often carrying out a remedy may fail before it is given up; at least 1, default 2.
    pub fn max_failures(mut self, times: u32) -> Self {
        self.failures = times.max(1);
        self
    }

    /// The remedies.
    pub fn remedies(&self) -> &[Remedy<V>] {
        &self.remedies
    }

    /// What calling a person costs.
    #[must_use]
    pub fn escalation(&self) -> f64 {
        self.escalation
    }

    /// What a try of a remedy costs, with the downtime.
    #[must_use]
    pub fn cost_of(&self, remedy: &Remedy<V>) -> f64 {
        remedy.cost + self.downtime
    }

    /// What can be done in a situation.
    pub(crate) fn candidates(&self, s: &Situation<'_, V>) -> Candidates<V> {
        let causes = s.diagnosis().causes();
        let mut list: Vec<Candidate<V>> = Vec::new();
        for (index, remedy) in self.remedies.iter().enumerate() {
            for (c, cause) in causes.iter().enumerate() {
                let probability = cause.kind.map_or(0.0, |kind| remedy.probability(kind));
                if probability == 0.0 {
                    continue;
                }
                let Some(target) = remedy.measure.target(cause, s.ledger(), &self.optional) else { continue };
                let plan = remedy.measure.plan(target);
                let Some(action) = plan.steps().first().map(Step::action).cloned() else { continue };
                let known = list.iter_mut().find(|o| o.remedy == index && o.action == action);
                if let Some(known) = known {
                    known.fix[c] = probability;
                    continue;
                }
                let mut fix = alloc::vec![0.0; causes.len() + 1];
                fix[c] = probability;
                let (cost, tries) = (remedy.cost, remedy.tries);
                list.push(Candidate { remedy: index, plan, action, cost, fix, tries, refused_until: None });
            }
        }
        let mut belief: Vec<f64> = causes.iter().map(evenkeel_core::Cause::probability).collect();
        belief.push(s.diagnosis().unexplained());
        for candidate in &mut list {
            self.consider(candidate, s, &mut belief);
        }
        let sum: f64 = belief.iter().sum();
        if sum > 0.0 {
            belief.iter_mut().for_each(|p| *p /= sum);
        } else if let Some(none) = belief.last_mut() {
            // All that could be the cause was cured for sure: it is none of these.
            *none = 1.0;
        }
        Candidates { list, belief }
    }

    /// What was tried of it, and what guards said.
    fn consider(&self, candidate: &mut Candidate<V>, s: &Situation<'_, V>, belief: &mut [f64]) {
        let acting = s.ledger().is_acting(candidate.action.verb.name());
        let mut failures = 0;
        for tried in s.tried() {
            if !tried.plan.steps().iter().any(|step| *step.action() == candidate.action) {
                continue;
            }
            if tried.advised {
                // Whether a person did it is not known: it teaches nothing, and is not advised again.
                candidate.tries = if acting { candidate.tries } else { 0 };
            } else if matches!(tried.result, TrialResult::Failed { .. }) {
                failures += 1;
            } else {
                candidate.tries = candidate.tries.saturating_sub(1);
                belief.iter_mut().zip(&candidate.fix).for_each(|(p, fix)| *p *= 1.0 - fix);
            }
        }
        if failures >= self.failures {
            candidate.tries = 0;
        }
        let Some(refused) = s.refused().iter().find(|r| r.action == candidate.action) else { return };
        let until = refused.at + self.retry;
        if refused.times >= self.refusals {
            candidate.tries = 0;
        } else if s.now() < until {
            let why = refused.reasons.first().map_or_else(|| "refused".into(), |reason| format!("{reason}"));
            candidate.refused_until = Some((until, why));
        }
    }

    /// To call a person, who is cheaper than all that is left, or all that is left to do; or to wait, while the
    /// most probable cause is of no known kind and may become clearer.
    pub(super) fn escalate(&self, candidates: &Candidates<V>, s: &Situation<'_, V>) -> Decision<V> {
        let until = s.now() + self.retry;
        let is_unclear = s.diagnosis().causes().first().is_none_or(|cause| cause.kind.is_none());
        if is_unclear && until.since(s.opened()) <= self.patience && s.decisions_left() > 0 {
            return Decision::Wait { until, why: "the kind of the cause is not known yet".into() };
        }
        let why = if candidates.list.iter().any(|c| c.tries > 0) {
            "no remedy is worth trying any more"
        } else {
            "no remedy is left to try"
        };
        Decision::Escalate { why: why.into() }
    }

    /// To do this, or to wait until guards may be asked about it again.
    pub(super) fn propose(&self, candidate: &Candidate<V>, s: &Situation<'_, V>) -> Decision<V> {
        match &candidate.refused_until {
            Some((until, why)) if s.decisions_left() > 0 => {
                Decision::Wait { until: *until, why: why.clone() }
            }
            _ => Decision::Act(candidate.plan.clone()),
        }
    }
}

impl<V> Candidates<V> {
    /// How probably one helps.
    pub(crate) fn success(&self, candidate: &Candidate<V>) -> f64 {
        let sum: f64 = candidate.fix.iter().zip(&self.belief).map(|(fix, p)| fix * p).sum();
        sum.clamp(0.0, 1.0)
    }
}
