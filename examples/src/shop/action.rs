//! Actions of an operator.

use evenkeel::prelude::Name;
use std::fmt;

/// Something that can be done to the shop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Takes an instance out of service, ends its process, starts a new one of the same version and puts it
    /// into service, unless it was drained.
    Restart(Name),
    /// Sends nobody to an instance any more. Refused for the last one in service.
    Drain(Name),
    /// Puts a drained instance back.
    Undrain(Name),
    /// Restarts an instance, or all of a service one after another, with the version before the present one.
    RollBack(Name),
    /// Tells a service to do without what it can do without.
    Degrade(Name),
    /// Ends that.
    Restore(Name),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart(instance) => write!(f, "restart {instance}"),
            Self::Drain(instance) => write!(f, "drain {instance}"),
            Self::Undrain(instance) => write!(f, "undrain {instance}"),
            Self::RollBack(target) => write!(f, "roll back {target}"),
            Self::Degrade(service) => write!(f, "degrade {service}"),
            Self::Restore(service) => write!(f, "restore {service}"),
        }
    }
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Outcome {
    /// Done, completely.
    Done,
    /// Nothing was done, for this reason.
    Refused(String),
    /// Something was done, but it didn't succeed.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => write!(f, "done"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}
