//! Instances and what they are instances of.

use evenkeel_core::{Cause, Evidence, Name, Signal, Subject};
use std::collections::BTreeMap;

/// Between the metric and the instance in the name of a grouped metric.
const OF: &str = " of ";

/// The signal as one of its component: instances stand in the name of the metric, so that they don't compete as causes.
pub(crate) fn grouped(signal: &Signal, members: &BTreeMap<Name, Name>) -> Signal {
    match members.get(&signal.component) {
        Some(component) => {
            Signal::new(component.clone(), format!("{}{OF}{}", signal.metric, signal.component))
        }
        None => signal.clone(),
    }
}

/// Takes [`grouped`] back in the evidence of a cause. Where instances differ clearly, only those are left that show the fault: at
/// least half as much as the one that shows it most.
pub(crate) fn told_apart(mut cause: Cause, members: &BTreeMap<Name, Name>) -> Cause {
    let instance_of = |e: &Evidence| match &e.subject {
        Subject::Signal(signal) => {
            let (metric, instance) = signal.metric.as_str().rsplit_once(OF)?;
            let (instance, component) = members.get_key_value(instance)?;
            (*component == signal.component).then(|| (instance.clone(), Name::from(metric)))
        }
        _ => None,
    };
    let mut strongest: BTreeMap<Name, f64> = BTreeMap::new();
    for evidence in &mut cause.evidence {
        if let Some((instance, metric)) = instance_of(evidence) {
            let weight = strongest.entry(instance.clone()).or_insert(0.0);
            *weight = weight.max(evidence.weight);
            evidence.subject = Subject::Signal(Signal::new(instance, metric));
        }
    }
    let most = strongest.values().copied().fold(0.0, f64::max);
    cause.evidence.retain(|e| match &e.subject {
        Subject::Signal(signal) => {
            strongest.get(&signal.component).is_none_or(|weight| *weight >= 0.5 * most)
        }
        _ => true,
    });
    if let Some(metric) = &cause.metric
        && let Some((plain, _)) = metric.as_str().rsplit_once(OF)
    {
        cause.metric = Some(plain.into());
    }
    cause
}
