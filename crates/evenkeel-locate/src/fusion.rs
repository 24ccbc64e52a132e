//! Fusion of rankings: the default localizer.

use crate::calibration::Calibration;
use crate::call_gap::CallGap;
use crate::case::{Case, Change};
use crate::excess_flow::ExcessFlow;
use crate::explain_away::ExplainAway;
use crate::logs::LogChange;
use crate::ranking::{Localizer, Ranking, Suspect};
use crate::symptom_correlation::SymptomCorrelation;
use crate::traces::{CallChange, TraceTime};
use core::cmp::Ordering;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{Diagnosis, Error, Evidence, FaultKind, Name, Signal, Subject, Timestamp, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A localizer of cases that a [`Fusion`] can listen to.
type CaseLocalizer = dyn for<'a> Localizer<Case<'a>> + Send + Sync;

/// The default localizer: it fuses the rankings of several localizers into one diagnosis.
///
/// *Method*: scores of different localizers have different scales, so each is divided by its localizer's
/// highest, and multiplied by 1 - noise / highest, at least 0.05, so that a localizer that sees little more
/// than [noise](Ranking::noise) is hardly heard; the fused score of a component is the weighted mean over the
/// localizers that do not abstain, of which one that does not name it counts 0, and one that [could not
/// examine it](Ranking::unexamined) does not count. So is the noise. A change of a component up to the stated
/// time (and two rows, for the time is not known better) multiplies its fused score by 1 + 0.3 exp(-age / 10
/// min): a change alone blames nobody, and an innocent one on a component that did not move does nothing. The
/// suspect's metric, kind and evidence are those of the localizer that adds most to its score (but a
/// component that is clearly seen to be gone, or to have used something up, is not called slow, failing or
/// behind a bad network); evidence of all localizers is kept, and the change is one piece more. [`Calibration`] makes probabilities of the
/// scores.
///
/// *Localizers*: by default [`ExplainAway`] over [`MetricShift`](crate::MetricShift), weight 1, [`CallGap`],
/// weight 0.5, where calls are known, and [`SymptomCorrelation`], weight 0.3: callers agree with the symptom
/// as well as the culprit does, so it can only tell both from bystanders; [`ExcessFlow`], weight 1, where the
/// kind of the symptom is known; and of what the case has, [`TraceTime`], weight 3, [`CallChange`], weight
/// 0.75, and [`LogChange`], weight 10. The last four were chosen by five-fold cross-validation over the cases
/// of three public sets of faults (sock shop, PetShop, Nezha), 112 in all, with the others as they were; two
/// of the five folds chose these, the others near ones. `evenkeel-eval`'s example `fusion_weights` reproduces it and says how often
/// weights are right on cases that they were not chosen by. What a localizer [clears](Localizer::clears) is
/// taken out before any localizer ranks. [`with`](Self::with) adds others, shipped ones or your own. The
/// order of localizers makes no difference.
///
/// *Kinds*: a suspect changed within ten minutes before the stated time that answers slowly, with errors or
/// not at all is taken for a [bad change](FaultKind::BadChange). Not if it was changed by [the one who
/// asks](crate::Change::is_own), and not if the [instances](crate::Change::instance) tell otherwise: every
/// instance that shows the fault must have been changed, and none that was changed within 30 s of that change
/// may be in order.
///
/// *Score*: in [0, 1.3], near 1 for what all localizers put first far beyond their noise. *Cost*: that of the localizers, and the
/// sorting of what they name.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp, Unit};
/// use evenkeel_locate::{Case, Fusion, Graph, Metric};
///
/// let graph = Graph::from_edges([("edge", "cart", 100.0), ("cart", "store", 100.0)])?;
/// let seconds = |normal: f64, faulty: f64| -> Vec<f64> {
///     (0..240).map(|i| (if i < 200 { normal } else { faulty }) * (1.0 + 0.05 * (i % 5) as f64)).collect()
/// };
/// let latency = |of: &str, column| Metric::new(Signal::new(of, "latency_p99"), column).unit(Unit::Seconds);
/// let (start, step) = (Timestamp::from_seconds(1_700_000_000), Duration::from_millis(250));
/// let case = Case::builder(start, step, start + 200 * step)
///     .metrics([
///         latency("edge", seconds(0.040, 0.660)),
///         latency("cart", seconds(0.030, 0.650)),
///         latency("store", seconds(0.010, 0.630)),
///     ])
///     .graph(&graph)
///     .symptom_at("edge")
///     .build()?;
///
/// let diagnosis = Fusion::default().diagnose(&case).expect("one cause stands out");
/// let cause = &diagnosis.causes()[0];
/// assert_eq!(cause.component, "store");
/// assert_eq!(
///     cause.evidence[0].to_string(),
///     "latency_p99 of store is 0.7245 s, expected 0.011 s, since 2023-11-14T22:14:10Z (metric shift, weight 1.00)"
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Fusion {
    localizers: Vec<(Arc<CaseLocalizer>, f64)>,
    calibration: Calibration,
}

/// How long a change is thought of.
const CHANGE_MEMORY: Duration = Duration::from_secs(600);
/// How long after each other the instances of a component are changed when one change goes out to several.
const ROLLOUT: Duration = Duration::from_secs(30);
/// The least part of its weight that a localizer has, that shows no more than noise.
const WHISPER: f64 = 0.05;
/// How far beyond noise, as a share of the highest, a localizer sees a component clearly.
const CLEAR: f64 = 0.5;
/// How much a change that was just made adds.
const CHANGE_SHARE: f64 = 0.3;

impl Default for Fusion {
    fn default() -> Self {
        let localizers: Vec<(Arc<CaseLocalizer>, f64)> = vec![
            (Arc::new(ExplainAway::default()), 1.0),
            (Arc::new(CallGap::default()), 0.5),
            (Arc::new(SymptomCorrelation::default()), 0.3),
            (Arc::new(ExcessFlow), 1.0),
            (Arc::new(TraceTime), 3.0),
            (Arc::new(CallChange), 0.75),
            (Arc::new(LogChange), 10.0),
        ];
        Self { localizers, calibration: Calibration::default() }
    }
}

/// The localizers are counted, not shown.
impl fmt::Debug for Fusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weights: Vec<f64> = self.localizers.iter().map(|(_, weight)| *weight).collect();
        f.debug_struct("Fusion").field("weights", &weights).field("calibration", &self.calibration).finish()
    }
}

