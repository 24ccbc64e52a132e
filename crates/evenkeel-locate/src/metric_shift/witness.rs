//! From the moves of metrics to suspects, with evidence in sentences.

use super::{MetricShift, Shift};
use crate::{Case, Ranking, Suspect};
use evenkeel_core::{Direction, Evidence, FaultKind, MetricKind, Name, Subject, Timestamp, observed};

/// How many metrics speak for one component.
const SENTENCES: usize = 3;

/// A case, and how its metrics moved.
pub(crate) struct Witness<'a> {
    case: &'a Case<'a>,
    shifts: &'a [Option<Shift>],
    voice: Name,
    components: Vec<Component>,
}

/// What the metrics of one component say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Component {
    /// Metrics that moved, the furthest first, and of those at most as many as there are sentences.
    top: Vec<(usize, f64)>,
    /// The highest score of what a component uses up by itself: processor, memory, disk.
    pub(crate) own: f64,
    /// The highest score of what callees pass on: everything else.
    pub(crate) passed_on: f64,
}

impl Component {
    pub(crate) fn score(&self) -> f64 {
        self.own.max(self.passed_on)
    }
}

impl<'a> Witness<'a> {
    pub(crate) fn new(case: &'a Case<'a>, shifts: &'a [Option<Shift>], voice: &str) -> Self {
        let mut components = vec![Component::default(); case.components().len()];
        let name = |metric: usize| &case.metrics()[metric].signal().metric;
        for (metric, shift) in shifts.iter().enumerate() {
            let Some(shift) = shift.filter(|shift| shift.score > 0.0) else { continue };
            let component = &mut components[case.component_of(metric)];
            match case.metrics()[metric].metric_kind() {
                MetricKind::Cpu | MetricKind::Memory | MetricKind::Disk => {
                    component.own = component.own.max(shift.score);
                }
                _ => component.passed_on = component.passed_on.max(shift.score),
            }
            let place = component.top.partition_point(|&(other, score)| {
                score > shift.score || (score == shift.score && name(other) < name(metric))
            });
            if place < SENTENCES {
                component.top.truncate(SENTENCES - 1);
                component.top.insert(place, (metric, shift.score));
            }
        }
        Self { case, shifts, voice: voice.into(), components }
    }

    pub(crate) fn components(&self) -> &[Component] {
        &self.components
    }

    /// The ranking, components scored by `score`.
    pub(crate) fn ranking(&self, score: impl Fn(&Component) -> f64) -> Ranking {
        let scores: Vec<f64> = self.components.iter().map(score).collect();
        self.ranking_of(&scores)
    }

    /// The ranking, with one score a component.
    pub(crate) fn ranking_of(&self, scores: &[f64]) -> Ranking {
        let suspects = self.components.iter().zip(scores).enumerate();
        let suspects = suspects.filter(|(_, (component, score))| !component.top.is_empty() && **score > 0.0);
        let suspects =
            suspects.filter_map(|(i, (component, score))| self.suspect(i, component, *score)).collect();
        let metrics = self.case.metrics().iter().zip(self.shifts);
        let metrics = metrics.filter_map(|(metric, shift)| {
            let score = shift.filter(|shift| shift.score > 0.0)?.score;
            Some((metric.signal().clone(), score))
        });
        Ranking::of_unique(suspects, metrics.collect()).with_noise(MetricShift::NOISE)
    }

    fn suspect(&self, component: usize, witness: &Component, score: f64) -> Option<Suspect> {
        let &(first, highest) = witness.top.first()?;
        let mut suspect = Suspect::new(&self.case.components()[component], score).ok()?;
        let by_kind = self.telling(witness);
        suspect = suspect.with_metric(&self.case.metrics()[by_kind.unwrap_or(first)].signal().metric);
        if let Some(kind) = by_kind.and_then(|metric| fault_kind(self.case.metrics()[metric].metric_kind())) {
            suspect = suspect.with_kind(kind);
        }
        let evidence =
            witness.top.iter().filter_map(|(metric, score)| self.evidence(*metric, score / highest));
        Some(suspect.with_evidence(evidence.collect()))
    }

    /// The metric that names the kind of fault: the furthest that moved to its bad side; but something that is used up, if it moved
    /// at least half as far, because slowness and errors follow from that and not the other way round.
    fn telling(&self, witness: &Component) -> Option<usize> {
        let bad = |metric: usize| {
            let kind = self.case.metrics()[metric].metric_kind();
            let direction = self.shifts[metric].map(|shift| shift.direction);
            fault_kind(kind).is_some() && kind.bad_direction().is_none_or(|bad| Some(bad) == direction)
        };
        let mut bad_ones = witness.top.iter().filter(|(metric, _)| bad(*metric));
        let &(first, highest) = bad_ones.clone().next()?;
        let used_up = bad_ones.find(|(metric, score)| {
            let kind = self.case.metrics()[*metric].metric_kind();
            let resource = matches!(
                kind,
                MetricKind::Cpu
                    | MetricKind::Memory
                    | MetricKind::Disk
                    | MetricKind::Saturation
                    | MetricKind::Network
            );
            resource && *score >= 0.5 * highest
        });
        Some(used_up.map_or(first, |(metric, _)| *metric))
    }

    fn evidence(&self, metric: usize, weight: f64) -> Option<Evidence> {
        let shift = self.shifts[metric]?;
        let column = &self.case.metrics()[metric];
        Some(Evidence {
            voice: self.voice.clone(),
            subject: Subject::Signal(column.signal().clone()),
            observed: shift.observed,
            expected: Some(shift.expected),
            unit: column.metric_unit(),
            since: self.onset(metric, &shift),
            weight,
        })
    }

    /// Since when the metric is on the far side of the middle between expected and observed: back from the stated time as long as
    /// it is, else forward to where it first is; the stated time if that cannot be said.
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
