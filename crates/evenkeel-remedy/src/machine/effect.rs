//! What the machine wants.

use super::Notice;
use crate::{Key, Permit, Record, Tried};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::Timestamp;

/// What the machine wants done, or says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect<V> {
    /// Append this to the log; answer [`Event::Durable`](crate::Event::Durable) once it would survive a crash.
    Append(Record<V>),
    /// Ask the policy about [the situation](crate::Remediator::situation); answer [`Event::Decided`](crate::Event::Decided).
    Decide {
        /// Of which incident.
        incident: u64,
    },
    /// Let the policy learn.
    Learn(Tried<V>),
    /// Do it, now; answer [`Event::Applied`](crate::Event::Applied).
    Release(Permit<V>),
    /// Find out what became of a key; answer [`Event::Applied`](crate::Event::Applied).
    Probe {
        /// Which.
        key: Key,
    },

    /// What it says to people, and to the one who observes.
    Notice(Notice<V>),
    /// Tell the machine the time ([`Event::Tick`](crate::Event::Tick)) at this moment at the latest.
    WakeAt(Timestamp),
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Outcome {
    /// Something was done and users were verified to be fine.
    Recovered,
    /// Users were verified to be fine, and nothing of ours had been done.
    Subsided,
    /// A person has to take over.
    Escalated {
        /// Why.
        why: String,
    },
    /// A person took over.
    Dismissed {
        /// Who.
        by: evenkeel_core::Name,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recovered => f.write_str("recovered"),
            Self::Subsided => f.write_str("subsided by itself"),
            Self::Escalated { why } => write!(f, "escalated: {why}"),
            Self::Dismissed { by } => write!(f, "taken over by {by}"),
        }
    }
}

/// What the machine wants after an event, in order.
#[derive(Debug)]
#[must_use = "effects are what the machine wants done"]
pub struct Effects<V>(pub(crate) Vec<Effect<V>>);

impl<V> Effects<V> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn tell(&mut self, notice: Notice<V>) {
        self.0.push(Effect::Notice(notice));
    }

    /// They, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Effect<V>] {
        &self.0
    }

    /// They, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Effect<V>> {
        self.0.iter()
    }
}

impl<V> IntoIterator for Effects<V> {
    type Item = Effect<V>;
    type IntoIter = alloc::vec::IntoIter<Effect<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, V> IntoIterator for &'a Effects<V> {
    type Item = &'a Effect<V>;
    type IntoIter = core::slice::Iter<'a, Effect<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
