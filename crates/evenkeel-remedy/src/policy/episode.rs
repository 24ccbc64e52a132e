//! What a log says of past decisions.

use crate::action::{Plan, Propensity};
use crate::executor::Applied;
use crate::machine::{Entry, Record};
use crate::policy::Decision;
use crate::verify::Verdict;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use evenkeel_core::{Diagnosis, Error, Timestamp};
use evenkeel_stats::bandit::Logged;

/// One decision to act, the diagnosis it was made on, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode<V> {
    /// The number of the incident.
    pub incident: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What was thought to be the cause.
    pub diagnosis: Diagnosis,
    /// How many plans were tried before in the same incident.
    pub tried: usize,
    /// What was done.
    pub plan: Plan<V>,
    /// Whether users were verified to be fine after it.
    pub helped: bool,
}

impl<V> Episode<V> {
    /// What off-policy evaluation needs of it: the reward, with which probability the plan was chosen, with
    /// which the policy in question would have chosen it, and what a model predicts: for this plan, and on
    /// average for what that policy would choose (0 and 0 without a model).
    ///
    /// ```
    /// use evenkeel_remedy::machine::Record;
    /// use evenkeel_remedy::policy::episodes;
    /// use evenkeel_remedy::verb::StandardVerb;
    /// use evenkeel_stats::bandit::{Logged, inverse_propensity};
    ///
    /// /// How often a policy that always restarts would have helped.
    /// fn always_restart(log: &[Record<StandardVerb>]) -> Result<f64, evenkeel_core::Error> {
    ///     let logged = episodes(log).into_iter().map(|e| {
    ///         let restarts = e.plan.steps()[0].action().verb == StandardVerb::Restart;
    ///         e.logged(f64::from(u8::from(e.helped)), f64::from(u8::from(restarts)), 0.0, 0.0)
    ///     });
    ///     Ok(inverse_propensity(&logged.collect::<Result<Vec<Logged>, _>>()?)?.value())
    /// }
    /// ```
    ///
    /// # Errors
    /// If the policy did not say with which probability it chose the plan: what it would have done else can't
    /// be known then.
    pub fn logged(&self, reward: f64, target: f64, predicted: f64, expected: f64) -> Result<Logged, Error> {
        let propensity = self.plan.propensity().map(Propensity::probability);
        let propensity = propensity.ok_or_else(|| {
            Error::parameter("propensity", "said by the policy that chose the plan", "not said")
        })?;
        Ok(Logged { reward, propensity, target, predicted, expected })
    }
}

/// An incident while its records are read.
struct Open<V> {
    diagnosis: Diagnosis,
    tried: usize,
    chosen: Option<(Timestamp, Plan<V>)>,
    /// Whether anything of it was done.
    begun: bool,
}

/// The decisions of a log that were carried out and of which it is known what came of them, in the order in
/// which that was known.
///
/// Left out is what guards refused, what was advised only, what a person took over, what was not begun before
/// users were fine, and what is still open. A step that failed did not help. O(records log incidents).
#[must_use]
pub fn episodes<V: Clone>(records: &[Record<V>]) -> Vec<Episode<V>> {
    let mut open: BTreeMap<u64, Open<V>> = BTreeMap::new();
    let mut all = Vec::new();
    for record in records {
        let Some(incident) = record.entry().incident() else { continue };
        if let Entry::Opened { diagnosis, .. } = record.entry() {
            open.insert(
                incident,
                Open { diagnosis: diagnosis.clone(), tried: 0, chosen: None, begun: false },
            );
            continue;
        }
        let Some(of) = open.get_mut(&incident) else { continue };
        let mut ends = |of: &mut Open<V>, helped| {
            // Users may be fine again before anything was done.
            let begun = core::mem::take(&mut of.begun);
            if let Some((at, plan)) = of.chosen.take().filter(|_| begun) {
                let (diagnosis, tried) = (of.diagnosis.clone(), of.tried);
                of.tried += 1;
                all.push(Episode { incident, at, diagnosis, tried, plan, helped });
            }
        };
        match record.entry() {
            Entry::Diagnosed { diagnosis, .. } => of.diagnosis = diagnosis.clone(),
            Entry::Decided { decision: Decision::Act(plan), .. } => {
                (of.chosen, of.begun) = (Some((record.at(), plan.clone())), false);
            }
            Entry::Refused { .. } | Entry::Advised { .. } => of.chosen = None,
            Entry::Settled { outcome: Applied::Done, .. } => of.begun = true,
            Entry::Settled { outcome: Applied::Failed { .. }, .. } => {
                of.begun = true;
                ends(of, false);
            }
            // Of a gated plan there are several: the last decides, and a bad one ends it.
            Entry::Verified { verdict: Verdict::Recovered, .. } => {
                let gated =
                    of.chosen.as_ref().is_some_and(|(_, plan)| plan.steps().iter().any(|s| s.is_gated()));
                if !gated {
                    ends(of, true);
                }
            }
            Entry::Verified { .. } => ends(of, false),
            Entry::Closed { outcome, .. } => {
                if *outcome == crate::machine::Outcome::Recovered {
                    ends(of, true);
                }
                open.remove(&incident);
            }
            _ => {}
        }
    }
    all
}
