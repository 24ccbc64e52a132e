//! From shifts of metrics to a ranking with evidence.

use crate::case::Case;
use crate::coverage::{Visibility, is_own};
use crate::metric_kind::{MetricScope, guess_scope, is_in_flight, is_wait_for_resource};
use crate::metric_shift::shift::{Examination, NOISE, Shift, share_explained};
use crate::ranking::{Ranking, Suspect};
use evenkeel_core::{
    Direction, Evidence, FaultKind, MetricKind, Name, Signal, Subject, Timestamp, Unit, observed,
};
use std::collections::BTreeMap;

/// How many metrics speak for one component.
const SENTENCES: usize = 3;

/// How much of its score a metric loses among metrics that is explained entirely by the state of its
/// component; as in [`ExplainAway`](crate::ExplainAway).
const EXPLAINED: f64 = 0.7;

/// What the silence of a whole component counts, in scales: as much as the fall of its availability from 1 to
/// 0, whose scale is 2 %.
const SILENCE: f64 = 50.0;
/// The share of an availability that is hardly anything.
const GONE: f64 = 0.1;
/// What it counts that a component was not there before: as much as noise, because how far it moved nobody
/// can say. It also takes its part of what its callers show.
const BEGINNING: f64 = 2.0;

/// A case, and how its metrics moved.
pub(crate) struct Witness<'a> {
    case: &'a Case<'a>,
    shifts: &'a [Option<Shift>],
    visibilities: &'a [Visibility],
    localizer: Name,
    components: Vec<Component>,
}

/// A component that could not be looked at, or not entirely, and what it inherits from those who call it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unseen {
    pub(crate) component: Name,
    pub(crate) score: f64,
    /// The share of it that could not be examined, in (0, 1].
    pub(crate) share: f64,
}

/// What the metrics of one component say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Component {
    /// Metrics that moved, the furthest first, and of those at most as many as there are sentences.
    top: Vec<(usize, f64)>,
    /// The highest score of what a component uses up by itself: processor, memory, disk.
    pub(crate) own: f64,
    /// The highest score of what tells of its own state, in the sense of [`MetricScope::Internal`].
    internal: f64,
    /// The highest score of memory that grew.
    memory: f64,
    /// The highest score of what callees pass on: everything else.
    pub(crate) passed_on: f64,
    /// The score of what is missing: it fell silent with the fault, or was not there before it.
    pub(crate) silence: f64,
    /// The metric that says that it, or an instance of it, is gone: an availability of which hardly anything
    /// is left.
    gone: Option<(usize, f64)>,
    /// The highest score of each instance, where instances are known.
    instances: BTreeMap<Name, f64>,
}

impl Component {
    pub(crate) fn score(&self) -> f64 {
        self.own.max(self.passed_on).max(self.silence)
    }

    /// The instances that show the fault: at least half as much as the one that shows it most, and more than
    /// noise.
    fn affected(&self) -> Vec<Name> {
        let most = self.instances.values().copied().fold(0.0, f64::max);
        let shows = |score: f64| score > NOISE && score >= 0.5 * most;
        self.instances.iter().filter(|(_, score)| shows(**score)).map(|(name, _)| name.clone()).collect()
    }
}

impl<'a> Witness<'a> {
    pub(crate) fn new(case: &'a Case<'a>, examination: &'a Examination, localizer: &str) -> Self {
        let Examination { shifts, visibilities } = examination;
        let mut components = vec![Component::default(); case.components().len()];
        let name = |metric: usize| case.metrics()[metric].signal();
        for (metric, shift) in shifts.iter().enumerate() {
            let Some(shift) = shift.filter(|shift| shift.score > 0.0) else { continue };
            let component = &mut components[case.component_of(metric)];
            if is_own(case.metrics()[metric].metric_kind()) {
                component.own = component.own.max(shift.score);
            } else {
                component.passed_on = component.passed_on.max(shift.score);
            }
            let column = &case.metrics()[metric];
            if guess_scope(column.signal().metric.as_str(), column.metric_kind()) == MetricScope::Internal {
                component.internal = component.internal.max(shift.score);
                if column.metric_kind() == MetricKind::Memory && shift.direction == Direction::Up {
                    component.memory = component.memory.max(shift.score);
                }
            }
            let is_gone = case.metrics()[metric].metric_kind() == MetricKind::Availability
                && shift.direction == Direction::Down
                && shift.observed <= GONE * shift.expected;
            if is_gone && component.gone.is_none_or(|(_, score)| score < shift.score) {
                component.gone = Some((metric, shift.score));
            }
            if let Some(instance) = case.metrics()[metric].signal().instance.as_ref() {
                let score = component.instances.entry(instance.clone()).or_default();
                *score = score.max(shift.score);
            }
            let place = component.top.partition_point(|&(other, score)| {
                score > shift.score || (score == shift.score && name(other) < name(metric))
            });
            if place < SENTENCES {
                component.top.truncate(SENTENCES - 1);
                component.top.insert(place, (metric, shift.score));
            }
        }
        for (component, visibility) in components.iter_mut().zip(visibilities) {
            component.silence =
                visibility.others * if visibility.is_new { BEGINNING } else { SILENCE * visibility.silent };
            component.silence = libm::log1p(component.silence);
            for instance in &visibility.silent_instances {
                let score = component.instances.entry(instance.clone()).or_default();
                *score = score.max(component.silence);
            }
        }
        Self { case, shifts, visibilities, localizer: localizer.into(), components }
    }

