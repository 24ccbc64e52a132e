//! The mapping from instances to components.

use evenkeel_core::{Cause, Evidence, Name, Signal, Subject};
use std::collections::BTreeMap;

/// Which names are of instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Members {
    component_of: BTreeMap<Name, Name>,
}

impl Members {
    pub(crate) fn insert(&mut self, component: Name, instance: Name) {
        self.component_of.insert(instance, component);
    }

    pub(crate) fn len(&self) -> usize {
        self.component_of.len()
    }

    pub(crate) fn is_instance(&self, name: &Name) -> bool {
        self.component_of.contains_key(name)
    }

    /// What a name is an instance of, or itself.
    pub(crate) fn component<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.component_of.get(name).unwrap_or(name)
    }

    /// A signal of what is an instance, as one of its component: instances don't compete as causes.
    pub(crate) fn resolve(&self, signal: &Signal) -> Signal {
        match self.component_of.get(&signal.component) {
            Some(component) if signal.instance.is_none() => {
                Signal::new(component.clone(), signal.metric.clone()).at_instance(signal.component.clone())
            }
            _ => signal.clone(),
        }
    }
}

/// Leaves in the evidence of a cause those instances that show the fault, where they differ clearly: at least
/// half as much as the one that shows it most.
pub(crate) fn told_apart(mut cause: Cause) -> Cause {
    let instance_of = |e: &Evidence| match &e.subject {
        Subject::Signal(signal) if signal.component == cause.component => signal.instance.clone(),
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
        Subject::Signal(Signal { instance: Some(instance), .. }) => {
            strongest.get(instance).is_none_or(|weight| *weight >= 0.5 * most)
        }
        _ => true,
    });
    cause
}
