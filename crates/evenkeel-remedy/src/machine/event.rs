//! What the machine is told.

use crate::{Applied, Decision, Health, Key, Lease, Outside, Sample, Target};
use evenkeel_core::{At, Diagnosis, Name, SourceHealth, Timestamp};

/// What the machine is told. Everything that it knows comes through here, so a recorded sequence of events replays.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<V> {
    /// Something is wrong. Numbers must rise ([`next_incident`](crate::Remediator::next_incident)); one that does not is ignored.
    /// Copies of the machine that share executors need numbers of their own, for keys begin with them.
    Opened {
        /// The number of the incident.
        incident: u64,
        /// What is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// Another diagnosis. A policy that waits is asked at once, and a plan of which nothing was begun is dropped.
    Diagnosed {
        /// Of which incident.
        incident: u64,
        /// What is thought now.
        diagnosis: Diagnosis,
    },
    /// The policy's answer to [`Effect::Decide`](crate::Effect::Decide). One that nobody asked for is ignored.
    Decided {
        /// On which incident.
        incident: u64,
        /// What.
        decision: Decision<V>,
    },
    /// The records up to and including this number will survive a crash.
    Durable {
        /// The number of the record.
        sequence: u64,
    },
    /// What an executor says about a key: at once, later, again.
    Applied {
        /// Which.
        key: Key,
        /// What became of it.
        outcome: Applied,
    },
    /// What was seen of the users, for one incident or for all.
    Seen {
        /// For which incident; `None` for all.
        incident: Option<u64>,
        /// When what was seen.
        sample: At<Sample>,
    },
    /// A person agrees to what [`Effect::Ask`](crate::Effect::Ask) asked. Holds for that step only.
    Approved {
        /// Which.
        key: Key,
        /// Who.
        by: Name,
    },
    /// A person does not agree.
    Declined {
        /// Which.
        key: Key,
        /// Who.
        by: Name,
    },
    /// Stop: from now on no permit is issued, until [`Event::Resume`].
    Halt {
        /// Who.
        by: Name,
    },
    /// Go on. Everything is ruled on anew.
    Resume {
        /// Who.
        by: Name,
    },
    /// A person takes an incident over. It ends.
    Dismissed {
        /// Which.
        incident: u64,
        /// Who.
        by: Name,
    },
    /// A person or another controller acts: it counts as in flight until its end. Tell it again, with the same target and note, to
    /// move the end.
    Outside(Outside),
    /// Somebody put a target back into service that an action had taken out.
    Returned {
        /// Which.
        target: Target,
    },
    /// How an instance is; makes it known. Without an instance in the target, it is ignored.
    Health {
        /// Which.
        target: Target,
        /// How, and when that was seen.
        health: At<Health>,
    },
    /// An instance is no part of the fleet any more.
    Gone {
        /// Which.
        target: Target,
    },
    /// Whether a source of telemetry can be trusted.
    Source {
        /// Which.
        name: Name,
        /// How it is, and when that was found.
        health: At<SourceHealth>,
    },
    /// A freeze is switched on.
    Freeze {
        /// Its name.
        name: Name,
        /// When it ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// A freeze is switched off.
    Thaw {
        /// Its name.
        name: Name,
    },
    /// The lease was won, renewed, or lost.
    Lease(Option<Lease>),
    /// Acting is switched for the verbs of a name.
    Switch {
        /// The [name](crate::Remedy::name) of the verb.
        verb: Name,
        /// Whether it is carried out, rather than advised.
        acting: bool,
    },
    /// Time passes.
    Tick,
}
