//! Notices for people and for the observer.

use crate::action::{Action, Key};
use crate::executor::Applied;
use crate::guard::Ruling;
use crate::machine::outcome::Outcome;
use crate::machine::predicted::Predicted;
use crate::verify::Recovery;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use evenkeel_core::{Diagnosis, Name, Timestamp};

/// What the machine says: for people, and for the observer's `heed`. Only [`Ask`](Self::Ask) needs an answer.
/// Its `Display` is a sentence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Notice<V> {
    /// An incident was opened.
    Opened {
        /// The number of the incident.
        incident: u64,
        /// The symptom by which it was noticed, if that was said.
        symptom: Option<Name>,
        /// The diagnosis: what is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// An incident that was opened is about what has not happened yet; or it happens sooner than was told
    /// before.
    Predicted {
        /// The number of the incident.
        incident: u64,
        /// Which metric reaches its limit, and when.
        predicted: Box<Predicted>,
    },
    /// An incident was not opened, because its number does not rise: it was told before, or there are others
    /// who open incidents.
    NotOpened {
        /// The number that was told.
        incident: u64,
        /// The next free number.
        next: u64,
    },
    /// Guards ruled on an action, and said something else than before.
    Ruled {
        /// The number of the incident.
        incident: u64,
        /// The action that was ruled on.
        action: Action<V>,
        /// What the guards said.
        ruling: Ruling,
    },
    /// A person has to agree: [`Event::Approved`](crate::machine::Event::Approved) or
    /// [`Event::Declined`](crate::machine::Event::Declined).
    Ask {
        /// The key of the action to agree to.
        key: Key,
        /// The action to agree to.
        action: Action<V>,
        /// What the guards said.
        ruling: Ruling,
    },
    /// This would be done, were acting switched on for it.
    Advise {
        /// The number of the incident.
        incident: u64,
        /// The action that is advised.
        action: Action<V>,
        /// What the guards said.
        ruling: Ruling,
    },
    /// What was advised is being done, or was done, by somebody else.
    Followed {
        /// The number of the incident.
        incident: u64,
    },
    /// A permit is issued: an action is carried out.
    Acts {
        /// The key of the action.
        key: Key,
        /// The action that is carried out.
        action: Action<V>,
        /// Whether it takes an earlier action back.
        undo: bool,
    },
    /// What became of an action.
    Settled {
        /// The key of the action.
        key: Key,
        /// The action that was carried out.
        action: Action<V>,
        /// What became of the action.
        outcome: Applied,
        /// Whether it took an earlier action back.
        undo: bool,
    },
    /// Verification begins, or begins anew: what was seen up to this time says nothing of how users fare now.
    Verifying {
        /// The number of the incident.
        incident: u64,
        /// Samples of later whole seconds count.
        from: Timestamp,
    },
    /// It was verified whether users are fine.
    Verified {
        /// The number of the incident.
        incident: u64,
        /// What was found; `None` if the time was up before anything was seen.
        recovery: Option<Recovery>,
    },
    /// A person has to take over.
    Escalate {
        /// The number of the incident.
        incident: u64,
        /// Why the machine cannot go on.
        why: String,
    },
    /// An incident ended.
    Closed {
        /// The number of the incident.
        incident: u64,
        /// How the incident ended.
        outcome: Outcome,
    },
}

impl<V> Notice<V> {
    /// The incident that it is about.
    #[must_use]
    pub fn incident(&self) -> u64 {
        match self {
            Self::Opened { incident, .. }
            | Self::Predicted { incident, .. }
            | Self::NotOpened { incident, .. }
            | Self::Ruled { incident, .. }
            | Self::Advise { incident, .. }
            | Self::Followed { incident }
            | Self::Verifying { incident, .. }
            | Self::Verified { incident, .. }
            | Self::Escalate { incident, .. }
            | Self::Closed { incident, .. } => *incident,
            Self::Ask { key, .. } | Self::Acts { key, .. } | Self::Settled { key, .. } => key.incident,
        }
    }
}

impl<V: fmt::Display> fmt::Display for Notice<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "incident {}: ", self.incident())?;
        match self {
            Self::Opened { diagnosis, .. } => match diagnosis.causes().first() {
                Some(cause) => {
                    write!(f, "opened; {} with probability {:.2}", cause.component, cause.probability())
                }
                None => f.write_str("opened; no cause stands out"),
            },
            Self::Predicted { predicted, .. } => write!(f, "{predicted}"),
            Self::NotOpened { next, .. } => write!(f, "not opened; the next number is {next}"),
            Self::Ruled { action, ruling, .. } => write!(f, "guards on `{action}`: {ruling}"),
            Self::Ask { action, ruling, .. } => write!(f, "a person has to agree to `{action}`: {ruling}"),
            Self::Advise { action, ruling, .. } => write!(f, "advises `{action}`: {ruling}"),
            Self::Followed { .. } => f.write_str("the advice is followed"),
            Self::Acts { action, undo: false, .. } => write!(f, "does `{action}`"),
            Self::Acts { action, .. } => write!(f, "takes back by `{action}`"),
            Self::Settled { action, outcome, .. } => write!(f, "`{action}` is {outcome}"),
            Self::Verifying { from, .. } => write!(f, "verifies by what is seen after {from}"),
            Self::Verified { recovery: Some(recovery), .. } => write!(f, "{recovery}"),
            Self::Verified { recovery: None, .. } => f.write_str("nothing was seen of the users in time"),
            Self::Escalate { why, .. } => write!(f, "a person has to take over: {why}"),
            Self::Closed { outcome, .. } => write!(f, "{outcome}"),
        }
    }
}
