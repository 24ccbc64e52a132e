//! Rankings of suspects.

use crate::case::Case;
use core::cmp::Ordering;
use evenkeel_core::{Error, Evidence, FaultKind, Name, Signal};
use std::collections::{HashMap, HashSet};

/// Ranks what may have caused an incident by uncalibrated suspicion.
///
/// `E` is the evidence it reads: every localizer of this crate reads a [`Case`](crate::Case). Implement it to
/// add a localizer of your own to a [`Fusion`](crate::Fusion).
pub trait Localizer<E: ?Sized> {
    /// The suspects. Empty means that it abstains: it has no evidence that it can use. Never panics.
    fn rank(&self, evidence: &E) -> Ranking;

    /// The components that cannot be the cause, whatever their own metrics say. A [`Fusion`](crate::Fusion)
    /// takes them out before any of its localizers ranks the others. By default none.
    fn clears(&self, evidence: &E) -> Vec<Name> {
        let _ = evidence;
        Vec::new()
    }
}

impl<E: ?Sized, L: Localizer<E> + ?Sized> Localizer<E> for &L {
    fn rank(&self, evidence: &E) -> Ranking {
        (**self).rank(evidence)
    }

    fn clears(&self, evidence: &E) -> Vec<Name> {
        (**self).clears(evidence)
    }
}

impl<E: ?Sized, L: Localizer<E> + ?Sized> Localizer<E> for Box<L> {
    fn rank(&self, evidence: &E) -> Ranking {
        (**self).rank(evidence)
    }

    fn clears(&self, evidence: &E) -> Vec<Name> {
        (**self).clears(evidence)
    }
}

/// A component under suspicion, and what speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    component: Name,
    score: f64,
    metric: Option<Name>,
    kind: Option<FaultKind>,
    instances: Vec<Name>,
    evidence: Vec<Evidence>,
}

impl Suspect {
    /// A suspect with its score, on the localizer's own scale: larger is more suspicious.
    ///
    /// # Errors
    /// If the score is not finite.
    pub fn new(component: impl Into<Name>, score: f64) -> Result<Self, Error> {
        Error::require(score.is_finite(), "score", "finite", score)?;
        let component = component.into();
        Ok(Self { component, score, metric: None, kind: None, instances: Vec::new(), evidence: Vec::new() })
    }

    /// The metric that shows it best.
    #[must_use]
    pub fn with_metric(mut self, metric: impl Into<Name>) -> Self {
        self.metric = Some(metric.into());
        self
    }

    /// What kind of fault it looks like.
    #[must_use]
    pub fn with_kind(mut self, kind: FaultKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The instances that show it, where a component has several.
    #[must_use]
    pub fn with_instances(mut self, instances: Vec<Name>) -> Self {
        self.instances = instances;
        self
    }

    /// What speaks against it, the weightiest first.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Vec<Evidence>) -> Self {
        self.evidence = evidence;
        self
    }

    pub(crate) fn into_evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    /// Where the fault may sit.
    #[must_use]
    pub fn component(&self) -> &Name {
        &self.component
    }

    /// How suspicious it is, on the localizer's own scale; finite, larger is more.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The metric that shows it best, where one does.
    #[must_use]
    pub fn metric(&self) -> Option<&Name> {
        self.metric.as_ref()
    }

    /// What kind of fault it looks like, where that shows.
    #[must_use]
    pub fn kind(&self) -> Option<FaultKind> {
        self.kind
    }

    /// The instances that show it, in order of their names; empty where that is not known.
    #[must_use]
    pub fn instances(&self) -> &[Name] {
        &self.instances
    }

    /// What speaks against it, the weightiest first.
    #[must_use]
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// Components and metrics in the order of suspicion, the most suspicious first, and of equal scores the
/// smaller name first: never by the position they had in the data.
///
/// A ranking of all metrics may be long, one of components has each component once. What is not in it is not
/// suspected.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct Ranking {
    suspects: Vec<Suspect>,
    metrics: Vec<(Signal, f64)>,
    noise: Option<f64>,
    unexamined: Vec<Name>,
    unknown: f64,
}

impl Ranking {
    /// A ranking of suspects and of metrics with their scores, in any order. Of a name that comes twice the
    /// highest score stays. Metrics whose score is not finite are left out.
    pub fn new(suspects: Vec<Suspect>, metrics: Vec<(Signal, f64)>) -> Self {
        let mut suspects = suspects;
        suspects.sort_by(|a, b| order(a.score, b.score).then_with(|| a.component.cmp(&b.component)));
        let mut seen = HashSet::with_capacity(suspects.len());
        suspects.retain(|suspect| seen.insert(suspect.component.clone()));
        Self { suspects, metrics: ordered(metrics), noise: None, unexamined: Vec::new(), unknown: 0.0 }
    }

