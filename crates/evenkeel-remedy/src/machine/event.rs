//! Inputs of the machine.

use crate::action::{Key, Target};
use crate::executor::Applied;
use crate::ledger::Health;
use crate::ledger::{ExternalAction, Lease};
use crate::machine::Predicted;
use crate::policy::Decision;
use crate::verify::Sample;
use alloc::boxed::Box;
use evenkeel_core::{At, Diagnosis, Name, SourceHealth, Timestamp};

/// What the machine is told. Everything that it knows comes through here, so a recorded sequence of events
/// replays.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event<V> {
    /// Something is wrong. Numbers must rise ([`next_incident`](crate::machine::Remediator::next_incident));
    /// one that does not is ignored, and so is `u64::MAX`, after which none could follow. Copies of the
    /// machine that share executors need numbers of their own, for keys begin with them.
    Opened {
        /// The number of the incident.
        incident: u64,
        /// By what it was noticed: which [verifier](crate::machine::RemediatorBuilder::verifier_for) decides
        /// whether it is over. `None`, and a name that no verifier was given for: the one that the machine
        /// was built with.
        symptom: Option<Name>,
        /// The diagnosis: what is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// Something will be wrong: a metric reaches its limit if nothing is done. The same as
    /// [`Opened`](Self::Opened), and policies are given the [deadline](crate::policy::Situation::predicted).
    /// It is over when it is verified that the forecast does not reach the limit any more: samples of it have to
    /// say so, of values later than what was done.
    Predicted {
        /// The number of the incident.
        incident: u64,
        /// By what it was noticed, as of [`Opened`](Self::Opened).
        symptom: Option<Name>,
        /// The diagnosis: what is thought to be the cause.
        diagnosis: Diagnosis,
        /// Which metric, and when.
        predicted: Box<Predicted>,
    },
    /// What is predicted by now of an open incident. Where that leaves a quarter less time than was told before,
    /// it is recorded, and a policy that waits is asked at once. It changes nothing of what is permitted, and
    /// verifies nothing.
    Forecast {
        /// The number of the incident.
        incident: u64,
        /// Which metric, and when.
        predicted: Box<Predicted>,
    },
    /// Another diagnosis. A policy that waits is asked at once, and a plan of which nothing was begun is
    /// dropped.
    Diagnosed {
        /// The number of the incident.
        incident: u64,
        /// The new diagnosis.
        diagnosis: Diagnosis,
    },
    /// The policy's answer to [`Effect::Decide`](crate::machine::Effect::Decide). One that nobody asked for
    /// is ignored.
    Decided {
        /// The number of the incident.
        incident: u64,
        /// What the policy decided.
        decision: Decision<V>,
    },
    /// The records up to and including this number will survive a crash.
    Durable {
        /// The number of the record.
        sequence: u64,
    },
    /// What an executor says about a key: at once, later, again.
    Applied {
        /// The key of the action.
        key: Key,
        /// What became of the action.
        outcome: Applied,
    },
    /// What was seen of the users, for one incident or for all.
    ///
    /// A sample counts for verification only if it is surely later than the end of the last action: its time
    /// lies in a later whole second than that end (with what the plan gives it to
    /// [settle](crate::action::Plan::settle)), is later than that of every sample that counted before, and is
    /// not ahead of the clock by more than a second. Late, repeated and future samples are counted
    /// ([`distrusted`](crate::machine::Remediator::distrusted)) and change nothing. So there is one sample
    /// for a time: what several sources count is to be added up, and a bucket carries the time at which it
    /// begins.
    Seen {
        /// The number of the incident; `None` for all incidents.
        incident: Option<u64>,
        /// When what was seen: the time of the first request that it counts.
        sample: At<Sample>,
    },
    /// A person agrees to what [`Notice::Ask`](crate::machine::Notice::Ask) asked. Holds for that step only.
    Approved {
        /// The key of the action.
        key: Key,
        /// The person who approves.
        by: Name,
    },
    /// A person does not agree.
    Declined {
        /// The key of the action.
        key: Key,
        /// The person who declines.
        by: Name,
    },
    /// Stop: from now on no permit is issued, until [`Event::Resume`].
    Halt {
        /// The person who stops it.
        by: Name,
    },
    /// Go on. Everything is ruled on anew.
    Resume {
        /// The person who lets it go on.
        by: Name,
    },
    /// A person takes an incident over. It ends.
    Dismissed {
        /// The number of the incident.
        incident: u64,
        /// The person who took the incident over.
        by: Name,
    },
    /// A person or another controller acts: it counts as in flight until its end. Tell it again, with the
    /// same target and note, to move the end.
    ExternalAction(ExternalAction),
    /// Somebody put a target back into service that an action had taken out.
    Returned {
        /// The target that is back in service.
        target: Target,
    },
    /// How an instance is; makes it known. Without an instance in the target, it is ignored.
    ///
    /// Of several reports the newest by its time counts. A time in the future counts as now, and what comes
    /// next after it counts whatever its time: so a wrong clock hides no later report.
    Health {
        /// The instance that is reported on.
        target: Target,
        /// The health of the instance, and when that was seen.
        health: At<Health>,
    },
    /// An instance is no part of the fleet any more, or, if none is named, no instance of the component is.
    /// What was done to it and lasts is released with it; a report on it from before does not bring it back.
    /// The source of its name is not waited for any more.
    Gone {
        /// The instance that left the fleet, or the component.
        target: Target,
    },
    /// Whether a source of telemetry can be trusted. Times count as those of [`Event::Health`] do.
    Source {
        /// The name of the source.
        name: Name,
        /// The health of the source, and when that was found.
        health: At<SourceHealth>,
    },
    /// A freeze is switched on.
    Freeze {
        /// The name of the freeze.
        name: Name,
        /// When the freeze ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// A freeze is switched off.
    Thaw {
        /// The name of the freeze.
        name: Name,
    },
    /// A person did what was advised: from now on it is verified like an action of the machine's own.
    /// Reporting what is done as [`Event::ExternalAction`] on the same target says the same, as of its end.
    Followed {
        /// The number of the incident.
        incident: u64,
        /// The person who did it.
        by: Name,
    },
    /// The lease was won, renewed, or lost. One with a smaller token than one already seen, also before a
    /// restart, is of a holder long gone: it is ignored and counted.
    Lease(Option<Lease>),
    /// Acting is switched for the verbs of a name.
    Switch {
        /// The [name](crate::verb::Verb::name) of the verb.
        verb: Name,
        /// Whether it is carried out, rather than advised.
        acting: bool,
    },
    /// Time passes.
    Tick,
}
