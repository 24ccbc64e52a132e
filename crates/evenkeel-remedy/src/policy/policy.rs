//! The policy trait and its input.

use crate::action::{Action, Plan};
use crate::guard::Reason;
use crate::ledger::Ledger;
use crate::machine::Predicted;
use crate::verify::Recovery;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::{Diagnosis, Name, Timestamp};

/// Decides what to do about an incident, and never does it.
///
/// It may be a rule book, a bandit, a language model or a coin: what the machine promises holds for any of
/// them.
pub trait Policy<V> {
    /// What to do now.
    fn decide(&mut self, situation: &Situation<'_, V>) -> Decision<V>;

    /// What came of an earlier plan. Default: nothing is learned.
    fn learn(&mut self, tried: &Tried<V>) {
        let _ = tried;
    }
}

impl<V, P: Policy<V> + ?Sized> Policy<V> for alloc::boxed::Box<P> {
    fn decide(&mut self, situation: &Situation<'_, V>) -> Decision<V> {
        (**self).decide(situation)
    }

    fn learn(&mut self, tried: &Tried<V>) {
        (**self).learn(tried);
    }
}

impl<V, P: Policy<V> + ?Sized> Policy<V> for &mut P {
    fn decide(&mut self, situation: &Situation<'_, V>) -> Decision<V> {
        (**self).decide(situation)
    }

    fn learn(&mut self, tried: &Tried<V>) {
        (**self).learn(tried);
    }
}

/// What a policy wants.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
#[non_exhaustive]
pub enum Decision<V> {
    /// Do this, if the guards agree.
    Act(Plan<V>),
    /// Ask again later, or sooner if the diagnosis changes.
    Wait {
        /// When to ask again.
        until: Timestamp,
        /// Why it waits.
        why: String,
    },
    /// Call a person. This ends the incident for the machine.
    Escalate {
        /// Why a person is needed.
        why: String,
    },
}

/// What a policy may look at.
#[derive(Debug)]
pub struct Situation<'a, V> {
    pub(crate) incident: u64,
    pub(crate) opened: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) actions_left: u32,
    pub(crate) decisions_left: u32,
    pub(crate) symptom: Option<&'a Name>,
    pub(crate) diagnosis: &'a Diagnosis,
    pub(crate) predicted: Option<&'a Predicted>,
    pub(crate) tried: &'a [Tried<V>],
    pub(crate) refused: &'a [Refused<V>],
    pub(crate) recovery: Option<Recovery>,
    pub(crate) ledger: Ledger<'a, V>,
}

impl<'a, V> Situation<'a, V> {
    /// Which incident.
    #[must_use]
    pub fn incident(&self) -> u64 {
        self.incident
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ledger.now()
    }

    /// When the incident was opened.
    #[must_use]
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// When it is escalated at the latest.
    #[must_use]
    pub fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// How many actions are left of its budget.
    #[must_use]
    pub fn actions_left(&self) -> u32 {
        self.actions_left
    }

    /// How many decisions are left of its budget after this one.
    #[must_use]
    pub fn decisions_left(&self) -> u32 {
        self.decisions_left
    }

    /// By what it was noticed, if that was said.
    #[must_use]
    pub fn symptom(&self) -> Option<&'a Name> {
        self.symptom
    }

    /// What is thought to be the cause.
    #[must_use]
    pub fn diagnosis(&self) -> &'a Diagnosis {
        self.diagnosis
    }

    /// What will happen if nothing is done, and when, of an incident that was predicted; `None` where it has
    /// happened. A policy may act at once, or wait for a better moment before the deadline: it is asked again
    /// when that comes nearer than was thought.
    #[must_use]
    pub fn predicted(&self) -> Option<&'a Predicted> {
        self.predicted
    }

    /// What was tried already, in order.
    #[must_use]
    pub fn tried(&self) -> &'a [Tried<V>] {
        self.tried
    }

    /// What guards refused already, in order; an action that was refused again is moved to the end and
    /// counted.
    #[must_use]
    pub fn refused(&self) -> &'a [Refused<V>] {
        self.refused
    }

    /// What is known of how users fare, if anything was seen since the last action.
    #[must_use]
    pub fn recovery(&self) -> Option<Recovery> {
        self.recovery
    }

    /// The fleet, what is in flight, the history.
    #[must_use]
    pub fn ledger(&self) -> &Ledger<'a, V> {
        &self.ledger
    }
}

/// A plan and what came of it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tried<V> {
    /// The number of the incident.
    pub incident: u64,
    /// What was done, or advised.
    pub plan: Plan<V>,
    /// The result of the plan.
    pub result: TrialResult,
    /// Whether it was advised only, in part at least.
    pub advised: bool,
    /// When that was known.
    pub at: Timestamp,
}

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TrialResult {
    /// Users were verified to be fine.
    Helped,
    /// Users were verified not to be, or nothing could be verified in time.
    DidNotHelp,
    /// A step of the plan failed.
    Failed {
        /// What the executor said.
        why: String,
    },
}

impl fmt::Display for TrialResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Helped => f.write_str("helped"),
            Self::DidNotHelp => f.write_str("did not help"),
            Self::Failed { why } => write!(f, "failed: {why}"),
        }
    }
}

/// An action that guards refused.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Refused<V> {
    /// What was refused.
    pub action: Action<V>,
    /// Why it was refused, the last time.
    pub reasons: Vec<Reason>,
    /// How often it was refused.
    pub times: u32,
    /// When it was refused, the last time.
    pub at: Timestamp,
}