/// What one localizer says.
struct Spoken {
    ranking: Ranking,
    weight: f64,
    /// What its scores are multiplied by to be parts of the fused score.
    scale: f64,
}

/// What one localizer saw of a component, and what it adds to its score.
#[derive(Debug, PartialEq, PartialOrd)]
struct Seen {
    part: f64,
    /// How far its localizer saw it beyond noise, as a share of the highest that it saw.
    beyond_noise: f64,
    metric: Option<Name>,
    kind: Option<FaultKind>,
    instances: Vec<Name>,
}

/// What the localizers have said of one component so far.
#[derive(Default)]
struct Heard {
    scores: Vec<f64>,
    /// By what they add to the score: what the localizers saw.
    saw: Vec<Seen>,
    evidence: Vec<Evidence>,
}

impl Fusion {
    /// A fusion without a localizer, to be given some with [`with`](Self::with). It abstains until then.
    #[must_use]
    pub fn empty() -> Self {
        Self { localizers: Vec::new(), calibration: Calibration::default() }
    }

    /// One localizer more, with its weight.
    ///
    /// # Errors
    /// If the weight is not positive and finite.
    pub fn with(
        mut self,
        localizer: impl for<'a> Localizer<Case<'a>> + Send + Sync + 'static,
        weight: f64,
    ) -> Result<Self, Error> {
        Error::require(weight > 0.0 && weight.is_finite(), "weight", "positive and finite", weight)?;
        self.localizers.push((Arc::new(localizer), weight));
        Ok(self)
    }

