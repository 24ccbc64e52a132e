//! The fleet: instances and their health.

use crate::action::Target;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{At, Name, Timestamp};

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Health {
    /// It serves as it should.
    Serving,
    /// It should serve and does not, or not well enough.
    Failing,
    /// It is not meant to serve: drained, stopped, starting.
    OutOfService,
    /// Nobody knows. Counts as out of service.
    #[default]
    Unknown,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "serving",
            Self::Failing => "failing",
            Self::OutOfService => "out of service",
            Self::Unknown => "unknown",
        })
    }
}

/// A known instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    report: Option<At<Health>>,
    /// Whether the report said that it was of the future, so that its time is the one at which it came.
    is_skewed: bool,
}

impl Member {
    /// The newest report on it, as it came; one with a time in the future has the time at which it came.
    #[must_use]
    pub fn report(&self) -> Option<At<Health>> {
        self.report
    }

    /// Takes a report that came at `now`. The newest counts, by its time; after one whose time can't be
    /// right, the next to come.
    pub(crate) fn take(&mut self, report: At<Health>, now: Timestamp) {
        let time = report.time.min(now);
        if self.is_skewed || self.report.is_none_or(|r| r.time <= time) {
            self.report = Some(At::new(time, report.value));
            self.is_skewed = report.time > now;
        }
    }

    pub(crate) fn set_back(&mut self, by: Duration) {
        if let Some(report) = &mut self.report {
            report.time = report.time - by;
        }
    }
}

/// The known instances, by component: what is asked of one component costs nothing for the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fleet {
    components: BTreeMap<Name, BTreeMap<Target, Member>>,
    /// The components that have an instance of a name.
    components_of: BTreeMap<Name, BTreeSet<Name>>,
}

impl Fleet {
    pub(crate) fn components(&self) -> impl Iterator<Item = &Name> {
        self.components.keys()
    }

    /// The instances of a component, in order of their names.
    pub(crate) fn members<'a>(
        &'a self,
        component: &Name,
    ) -> impl Iterator<Item = (&'a Target, &'a Member)> + use<'a> {
        self.components.get(component).into_iter().flatten()
    }

    pub(crate) fn count(&self, component: &Name) -> usize {
        self.components.get(component).map_or(0, BTreeMap::len)
    }

    pub(crate) fn get(&self, target: &Target) -> Option<(&Target, &Member)> {
        self.components.get(&target.component)?.get_key_value(target)
    }

    /// The first instance of this name, in order of components.
    pub(crate) fn find(&self, instance: &Name) -> Option<&Target> {
        let component = self.components_of.get(instance)?.first()?;
        self.members(component).map(|(target, _)| target).find(|t| t.instance.as_ref() == Some(instance))
    }

    /// What is known of an instance, which becomes known by this. One without a name is none.
    pub(crate) fn enter(&mut self, target: Target) -> Option<&mut Member> {
        let instance = target.instance.clone()?;
        let members = self.components.entry(target.component.clone()).or_default();
        if !members.contains_key(&target) {
            self.components_of.entry(instance).or_default().insert(target.component.clone());
        }
        Some(members.entry(target).or_default())
    }

    /// Takes an instance, or all of a component, out; gives what was known.
    pub(crate) fn remove(&mut self, target: &Target) -> Vec<Target> {
        let lost: Vec<Target> = match &target.instance {
            None => {
                let members = self.components.remove(&target.component);
                members.into_iter().flatten().map(|(target, _)| target).collect()
            }
            Some(_) => {
                let Some(members) = self.components.get_mut(&target.component) else { return Vec::new() };
                let lost = members.remove_entry(target).map(|(target, _)| target);
                if members.is_empty() {
                    self.components.remove(&target.component);
                }
                lost.into_iter().collect()
            }
        };
        for instance in lost.iter().filter_map(|t| t.instance.as_ref()) {
            if let Some(components) = self.components_of.get_mut(instance) {
                components.remove(&target.component);
                if components.is_empty() {
                    self.components_of.remove(instance);
                }
            }
        }
        lost
    }

    pub(crate) fn clear(&mut self) {
        self.components.clear();
        self.components_of.clear();
    }

    pub(crate) fn set_back(&mut self, by: Duration) {
        self.components.values_mut().flat_map(BTreeMap::values_mut).for_each(|member| member.set_back(by));
    }
}