    pub(crate) fn components(&self) -> &[Component] {
        &self.components
    }

    pub(crate) fn components_mut(&mut self) -> &mut [Component] {
        &mut self.components
    }

    /// The ranking, each component scored by what it shows most. Who calls whom is not known: any component
    /// that could not be looked at may be behind the first.
    pub(crate) fn ranking(&self) -> Ranking {
        let scores: Vec<f64> = self.components.iter().map(Component::score).collect();
        let cleared = |component: usize| self.case.is_cleared(self.case.components()[component].as_str());
        let unseen = self.visibilities.iter().enumerate().filter(|(component, _)| !cleared(*component));
        let unseen: f64 = unseen.map(|(_, visibility)| visibility.unseen).sum();
        self.ranking_of(&scores, &[]).with_unknown(unseen / self.components.len().max(1) as f64)
    }

    /// The ranking, with one score a component, and with the scores of components that could not be looked
    /// at, or not entirely.
    pub(crate) fn ranking_of(&self, scores: &[f64], unseen: &[Unseen]) -> Ranking {
        let inherited = |name: &Name| unseen.iter().find(|unseen| unseen.component == *name);
        let suspects = self.components.iter().zip(scores).enumerate();
        let suspects = suspects.filter(|(i, (_, score))| {
            let name = &self.case.components()[*i];
            **score > 0.0
                && !self.case.is_cleared(name.as_str())
                && inherited(name).is_none_or(|unseen| unseen.score < **score)
        });
        let mut suspects: Vec<Suspect> =
            suspects.filter_map(|(i, (component, score))| self.suspect(i, component, *score)).collect();
        for unseen in unseen {
            if suspects.iter().all(|suspect| *suspect.component() != unseen.component) {
                suspects.extend(self.unseen(unseen));
            }
        }
        let metrics = self.case.metrics().iter().enumerate().zip(self.shifts);
        let metrics = metrics.filter_map(|((place, metric), shift)| {
            let score = shift.filter(|shift| shift.score > 0.0)?.score;
            let component = &self.components[self.case.component_of(place)];
            Some((metric.signal().clone(), self.unexplained(component, place, score)))
        });
        Ranking::of_unique(suspects, metrics.collect()).with_noise(NOISE)
    }

    /// What is left of the score of a metric that follows from another one of its component: what a component
    /// shows follows from its own state, if that has changed, and the work of its processor from its memory, if
    /// that has grown (collecting garbage, paging, allocating), where work alone makes no memory grow.
    fn unexplained(&self, component: &Component, metric: usize, score: f64) -> f64 {
        let column = &self.case.metrics()[metric];
        let kind = column.metric_kind();
        let explained = match guess_scope(column.signal().metric.as_str(), kind) {
            MetricScope::External => share_explained(score, component.internal),
            MetricScope::Internal if kind == MetricKind::Cpu => share_explained(score, component.memory),
            _ => 0.0,
        };
        score * (1.0 - EXPLAINED * explained)
    }

    fn suspect(&self, component: usize, witness: &Component, score: f64) -> Option<Suspect> {
        let mut suspect = Suspect::new(&self.case.components()[component], score).ok()?;
        suspect = suspect.with_instances(witness.affected());
        let highest = witness.score();
        let evidence =
            witness.top.iter().filter_map(|(metric, score)| self.evidence(*metric, score / highest));
        let mut evidence: Vec<Evidence> = evidence.collect();
        let top = witness.top.first().map_or(0.0, |top| top.1);
        if witness.silence > 0.0 {
            evidence.push(self.silence(component, witness.silence / highest));
            evidence.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        }
        if witness.silence > top {
            let is_new = self.visibilities[component].is_new;
            let suspect = if is_new { suspect } else { suspect.with_kind(FaultKind::Dead) };
            return Some(suspect.with_evidence(evidence));
        }
        let &(first, _) = witness.top.first()?;
        let by_kind = self.telling(witness);
        suspect = suspect.with_metric(&self.case.metrics()[by_kind.unwrap_or(first)].signal().metric);
        if let Some(kind) = by_kind.and_then(|metric| self.fault_kind(metric)) {
            suspect = suspect.with_kind(kind);
        }
        Some(suspect.with_evidence(evidence))
    }

    /// A suspect of whom nothing speaks but those who call it.
    fn unseen(&self, unseen: &Unseen) -> Option<Suspect> {
        let evidence = Evidence {
            localizer: "visibility".into(),
            subject: Subject::Signal(Signal::new(
                unseen.component.clone(),
                "the share of metrics with values",
            )),
            observed: 1.0 - unseen.share,
            expected: Some(1.0),
            unit: Unit::Ratio,
            since: self.case.stated(),
            weight: 1.0,
        };
        Some(Suspect::new(unseen.component.clone(), unseen.score).ok()?.with_evidence(vec![evidence]))
    }

