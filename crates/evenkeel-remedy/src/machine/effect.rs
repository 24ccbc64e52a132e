//! Outputs of the machine.

use crate::action::Key;
use crate::executor::Permit;
use crate::machine::Record;
use crate::machine::notice::Notice;
use crate::policy::Tried;
use alloc::vec::Vec;
use evenkeel_core::Timestamp;

/// What the machine wants done, or says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect<V> {
    /// Append this to the log; answer [`Event::Durable`](crate::machine::Event::Durable) once it would
    /// survive a crash.
    Append(Record<V>),
    /// Ask the policy about [the situation](crate::machine::Remediator::situation); answer
    /// [`Event::Decided`](crate::machine::Event::Decided).
    Decide {
        /// The number of the incident.
        incident: u64,
    },
    /// Let the policy learn.
    Learn(Tried<V>),
    /// Do it, now; answer [`Event::Applied`](crate::machine::Event::Applied).
    Release(Permit<V>),
    /// Find out what became of a key; answer [`Event::Applied`](crate::machine::Event::Applied).
    Probe {
        /// The key of the action.
        key: Key,
    },

    /// What it says to people, and to the one who observes.
    Notice(Notice<V>),
    /// Tell the machine the time ([`Event::Tick`](crate::machine::Event::Tick)) at this moment at the latest.
    WakeAt(Timestamp),
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
