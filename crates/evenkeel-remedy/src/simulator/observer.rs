//! The observer trait: callbacks on everything that happens in a world.

use crate::machine::Effect;
use crate::machine::Event;
use crate::simulator::actuator::Order;
use crate::simulator::truth::Truth;
use crate::verb::StandardVerb;
use evenkeel_core::Timestamp;

/// At which machine, when: for the machine, by its clock, and in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// Which machine, from 0.
    pub machine: usize,
    /// What time it is for the machine: that of its [`Clock`](crate::machine::Clock).
    pub now: Timestamp,
    /// What the machine's clock reads.
    pub reading: Timestamp,
    /// The true time.
    pub truth: Timestamp,
}

/// Sees all that happens in a world.
pub trait Observer {
    /// A machine was told something; what it wants comes next, but for the record of a clock that was set
    /// back, which comes before.
    fn told(&mut self, at: Moment, event: &Event<StandardVerb>) {
        let _ = (at, event);
    }

    /// A machine wants something.
    fn wants(&mut self, at: Moment, effect: &Effect<StandardVerb>) {
        let _ = (at, effect);
    }

    /// An order is really begun; the truth is that just after.
    fn begun(&mut self, at: Moment, order: &Order, truth: &Truth) {
        let _ = (at, order, truth);
    }

    /// A machine crashed and was recovered from the records of its log, of which so many were durable.
    fn crashed(&mut self, at: Moment, records: u64) {
        let _ = (at, records);
    }

    /// An incident was opened or ended, with whether users are truly fine.
    fn users(&mut self, at: Moment, fine: bool) {
        let _ = (at, fine);
    }
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silent;

impl Observer for Silent {}
