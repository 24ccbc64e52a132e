//! The durable state of an incident.

use crate::action::{Action, Key, Plan, Target};
use crate::machine::predicted::Predicted;
use crate::policy::{Refused, TrialResult, Tried};
use crate::verb::Verb;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Timestamp};

/// One open incident. Changed by records only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incident<V> {
    pub(crate) opened: Timestamp,
    /// By what it was noticed.
    pub(crate) symptom: Option<Name>,
    pub(crate) diagnosis: Diagnosis,
    /// What will happen, if it has not happened yet, as it was recorded last.
    pub(crate) predicted: Option<Box<Predicted>>,
    /// How many decisions were taken, permits were asked for.
    pub(crate) decisions: u32,
    pub(crate) actions: u32,
    /// The number of the next action.
    pub(crate) steps: u32,
    pub(crate) phase: Phase<V>,
    pub(crate) tried: Vec<Tried<V>>,
    pub(crate) refused: Vec<Refused<V>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase<V> {
    /// The policy is to be asked.
    Deciding,
    /// The policy is to be asked again then.
    Waiting { until: Timestamp },
    /// A plan is under way.
    Under(Course<V>),
}

/// A plan under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Course<V> {
    pub(crate) plan: Plan<V>,
    /// The steps that were done and not undone, in order.
    pub(crate) applied: Vec<usize>,
    /// Whether a step was advised only; from then on all are.
    pub(crate) advised: bool,
    /// Whether somebody is known to have done what was advised.
    pub(crate) followed: bool,
    /// Whether it helped and is taken back.
    pub(crate) lifting: bool,
    pub(crate) position: Position,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Position {
    /// A step, or its undoing, is to be ruled on.
    Proposed(Move),
    /// Its intent is written and has no result.
    Pending(Move),
    /// It is verified whether users are fine; then comes this step, or the end.
    Verifying { since: Timestamp, next: Option<usize> },
    /// It helped, and is kept until then at least.
    Keeping { until: Timestamp },
    /// What was done could not be taken back: a person has to.
    UndoFailed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Move {
    /// The step of the plan.
    pub(crate) index: usize,
    pub(crate) undo: bool,
    pub(crate) number: u32,
    pub(crate) attempt: u32,
}

impl Move {
    pub(crate) fn key(self, incident: u64) -> Key {
        Key { incident, step: self.number, attempt: self.attempt }
    }
}

impl<V: Verb> Course<V> {
    /// What a move does.
    pub(crate) fn action(&self, m: Move) -> Option<&Action<V>> {
        let step = self.plan.steps().get(m.index)?;
        if m.undo { step.undo() } else { Some(step.action()) }
    }

    /// The last step that was done, with whether the next waited for a verdict.
    pub(crate) fn last_was_gated(&self) -> bool {
        self.applied.last().and_then(|i| self.plan.steps().get(*i)).is_some_and(|s| s.is_gated())
    }
}

impl<V> Course<V> {
    /// Whether all that was done about the incident is to advise, and nobody is known to have done it yet.
    pub(crate) fn is_standing_advice(&self) -> bool {
        self.advised && !self.followed && self.applied.is_empty()
    }

    /// What was advised was done, or will be by then; whether it waited for that.
    pub(crate) fn follow(&mut self, until: Timestamp) -> bool {
        match &mut self.position {
            Position::Verifying { since, .. } if self.advised => {
                (self.followed, *since) = (true, until);
                true
            }
            _ => false,
        }
    }
}

impl<V: Verb> Incident<V> {
    pub(crate) fn new(opened: Timestamp, symptom: Option<Name>, diagnosis: Diagnosis) -> Self {
        Self {
            opened,
            symptom,
            diagnosis,
            predicted: None,
            decisions: 0,
            actions: 0,
            steps: 0,
            phase: Phase::Deciding,
            tried: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(crate) fn course(&self) -> Option<&Course<V>> {
        match &self.phase {
            Phase::Under(course) => Some(course),
            _ => None,
        }
    }

    /// The next number for an action.
    fn number(&mut self) -> u32 {
        let number = self.steps;
        self.steps = self.steps.saturating_add(1);
        number
    }

    pub(crate) fn begin(&mut self, plan: Plan<V>) {
        let number = self.number();
        let position = Position::Proposed(Move { index: 0, undo: false, number, attempt: 0 });
        self.phase = Phase::Under(Course {
            plan,
            applied: Vec::new(),
            advised: false,
            followed: false,
            lifting: false,
            position,
        });
    }

    /// The clock was set back.
    pub(crate) fn set_back(&mut self, by: Duration) {
        let back = |time: &mut Timestamp| *time = *time - by;
        back(&mut self.opened);
        self.tried.iter_mut().for_each(|t| back(&mut t.at));
        self.refused.iter_mut().for_each(|r| back(&mut r.at));
        match &mut self.phase {
            Phase::Deciding => {}
            Phase::Waiting { until } => back(until),
            Phase::Under(course) => match &mut course.position {
                Position::Verifying { since, .. } => back(since),
                Position::Keeping { until } => back(until),
                Position::Proposed(_) | Position::Pending(_) | Position::UndoFailed => {}
            },
        }
    }

    /// Somebody acts on a target, until a time: if that was advised, it is verified from then on.
    pub(crate) fn follow(&mut self, target: &Target, until: Timestamp) -> bool {
        match &mut self.phase {
            Phase::Under(course) if course.is_standing_advice() || course.followed => {
                let mut steps = course.plan.steps().iter();
                if steps.any(|step| step.action().target.overlaps(target)) {
                    course.follow(until)
                } else {
                    false
                }
            }
            _ => false,
        }
    }

    /// Goes on after step `index`: verifies, or proposes the next.
    pub(crate) fn after_step(&mut self, index: usize, at: Timestamp) {
        let Phase::Under(course) = &self.phase else { return };
        let next = (index + 1 < course.plan.steps().len()).then_some(index + 1);
        let gated = course.plan.steps().get(index).is_some_and(|s| s.is_gated());
        match next {
            Some(next) if !gated => self.propose(next, false),
            _ => self.set(Position::Verifying { since: at, next }),
        }
    }

    pub(crate) fn propose(&mut self, index: usize, undo: bool) {
        let number = self.number();
        self.set(Position::Proposed(Move { index, undo, number, attempt: 0 }));
    }

    pub(crate) fn set(&mut self, position: Position) {
        if let Phase::Under(course) = &mut self.phase {
            course.position = position;
        }
    }

    /// Takes back what was done and can be taken back, the last first; then it is for the policy again, or,
    /// after a measure that helped, for the users.
    pub(crate) fn take_back(&mut self, at: Timestamp) {
        let Phase::Under(course) = &mut self.phase else { return };
        while let Some(index) = course.applied.last().copied() {
            if course.plan.steps().get(index).is_some_and(|s| s.undo().is_some()) {
                return self.propose(index, true);
            }
            course.applied.pop();
        }
        if course.lifting {
            course.position = Position::Verifying { since: at, next: None };
        } else {
            self.phase = Phase::Deciding;
        }
    }

    /// Notes what came of the plan.
    pub(crate) fn note(&mut self, incident: u64, result: TrialResult, at: Timestamp) {
        if let Phase::Under(course) = &self.phase {
            let (plan, advised) = (course.plan.clone(), course.advised);
            self.tried.push(Tried { incident, plan, result, advised, at });
        }
    }
}

impl<V> Course<V> {
    /// What was done and not taken back.
    pub(crate) fn in_place(&self) -> impl Iterator<Item = &Action<V>> {
        self.applied.iter().filter_map(|i| self.plan.steps().get(*i)).map(crate::action::Step::action)
    }
}