    /// Another calibration.
    #[must_use]
    pub fn with_calibration(self, calibration: Calibration) -> Self {
        Self { calibration, ..self }
    }

    /// How scores become probabilities.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The diagnosis of a case, made at the time of its last row; `None` if no cause stands out (see
    /// [`Calibration`]). Call [`rank`](Localizer::rank) and [`Calibration::diagnose`] yourself to have the
    /// ranking, too.
    #[must_use]
    pub fn diagnose(&self, case: &Case<'_>) -> Option<Diagnosis> {
        // Which metrics stand out is not asked here, and takes longest to put in order.
        self.calibration.diagnose(&self.fuse(case, false), case.time(case.rows().saturating_sub(1)))
    }

    /// One diagnosis for each of several faults at once, the clearest first; at most `faults`.
    ///
    /// What a first cause explains is set aside, that is its component and all that call it, directly or not;
    /// the rest is diagnosed again, and so on, as long as a cause stands out whose score is at least half of
    /// the first's. So two faults on different branches are two diagnoses rather than one that is unsure. A
    /// second fault in a caller of the first cause is not told from its symptoms. Without a call graph or
    /// traces it is not known what a cause explains, and there is one diagnosis at most.
    #[must_use]
    pub fn diagnose_all(&self, case: &Case<'_>, faults: usize) -> Vec<Diagnosis> {
        let at = case.time(case.rows().saturating_sub(1));
        let pairs = case.call_pairs();
        let mut set_aside: BTreeSet<Name> = BTreeSet::new();
        let mut found = Vec::new();
        let mut highest = None;
        while found.len() < faults {
            let rest = case.without(&set_aside);
            let ranking = self.fuse(&rest, false);
            let Some(first) = ranking.first() else { break };
            // Of what was set aside each localizer says less now, so scores are compared before they are made relative.
            let strength = self.strength(&rest, first.component());
            if strength < 0.5 * *highest.get_or_insert(strength) {
                break;
            }
            let Some(diagnosis) = self.calibration.diagnose(&ranking, at) else { break };
            found.push(diagnosis);
            if pairs.is_empty() {
                break;
            }
            let mut open = vec![first.component().clone()];
            while let Some(name) = open.pop() {
                if set_aside.insert(name.clone()) {
                    open.extend(pairs.iter().filter(|(_, to)| *to == name).map(|(from, _)| from.clone()));
                }
            }
        }
        found
    }

    /// The weighted sum of what the localizers say of a component on their own scales.
    fn strength(&self, case: &Case<'_>, component: &Name) -> f64 {
        let said = self.localizers.iter().filter_map(|(localizer, weight)| {
            let ranking = localizer.rank(case);
            let suspect = ranking.suspects().iter().find(|suspect| suspect.component() == component)?;
            Some(weight * suspect.score().max(0.0))
        });
        sum(said.collect())
    }

    fn fuse(&self, case: &Case<'_>, with_metrics: bool) -> Ranking {
        let cleared: BTreeSet<Name> =
            self.localizers.iter().flat_map(|(localizer, _)| localizer.clears(case)).collect();
        if cleared.is_empty() {
            self.weigh(case, with_metrics)
        } else {
            self.weigh(&case.without(&cleared), with_metrics)
        }
    }

