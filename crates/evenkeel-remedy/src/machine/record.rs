//! What is written ahead, and read back after a crash.

use crate::action::{Action, Key, Target};
use crate::executor::Applied;
use crate::guard::Reason;
use crate::ledger::ExternalAction;
use crate::machine::Outcome;
use crate::policy::Decision;
use crate::verify::Verdict;
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
        /// Its number.
        incident: u64,
        /// By what it was noticed, if that was said.
        #[cfg_attr(feature = "serde", serde(default))]
        symptom: Option<Name>,
        /// What is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// Another diagnosis.
    Diagnosed {
        /// Of which incident.
        incident: u64,
        /// What is thought now.
        diagnosis: Diagnosis,
    },
    /// The policy decided.
    Decided {
        /// On which incident.
        incident: u64,
        /// What.
        decision: Decision<V>,
    },
    /// Guards refused an action, and with it what was left of the plan.
    Refused {
        /// In which incident.
        incident: u64,
        /// What.
        action: Action<V>,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// An action was advised instead of done.
    Advised {
        /// In which incident.
        incident: u64,
        /// What.
        action: Action<V>,
        /// Why it was not done.
        reasons: Vec<Reason>,
    },
    /// It is going to be done, if the guards still agree once this is durable.
    Intent {
        /// Under which key.
        key: Key,
        /// What.
        action: Action<V>,
        /// Whether it takes an earlier action back.
        undo: bool,
        /// The fencing token.
        token: u64,
    },
    /// No permit was given for an intent.
    Withdrawn {
        /// Which.
        key: Key,
    },
    /// Nobody knows what became of an intent.
    Doubted {
        /// Which.
        key: Key,
    },
    /// What became of an intent.
    Settled {
        /// Which.
        key: Key,
        /// [`Applied::Done`], [`Applied::Failed`] or [`Applied::Absent`].
        outcome: Applied,
    },
    /// It was verified whether users are fine: undecided means that the time for it was up.
    Verified {
        /// In which incident.
        incident: u64,
        /// What was found.
        verdict: Verdict,
    },
    /// A measure that was kept for a time is taken back.
    Lifted {
        /// In which incident.
        incident: u64,
    },
    /// An incident ended.
    Closed {
        /// Which.
        incident: u64,
        /// How.
        outcome: Outcome,
    },
    /// A person stopped everything.
    Halted {
        /// Who.
        by: Name,
    },
    /// A person let it go on.
    Resumed {
        /// Who.
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
        /// Its name.
        name: Name,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// A freeze was switched off.
    Thawed {
        /// Its name.
        name: Name,
    },
    /// A person or another controller acts.
    ExternalAction(ExternalAction),
    /// Somebody put a target back into service.
    Returned {
        /// Which.
        target: Target,
    },
    /// A target that something was done to left the fleet.
    Gone {
        /// Which.
        target: Target,
    },
    /// A person did what was advised.
    Followed {
        /// In which incident.
        incident: u64,
        /// Who.
        by: Name,
    },
    /// The clock was ahead and was set back: the only record with a time before that of the one before it.
    /// What is counted from a time moves back with it.
    ClockSetBack {
        /// By how much.
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