    fn silence(&self, component: usize, weight: f64) -> Evidence {
        let visibility = &self.visibilities[component];
        let (observed, expected) =
            if visibility.is_new { (1.0, 0.0) } else { (1.0 - visibility.silent, 1.0) };
        let signal =
            Signal::new(self.case.components()[component].clone(), "the share of instances that report");
        let signal = match &visibility.silent_instances[..] {
            [instance] => signal.at_instance(instance.clone()),
            _ => signal,
        };
        Evidence {
            localizer: "silence".into(),
            subject: Subject::Signal(signal),
            observed,
            expected: Some(expected),
            unit: Unit::Ratio,
            since: self.case.time(visibility.since),
            weight: weight.clamp(0.0, 1.0),
        }
    }

    /// The metric that names the kind of fault: the furthest that moved to its bad side; but something that
    /// is gone, or is used up and moved at least half as far, because slowness and errors follow from that
    /// and not the other way round. Of several that are used up, the one that the others explain least.
    fn telling(&self, witness: &Component) -> Option<usize> {
        if let Some((gone, _)) = witness.gone {
            return Some(gone);
        }
        let bad = |metric: usize| {
            let kind = self.case.metrics()[metric].metric_kind();
            let direction = self.shifts[metric].map(|shift| shift.direction);
            self.fault_kind(metric).is_some() && kind.bad_direction().is_none_or(|bad| Some(bad) == direction)
        };
        let bad_ones = witness.top.iter().filter(|(metric, _)| bad(*metric));
        let &(first, highest) = bad_ones.clone().next()?;
        let used_up = bad_ones.filter(|(metric, score)| {
            let resource = matches!(
                self.fault_kind(*metric),
                Some(
                    FaultKind::CpuExhausted
                        | FaultKind::MemoryExhausted
                        | FaultKind::DiskExhausted
                        | FaultKind::PoolExhausted
                        | FaultKind::Network
                )
            );
            resource && *score >= 0.5 * highest
        });
        let used_up = used_up.map(|(metric, score)| (metric, self.unexplained(witness, *metric, *score)));
        // Of equals the first.
        let used_up = used_up.reduce(|kept, next| if next.1 > kept.1 { next } else { kept });
        Some(used_up.map_or(first, |(metric, _)| *metric))
    }

    /// What a metric shows when it moves to its bad side.
    fn fault_kind(&self, metric: usize) -> Option<FaultKind> {
        let metric = &self.case.metrics()[metric];
        match metric.metric_kind() {
            MetricKind::Latency if is_wait_for_resource(metric.signal().metric.as_str()) => {
                Some(FaultKind::PoolExhausted)
            }
            MetricKind::Saturation if is_in_flight(metric.signal().metric.as_str()) => Some(FaultKind::Slow),
            kind => fault_kind(kind),
        }
    }

    fn evidence(&self, metric: usize, weight: f64) -> Option<Evidence> {
        let shift = self.shifts[metric]?;
        let column = &self.case.metrics()[metric];
        Some(Evidence {
            localizer: self.localizer.clone(),
            subject: Subject::Signal(column.signal().clone()),
            observed: shift.observed,
            expected: Some(shift.expected),
            unit: column.metric_unit(),
            since: self.onset(metric, &shift),
            weight,
        })
    }

    /// Since when the metric is on the far side of the middle between expected and observed: back from the
    /// stated time as long as it is, else forward to where it first is; the stated time if that cannot be
    /// said.
    fn onset(&self, metric: usize, shift: &Shift) -> Timestamp {
        let middle = 0.5 * (shift.expected + shift.observed);
        let beyond = |x: f64| match shift.direction {
            Direction::Down => x <= middle,
            _ => x >= middle,
        };
        let stated = self.case.stated_row();
        let column = &self.case.metrics()[metric];
        let before: Vec<f64> = column.iter(0..stated).filter_map(observed).collect();
        let shown = before.iter().rev().take_while(|x| beyond(**x)).count();
        if shown > 0 && shown < before.len() && before.len() == stated {
            return self.case.time(stated - shown);
        }
        let after = column.iter(stated..self.case.rows()).position(|x| observed(x).is_some_and(beyond));
        self.case.time(stated + after.unwrap_or(0))
    }
}

/// What a metric of this kind shows when it moves to its bad side.
fn fault_kind(kind: MetricKind) -> Option<FaultKind> {
    match kind {
        MetricKind::Latency => Some(FaultKind::Slow),
        MetricKind::Errors => Some(FaultKind::Errors),
        MetricKind::Saturation => Some(FaultKind::PoolExhausted),
        MetricKind::Availability => Some(FaultKind::Dead),
        MetricKind::Cpu => Some(FaultKind::CpuExhausted),
        MetricKind::Memory => Some(FaultKind::MemoryExhausted),
        MetricKind::Disk => Some(FaultKind::DiskExhausted),
        MetricKind::Network => Some(FaultKind::Network),
        _ => None,
    }
}