    /// Adds up what the localizers say.
    fn weigh(&self, case: &Case<'_>, with_metrics: bool) -> Ranking {
        let spoken = self.localizers.iter().filter_map(|(localizer, weight)| {
            let ranking = localizer.rank(case);
            let highest = ranking.first().map(Suspect::score).filter(|highest| *highest > 0.0)?;
            // What stands out from noise by little is said in a low voice.
            let voice = (1.0 - ranking.noise() / highest).clamp(WHISPER, 1.0);
            Some(Spoken { ranking, weight: *weight, scale: weight * voice / highest })
        });
        let spoken: Vec<Spoken> = spoken.collect();
        let total = sum(spoken.iter().map(|said| said.weight).collect());
        let noise = |said: &Spoken| {
            let highest = said.ranking.first().map_or(0.0, Suspect::score);
            said.scale * said.ranking.noise().clamp(0.0, highest)
        };
        let noise = sum(spoken.iter().map(noise).collect());

        let unknown = sum(spoken.iter().map(|said| said.weight * said.ranking.unknown()).collect()) / total;
        // A localizer that could not look at a component says nothing of it, rather than that it is in order.
        let mut without: BTreeMap<Name, Vec<f64>> = BTreeMap::new();
        for said in &spoken {
            for name in said.ranking.unexamined() {
                without.entry(name.clone()).or_default().push(said.weight);
            }
        }

        let mut components: BTreeMap<Name, Heard> = BTreeMap::new();
        let mut metrics = Vec::new();
        for Spoken { ranking, weight, scale } in spoken {
            let noise = ranking.noise();
            let (suspects, scores) = ranking.into_parts();
            let highest = suspects.first().map_or(1.0, Suspect::score);
            for suspect in suspects {
                let part = scale * suspect.score().max(0.0);
                let heard = components.entry(suspect.component().clone()).or_default();
                heard.scores.push(part);
                heard.saw.push(Seen {
                    part,
                    beyond_noise: (suspect.score() - noise) / highest,
                    metric: suspect.metric().cloned(),
                    kind: suspect.kind(),
                    instances: suspect.instances().to_vec(),
                });
                heard.evidence.extend(suspect.into_evidence());
            }
            let highest = scores.first().map_or(1.0, |metric| metric.1);
            let part =
                |score: f64| if highest > 0.0 { weight * (score / highest).max(0.0) / total } else { 0.0 };
            if !with_metrics {
                continue;
            }
            metrics.push(scores.into_iter().map(|(signal, score)| (signal, part(score))).collect());
        }
        let suspects = components.into_iter().filter(|(name, _)| !case.is_cleared(name.as_str()));
        let suspects = suspects.filter_map(|(name, heard)| {
            let weight = total - without.remove(&name).map_or(0.0, sum);
            heard.suspect(name, weight, case)
        });
        let suspects: Vec<Suspect> = suspects.collect();
        Ranking::of_unique(suspects, added(metrics)).with_noise(noise / total).with_unknown(unknown)
    }
}

/// The sums of the scores that localizers give to metrics.
fn added(mut localizers: Vec<Vec<(Signal, f64)>>) -> Vec<(Signal, f64)> {
    // One localizer mostly speaks alone, and has them in order already.
    if localizers.len() < 2 {
        return localizers.pop().unwrap_or_default();
    }
    let mut all: Vec<(Signal, f64)> = localizers.into_iter().flatten().collect();
    // By score, too, so that the sums don't depend on the order of localizers.
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    all
}

impl Localizer<Case<'_>> for Fusion {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        self.fuse(case, true)
    }
}

impl Heard {
    fn suspect(self, name: Name, total: f64, case: &Case<'_>) -> Option<Suspect> {
        let Self { scores, mut saw, mut evidence } = self;
        // The localizer that adds most decides; of equal ones the order does not.
        saw.sort_by(|a, b| {
            b.part.total_cmp(&a.part).then_with(|| a.partial_cmp(b).unwrap_or(Ordering::Equal))
        });
        let instances = saw.iter().find(|seen| !seen.instances.is_empty()).map(|seen| seen.instances.clone());
        let instances = instances.unwrap_or_default();
        let change = change(&name, &instances, case);
        let added = CHANGE_SHARE * change.as_ref().map_or(0.0, |change| change.freshness);
        let score = sum(scores) / total * (1.0 + added);
        evidence.extend(change.as_ref().map(|change| Evidence {
            localizer: Name::from(if change.is_own { "own actions" } else { "changes" }),
            subject: Subject::Change(name.clone()),
            observed: change.age.as_secs_f64(),
            expected: None,
            unit: Unit::Seconds,
            since: case.stated() - change.age,
            weight: added,
        }));
        evidence.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| (&a.localizer, &a.subject).cmp(&(&b.localizer, &b.subject)))
        });
        let mut suspect = Suspect::new(name, score).ok()?.with_evidence(evidence).with_instances(instances);
        let kind = kind(&saw);
        if let Some(metric) = saw.into_iter().find_map(|seen| seen.metric) {
            suspect = suspect.with_metric(metric);
        }
        let kind = match kind {
            None | Some(FaultKind::Slow | FaultKind::Errors | FaultKind::Dead)
                if change.is_some_and(|change| !change.is_own) =>
            {
                Some(FaultKind::BadChange)
            }
            kind => kind,
        };
        Some(match kind {
            Some(kind) => suspect.with_kind(kind),
            None => suspect,
        })
    }
}

