//! Records of the write-ahead log.

use crate::action::{Action, Key, Target};
use crate::executor::Applied;
use crate::guard::Reason;
use crate::ledger::ExternalAction;
use crate::machine::{Outcome, Predicted};
use crate::policy::Decision;
use crate::verify::Verdict;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Timestamp};

/// One line of the log: append-only, numbered without gaps from 0.
///
/// All that the machine must not forget is made of records and of nothing else: folding them gives the state
/// again, bit for bit. With the feature `serde` a record is written with a version, and one of another
/// version is refused.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Versioned<V>",
        into = "Versioned<V>",
        bound(serialize = "V: serde::Serialize + Clone", deserialize = "V: serde::Deserialize<'de>")
    )
)]
pub struct Record<V> {
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
    pub(crate) entry: Entry<V>,
}

/// The version of the format.
#[cfg(feature = "serde")]
const VERSION: u32 = 1;

impl<V> Record<V> {
    /// Its number, from 0.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When it was made.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What it says.
    #[must_use]
    pub fn entry(&self) -> &Entry<V> {
        &self.entry
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Entry<V> {
    /// An incident was opened.
    Opened {
        /// The number of the incident.
        incident: u64,
        /// The symptom by which it was noticed, if that was said.
        #[cfg_attr(feature = "serde", serde(default))]
        symptom: Option<Name>,
        /// The diagnosis: what is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// What an open incident is about has not happened yet: a metric will reach its limit. Follows
    /// [`Opened`](Self::Opened), and again where the limit is reached sooner than was thought.
    Predicted {
        /// The number of the incident.
        incident: u64,
        /// Which metric, and when.
        predicted: Box<Predicted>,
    },
    /// Another diagnosis.
    Diagnosed {
        /// The number of the incident.
        incident: u64,
        /// The new diagnosis.
        diagnosis: Diagnosis,
    },
    /// The policy decided.
    Decided {
        /// The number of the incident.
        incident: u64,
        /// What the policy decided.
        decision: Decision<V>,
    },
    /// Guards refused an action, and with it what was left of the plan.
    Refused {
        /// The number of the incident.
        incident: u64,
        /// The action that was refused.
        action: Action<V>,
        /// The reasons of the guards.
        reasons: Vec<Reason>,
    },
    /// An action was advised instead of done.
    Advised {
        /// The number of the incident.
        incident: u64,
        /// The action that was advised.
        action: Action<V>,
        /// Why it was not done.
        reasons: Vec<Reason>,
    },
    /// It is going to be done, if the guards still agree once this is durable.
    Intent {
        /// The key of the action.
        key: Key,
        /// The action that is going to be carried out.
        action: Action<V>,
        /// Whether it takes an earlier action back.
        undo: bool,
        /// The fencing token.
        token: u64,
    },
    /// No permit was given for an intent.
    Withdrawn {
        /// The key of the action.
        key: Key,
    },
    /// Nobody knows what became of an intent.
    Doubted {
        /// The key of the action.
        key: Key,
    },
    /// What became of an intent.
    Settled {
        /// The key of the action.
        key: Key,
        /// [`Applied::Done`], [`Applied::Failed`] or [`Applied::Absent`].
        outcome: Applied,
    },
    /// It was verified whether users are fine: undecided means that the time for it was up.
    Verified {
        /// The number of the incident.
        incident: u64,
        /// The verdict of the verifier.
        verdict: Verdict,
    },
    /// A measure that was kept for a time is taken back.
    Lifted {
        /// The number of the incident.
        incident: u64,
    },
    /// An incident ended.
    Closed {
        /// The number of the incident.
        incident: u64,
        /// How the incident ended.
        outcome: Outcome,
    },
    /// A person stopped everything.
    Halted {
        /// The person who stopped it.
        by: Name,
    },
    /// A person let it go on.
    Resumed {
        /// The person who let it go on.
        by: Name,
    },
    /// Acting was switched for a verb.
    Switched {
        /// The name of the verb.
        verb: Name,
        /// Whether it is carried out.
        acting: bool,
    },
    /// A freeze was switched on.
    Froze {
        /// The name of the freeze.
        name: Name,
        /// When the freeze ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// A freeze was switched off.
    Thawed {
        /// The name of the freeze.
        name: Name,
    },
    /// A person or another controller acts.
    ExternalAction(ExternalAction),
    /// Somebody put a target back into service.
    Returned {
        /// The target that is back in service.
        target: Target,
    },
    /// A target that something was done to left the fleet.
    Gone {
        /// The instance that left the fleet, or the component.
        target: Target,
    },
    /// A person did what was advised.
    Followed {
        /// The number of the incident.
        incident: u64,
        /// The person who did it.
        by: Name,
    },
    /// The clock was ahead and was set back: the only record with a time before that of the one before it.
    /// What is counted from a time moves back with it.
    ClockSetBack {
        /// By how much the clock was set back.
        by: Duration,
    },
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Versioned<V> {
    version: u32,
    sequence: u64,
    at: Timestamp,
    entry: Entry<V>,
}

#[cfg(feature = "serde")]
impl<V> From<Record<V>> for Versioned<V> {
    fn from(r: Record<V>) -> Self {
        Self { version: VERSION, sequence: r.sequence, at: r.at, entry: r.entry }
    }
}

#[cfg(feature = "serde")]
impl<V> TryFrom<Versioned<V>> for Record<V> {
    type Error = evenkeel_core::Error;

    fn try_from(v: Versioned<V>) -> Result<Self, Self::Error> {
        evenkeel_core::Error::require(v.version == VERSION, "version", "1", v.version)?;
        Ok(Self { sequence: v.sequence, at: v.at, entry: v.entry })
    }
}

impl<V> Entry<V> {
    /// Which incident it is about; `None` if about none, or all.
    #[must_use]
    pub fn incident(&self) -> Option<u64> {
        match self {
            Self::Opened { incident, .. }
            | Self::Predicted { incident, .. }
            | Self::Diagnosed { incident, .. }
            | Self::Decided { incident, .. }
            | Self::Refused { incident, .. }
            | Self::Advised { incident, .. }
            | Self::Verified { incident, .. }
            | Self::Lifted { incident }
            | Self::Followed { incident, .. }
            | Self::Closed { incident, .. } => Some(*incident),
            Self::Intent { key, .. }
            | Self::Withdrawn { key }
            | Self::Doubted { key }
            | Self::Settled { key, .. } => Some(key.incident),
            Self::Halted { .. }
            | Self::Resumed { .. }
            | Self::Switched { .. }
            | Self::Froze { .. }
            | Self::Thawed { .. }
            | Self::ExternalAction(_)
            | Self::Returned { .. }
            | Self::Gone { .. }
            | Self::ClockSetBack { .. } => None,
        }
    }
}
