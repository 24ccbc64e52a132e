//! Instances and what they are instances of.

use evenkeel_core::{Cause, Evidence, Name, Signal, Subject};
use evenkeel_locate::Metric;
use std::collections::BTreeMap;

/// A column of a signal as one of its component: instances don't compete as causes.
pub(crate) fn metric<'a>(
    signal: &Signal,
    members: &BTreeMap<Name, Name>,
    pieces: (&'a [f64], &'a [f64]),
) -> Metric<'a> {
    match members.get(&signal.component) {
        Some(component) => {
            let of_component = Signal::new(component.clone(), signal.metric.clone());
            Metric::ring(of_component, pieces).instance(signal.component.clone())
        }
        None => Metric::ring(signal.clone(), pieces),
    }
}

/// Leaves in the evidence of a cause those instances that show the fault, where they differ clearly: at least half as much as the one
/// that shows it most.
pub(crate) fn told_apart(mut cause: Cause, members: &BTreeMap<Name, Name>) -> Cause {
    let instance_of = |e: &Evidence| match &e.subject {
        Subject::Signal(signal) => {
            let component = members.get(&signal.component)?;
            (*component == cause.component).then(|| signal.component.clone())
        }
        _ => None,
    };
    let mut strongest: BTreeMap<Name, f64> = BTreeMap::new();
    for evidence in &cause.evidence {
        if let Some(instance) = instance_of(evidence) {
            let weight = strongest.entry(instance).or_insert(0.0);
            *weight = weight.max(evidence.weight);
        }
    }
    let most = strongest.values().copied().fold(0.0, f64::max);
    cause.evidence.retain(|e| match &e.subject {
        Subject::Signal(signal) => {
            strongest.get(&signal.component).is_none_or(|weight| *weight >= 0.5 * most)
        }
        _ => true,
    });
    cause
}