/// The kind that the localizer names which adds most. But a component that is gone or has used something up is
/// slow, fails, and is called as if over a bad network: where its own state clearly tells so, that counts.
fn kind(saw: &[Seen]) -> Option<FaultKind> {
    let of_state = |kind: &FaultKind| {
        matches!(
            kind,
            FaultKind::Dead
                | FaultKind::CpuExhausted
                | FaultKind::MemoryExhausted
                | FaultKind::DiskExhausted
                | FaultKind::PoolExhausted
        )
    };
    let first = saw.iter().find_map(|seen| seen.kind);
    let clear = saw.iter().filter(|seen| seen.beyond_noise >= CLEAR);
    match first {
        Some(FaultKind::Network | FaultKind::Slow | FaultKind::Errors) => {
            clear.filter_map(|seen| seen.kind).find(of_state).or(first)
        }
        _ => first,
    }
}

/// The change of a component that may be to blame.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Recent {
    /// How fresh it was at the stated time, in (0, 1].
    freshness: f64,
    age: Duration,
    is_own: bool,
}

/// The last change of a component up to the stated time that may be to blame, if it was made within the
/// memory; of equal ages the one that somebody else made.
fn change(component: &Name, affected: &[Name], case: &Case<'_>) -> Option<Recent> {
    // The stated time is known to a row or two, and a change is reported when it is done.
    let until = case.stated() + 2 * case.step();
    let changes = || case.changes().iter().filter(|change| change.component == *component);
    let recent =
        changes().filter(|change| change.at <= until && case.stated().since(change.at) <= CHANGE_MEMORY);
    let blamable = recent.filter(|change| change.is_own || fits(change, changes, affected, until));
    let (age, is_own) = blamable.map(|change| (case.stated().since(change.at), change.is_own)).min()?;
    Some(Recent { freshness: libm::exp(-age.as_secs_f64() / CHANGE_MEMORY.as_secs_f64()), age, is_own })
}

/// Whether a change can be what affects these instances: each of them was changed, and none that was changed
/// along with it is in order. Where it is not known which instances were changed or are affected, any change
/// can. It may still be going out after `until`.
fn fits<'a, I: Iterator<Item = &'a Change>>(
    change: &Change,
    changes: impl Fn() -> I,
    affected: &[Name],
    until: Timestamp,
) -> bool {
    if change.instance.is_none() || affected.is_empty() {
        return true;
    }
    let apart = |other: &Change| other.at.since(change.at).max(change.at.since(other.at));
    let others = || {
        let along = |other: &&Change| other.at <= until || apart(other) <= ROLLOUT;
        changes().filter(|other| !other.is_own).filter(along)
    };
    let is_changed = |name: &Name| others().any(|other| other.instance.as_ref().is_none_or(|i| i == name));
    let is_affected = |other: &Change| other.instance.as_ref().is_none_or(|name| affected.contains(name));
    affected.iter().all(is_changed)
        && others().filter(|other| other.at <= until && apart(other) <= ROLLOUT).all(is_affected)
}

/// The sum, whatever the order.
fn sum(mut parts: Vec<f64>) -> f64 {
    parts.sort_unstable_by(f64::total_cmp);
    parts.into_iter().sum()
}