    /// The same of components and metrics that are known to come once each.
    pub(crate) fn of_unique(mut suspects: Vec<Suspect>, mut metrics: Vec<(Signal, f64)>) -> Self {
        suspects.sort_unstable_by(|a, b| order(a.score, b.score).then_with(|| a.component.cmp(&b.component)));
        metrics.sort_unstable_by(|a, b| order(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        Self { suspects, metrics, noise: None, unexamined: Vec::new(), unknown: 0.0 }
    }

    /// A ranking of metrics alone; a component ranks where its first metric does.
    pub fn of_metrics(metrics: Vec<(Signal, f64)>) -> Self {
        let metrics = ordered(metrics);
        let mut best: HashMap<&Name, Suspect> = HashMap::new();
        for (signal, score) in &metrics {
            best.entry(&signal.component).or_insert_with(|| Suspect {
                component: signal.component.clone(),
                score: *score,
                metric: Some(signal.metric.clone()),
                kind: None,
                instances: Vec::new(),
                evidence: Vec::new(),
            });
        }
        let mut suspects: Vec<Suspect> = best.into_values().collect();
        suspects.sort_by(|a, b| order(a.score, b.score).then_with(|| a.component.cmp(&b.component)));
        Self { suspects, metrics, noise: None, unexamined: Vec::new(), unknown: 0.0 }
    }

    /// The same of columns of a case, by their places, instances ranking with their components.
    pub(crate) fn of_columns(case: &Case<'_>, mut scores: Vec<(usize, f64)>) -> Self {
        scores.retain(|(_, score)| score.is_finite());
        let signal = |column: usize| case.metrics()[column].signal();
        scores.sort_by(|a, b| order(a.1, b.1).then_with(|| signal(a.0).cmp(signal(b.0))));
        let mut seen = vec![false; case.components().len()];
        let mut suspects = Vec::new();
        for (column, score) in &scores {
            let component = case.component_of(*column);
            if !core::mem::replace(&mut seen[component], true)
                && let Ok(suspect) = Suspect::new(case.components()[component].clone(), *score)
            {
                suspects.push(suspect.with_metric(case.metrics()[*column].signal().metric.clone()));
            }
        }
        let metrics = scores.into_iter().map(|(column, score)| (signal(column).clone(), score)).collect();
        Self::of_unique(suspects, metrics)
    }

    /// States the score that is met when nothing is wrong: [`Fusion`](crate::Fusion) takes "nothing" for one
    /// more suspect with it. Without it, 0. A value that is not finite states nothing.
    pub fn with_noise(mut self, score: f64) -> Self {
        self.noise = Some(score).filter(|score| score.is_finite());
        self
    }

    /// States which components could not be examined for want of data. A [`Fusion`](crate::Fusion) takes no
    /// score of them for innocence; those that are neither suspected nor unexamined were looked at and found
    /// in order.
    pub fn with_unexamined(mut self, components: impl IntoIterator<Item = Name>) -> Self {
        self.unexamined = components.into_iter().collect();
        self.unexamined.sort_unstable();
        self.unexamined.dedup();
        self
    }

    /// The components that could not be examined, in order of their names.
    #[must_use]
    pub fn unexamined(&self) -> &[Name] {
        &self.unexamined
    }

    /// States how probable it is, in relation to the first, that the cause is something that could not be
    /// looked at and is not named: see [`Calibration`](crate::Calibration). A value that is not finite or
    /// negative states nothing.
    pub fn with_unknown(mut self, weight: f64) -> Self {
        self.unknown = if weight.is_finite() { weight.max(0.0) } else { 0.0 };
        self
    }

    /// The weight of what could not be looked at and is not named, in relation to the first; at least 0.
    #[must_use]
    pub fn unknown(&self) -> f64 {
        self.unknown
    }

    /// The components, the most suspicious first.
    #[must_use]
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }

    /// The components, without a copy.
    #[must_use]
    pub fn into_suspects(self) -> Vec<Suspect> {
        self.suspects
    }

    /// Suspects and metrics, without a copy.
    pub(crate) fn into_parts(self) -> (Vec<Suspect>, Vec<(Signal, f64)>) {
        (self.suspects, self.metrics)
    }

    /// The metrics with their scores, the most suspicious first.
    #[must_use]
    pub fn metrics(&self) -> &[(Signal, f64)] {
        &self.metrics
    }

    /// The most suspicious component.
    #[must_use]
    pub fn first(&self) -> Option<&Suspect> {
        self.suspects.first()
    }

    /// The score that is met when nothing is wrong.
    #[must_use]
    pub fn noise(&self) -> f64 {
        self.noise.unwrap_or(0.0)
    }

    /// Whether nobody is suspected: the localizer abstained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.suspects.is_empty()
    }

    /// The relative margin of the first over the second, (first - second) / first: 1 if there is no second, 0
    /// for a tie or if the first is not above 0. In [0, 1]. `None` for an empty ranking.
    #[must_use]
    pub fn margin(&self) -> Option<f64> {
        let first = self.first()?.score;
        if first <= 0.0 {
            return Some(0.0);
        }
        let second = self.suspects.get(1).map_or(0.0, |suspect| suspect.score.max(0.0));
        Some(((first - second) / first).clamp(0.0, 1.0))
    }
}

/// Best first; a negative zero equals a positive one.
fn order(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or(Ordering::Equal)
}

fn ordered(mut metrics: Vec<(Signal, f64)>) -> Vec<(Signal, f64)> {
    metrics.retain(|(_, score)| score.is_finite());
    metrics.sort_unstable_by(|a, b| order(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
    let mut seen = HashSet::with_capacity(metrics.len());
    let repeated: Vec<bool> = metrics.iter().map(|(signal, _)| !seen.insert(signal)).collect();
    drop(seen);
    let mut repeated = repeated.into_iter();
    metrics.retain(|_| !repeated.next().unwrap_or(false));
    metrics
}
