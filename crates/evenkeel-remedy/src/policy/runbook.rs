//! A runbook: a policy of rules by the kind of fault.

use crate::action::Step;
use crate::policy::measure::Measure;
use crate::policy::{Decision, Policy, Situation, TrialResult, Tried};
use crate::verb::StandardVerb;
use crate::verb::Verb;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Cause, Error, FaultKind, Name};

/// Rules that name kinds of faults, never components: what to do about a bad change, whoever made it.
///
/// The most probable cause decides. If it is of a known kind and at least as probable as required, and more
/// probable than "none of these", the first measure of its rule is taken that fits and was not tried yet;
/// what guards refused is proposed again a few times, then passed over. If nothing is left, or the cause
/// stays unclear for longer than the patience, a person is called. On "none of these" nothing is ever done.
///
/// *Which instance*: if the cause's component is the name of an instance, that one; else the only one that
/// the cause's evidence names; else the only one that is failing, or the only one there is. If that leaves a
/// choice, the measure does not fit.
///
/// *Parameters*: required probability in (0, 1], default 0.5; patience 60 s; retry 15 s; refusals 3; tries of
/// what fails 2.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::FaultKind;
/// use evenkeel_remedy::Runbook;
/// use evenkeel_remedy::policy::Measure;
/// use evenkeel_remedy::verb::StandardVerb;
///
/// let runbook = Runbook::new()
///     .rule(FaultKind::BadChange, [Measure::component(StandardVerb::RollBack)])
///     .rule(FaultKind::PoolExhausted, [Measure::instance(StandardVerb::Restart)])
///     .rule(FaultKind::CpuExhausted, [
///         Measure::instance(StandardVerb::Drain).keep_for(Duration::from_secs(600)),
///         Measure::instance(StandardVerb::Restart),
///     ])
///     .rule(FaultKind::Dead, [Measure::component(StandardVerb::Degrade).optional_only(), Measure::instance(StandardVerb::Restart)])
///     .optional(["recommendations"]);
/// assert_eq!(runbook.measures(FaultKind::Dead).len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Runbook<V = StandardVerb> {
    rules: Vec<(FaultKind, Vec<Measure<V>>)>,
    optional: BTreeSet<Name>,
    probability: f64,
    patience: Duration,
    retry: Duration,
    refusals: u32,
    tries: u32,
}

impl<V: Verb> Default for Runbook<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Verb> Runbook<V> {
    /// No rules: a person is called for everything.
    pub fn new() -> Self {
        Self {
            rules: Vec::new(),
            optional: BTreeSet::new(),
            probability: 0.5,
            patience: Duration::from_secs(60),
            retry: Duration::from_secs(15),
            refusals: 3,
            tries: 2,
        }
    }

    /// What to try about a kind of fault, in order. A later rule for the same kind takes the place of the
    /// earlier.
    pub fn rule(mut self, kind: FaultKind, measures: impl IntoIterator<Item = Measure<V>>) -> Self {
        self.rules.retain(|(k, _)| *k != kind);
        self.rules.push((kind, measures.into_iter().collect()));
        self
    }

    /// What users can do without: a fact about the system, for measures that are for such only.
    pub fn optional<N: Into<Name>>(mut self, components: impl IntoIterator<Item = N>) -> Self {
        self.optional.extend(components.into_iter().map(Into::into));
        self
    }

    /// How probable a cause has to be before anything is done about it.
    ///
    /// # Errors
    /// If it is not in (0, 1].
    pub fn min_probability(mut self, probability: f64) -> Result<Self, Error> {
        Error::require(probability > 0.0 && probability <= 1.0, "probability", "in (0, 1]", probability)?;
        self.probability = probability;
        Ok(self)
    }

    /// For how long an unclear cause may become clearer before a person is called.
    pub fn patience(mut self, length: Duration) -> Self {
        self.patience = length;
        self
    }

    /// How soon what guards refused is proposed again.
    pub fn retry(mut self, length: Duration) -> Self {
        self.retry = length;
        self
    }

    /// How often guards may refuse a measure before the next one is taken; at least 1.
    pub fn max_refusals(mut self, times: u32) -> Self {
        self.refusals = times.max(1);
        self
    }

    /// How often a measure is tried that fails before the next one is taken; at least 1, default 2. One that
    /// was done and did not help is not tried again.
    pub fn max_tries(mut self, times: u32) -> Self {
        self.tries = times.max(1);
        self
    }

    /// The measures against a kind of fault, in order.
    pub fn measures(&self, kind: FaultKind) -> &[Measure<V>] {
        self.rules.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, measures)| measures)
    }
}

impl Runbook<StandardVerb> {
    /// Rules for the common kinds: a bad change is rolled back; a dry pool or leaking memory restarts the
    /// instance; a busy processor drains it, for ten minutes at least; what is optional and slow or dead is
    /// done without for a minute at least; what is dead is restarted; errors of one instance restart it.
    pub fn standard() -> Self {
        let (minute, ten) = (Duration::from_secs(60), Duration::from_secs(600));
        let restart = || Measure::instance(StandardVerb::Restart);
        let degrade = || Measure::component(StandardVerb::Degrade).optional_only().keep_for(minute);
        Self::new()
            .rule(FaultKind::BadChange, [Measure::component(StandardVerb::RollBack)])
            .rule(FaultKind::PoolExhausted, [restart()])
            .rule(FaultKind::MemoryExhausted, [restart()])
            .rule(FaultKind::CpuExhausted, [Measure::instance(StandardVerb::Drain).keep_for(ten), restart()])
            .rule(
                FaultKind::Slow,
                [degrade(), Measure::instance(StandardVerb::Drain).keep_for(ten), restart()],
            )
            .rule(FaultKind::Dead, [degrade(), restart()])
            .rule(FaultKind::Errors, [degrade(), restart()])
    }
}

impl<V: Verb> Policy<V> for Runbook<V> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let likely =
            |c: &&Cause| c.probability() >= self.probability && c.probability() > s.diagnosis().unexplained();
        let cause = s.diagnosis().causes().first().filter(likely);
        let Some((cause, kind)) = cause.and_then(|cause| Some((cause, cause.kind?))) else {
            // It may become clearer.
            let until = s.now() + self.retry;
            let waits = until.since(s.opened()) <= self.patience && s.decisions_left() > 0;
            return match cause {
                Some(cause) => {
                    let why = format!("what kind of fault {} has is not known", cause.component);
                    if waits { Decision::Wait { until, why } } else { Decision::Escalate { why } }
                }
                None if waits => Decision::Wait { until, why: "no cause is clear enough".into() },
                None => Decision::Escalate { why: "no cause became clear enough".into() },
            };
        };
        if self.measures(kind).is_empty() {
            return Decision::Escalate { why: format!("there is no rule for: {kind}") };
        }
        let mut refused = None;
        for measure in self.measures(kind) {
            let Some(target) = measure.target(cause, s.ledger(), &self.optional) else { continue };
            let plan = measure.plan(target);
            let Some(action) = plan.steps().first().map(Step::action) else { continue };
            let mut failures = 0;
            // What was advised only may be done by now.
            let acting = s.ledger().is_acting(action.verb.name());
            let has = |t: &&Tried<V>| {
                !(t.advised && acting) && t.plan.steps().iter().any(|step| step.action() == action)
            };
            let used_up = s.tried().iter().filter(has).any(|t| {
                failures += u32::from(matches!(t.result, TrialResult::Failed { .. }));
                failures >= self.tries || !matches!(t.result, TrialResult::Failed { .. })
            });
            if used_up {
                continue;
            }
            match s.refused().iter().find(|r| r.action == *action) {
                Some(r) if r.times >= self.refusals => refused = Some(r),
                // It was refused just now: what guards object to may pass.
                Some(r) if s.now() < r.at + self.retry && s.decisions_left() > 0 => {
                    let why =
                        r.reasons.first().map_or_else(|| "refused".into(), |reason| format!("{reason}"));
                    return Decision::Wait { until: r.at + self.retry, why };
                }
                _ => return Decision::Act(plan),
            }
        }
        let why = match refused {
            Some(r) => {
                format!("nothing else is left for {kind} at {}; `{}` was refused", cause.component, r.action)
            }
            None => format!("nothing is left to try for {kind} at {}", cause.component),
        };
        Decision::Escalate { why }
    }
}
