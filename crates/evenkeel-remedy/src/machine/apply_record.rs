//! Application of records to the durable state, live and in recovery.

use crate::action::Key;
use crate::executor::Applied;
use crate::ledger::InFlight;
use crate::ledger::LedgerState;
use crate::machine::incident::{Incident, Phase, Position};
use crate::machine::{Entry, Record};
use crate::policy::{Decision, Refused, TrialResult};
use crate::verb::Verb;
use crate::verify::Verdict;
use alloc::collections::BTreeMap;
use evenkeel_core::{Error, Timestamp};

/// What folding records makes; the telemetry in the ledger aside.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State<V> {
    pub(super) ledger: LedgerState<V>,
    pub(super) incidents: BTreeMap<u64, Incident<V>>,
    pub(super) next_incident: u64,
    pub(super) next_record: u64,
    pub(super) latest: Timestamp,
    pub(super) most_attempts: u32,
}

impl<V: Verb> State<V> {
    /// Whether time could bring nothing to an end.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.incidents.is_empty() && self.ledger.is_idle(now)
    }

    /// Takes a record.
    ///
    /// # Errors
    /// If its number is not the next.
    pub(super) fn apply(&mut self, record: &Record<V>) -> Result<(), Error> {
        Error::require(record.sequence == self.next_record, "sequence", "the next number", record.sequence)?;
        self.next_record = self.next_record.saturating_add(1);
        let at = match &record.entry {
            Entry::ClockSetBack { .. } => record.at,
            _ => record.at.max(self.latest),
        };
        self.latest = at;
        self.apply_entry(&record.entry, at);
        Ok(())
    }

    fn apply_entry(&mut self, entry: &Entry<V>, at: Timestamp) {
        match entry {
            Entry::Opened { incident, symptom, diagnosis } => {
                self.next_incident = self.next_incident.max(incident.saturating_add(1));
                self.incidents.insert(*incident, Incident::new(at, symptom.clone(), diagnosis.clone()));
            }
            Entry::Diagnosed { incident, diagnosis } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                open.diagnosis = diagnosis.clone();
                let fresh = match &open.phase {
                    Phase::Deciding | Phase::Waiting { .. } => true,
                    Phase::Under(c) => {
                        let proposed = matches!(c.position, Position::Proposed(m) if !m.undo);
                        c.is_standing_advice() || proposed && c.applied.is_empty() && !c.advised
                    }
                };
                if fresh {
                    open.phase = Phase::Deciding;
                }
            }
            Entry::Predicted { incident, predicted } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                open.predicted = Some(predicted.clone());
                if matches!(open.phase, Phase::Waiting { .. }) {
                    open.phase = Phase::Deciding;
                }
            }
            Entry::Decided { incident, decision } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                open.decisions = open.decisions.saturating_add(1);
                match decision {
                    Decision::Act(plan) => open.begin(plan.clone()),
                    Decision::Wait { until, .. } => open.phase = Phase::Waiting { until: *until },
                    Decision::Escalate { .. } => {}
                }
            }
            Entry::Refused { incident, action, reasons } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                let before = open.refused.iter().position(|r| r.action == *action);
                let times = before.map_or(0, |i| open.refused.remove(i).times).saturating_add(1);
                open.refused.push(Refused { action: action.clone(), reasons: reasons.clone(), times, at });
                open.take_back(at);
            }
            Entry::Advised { incident, .. } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                let Phase::Under(course) = &mut open.phase else { return };
                let Position::Proposed(m) = course.position else { return };
                course.advised = true;
                open.after_step(m.index, at);
            }
            Entry::Intent { key, action, undo, token } => {
                self.ledger.token = self.ledger.token.max(*token);
                let flight =
                    InFlight { action: action.clone(), since: at, undo: *undo, in_doubt: false, gone: false };
                self.ledger.flights.insert(*key, flight);
                let Some(open) = self.incidents.get_mut(&key.incident) else { return };
                open.actions = open.actions.saturating_add(1);
                if let Some(Position::Proposed(m)) = open.course().map(|c| c.position) {
                    open.set(Position::Pending(m));
                }
            }
            Entry::Withdrawn { key } => {
                self.ledger.flights.remove(key);
                let Some(open) = self.incidents.get_mut(&key.incident) else { return };
                open.actions = open.actions.saturating_sub(1);
                if let Some(Position::Pending(m)) = open.course().map(|c| c.position) {
                    open.set(Position::Proposed(crate::machine::incident::Move {
                        attempt: m.attempt.saturating_add(1),
                        ..m
                    }));
                }
            }
            Entry::Doubted { key } => {
                self.ledger.flights.update(key, |flight| flight.in_doubt = true);
            }
            Entry::Settled { key, outcome } => {
                self.ledger.settle(*key, outcome, at);
                self.settled(*key, outcome, at);
            }
            Entry::Verified { incident, verdict } => self.verified(*incident, *verdict, at),
            Entry::Lifted { incident } => {
                let Some(open) = self.incidents.get_mut(incident) else { return };
                if let Phase::Under(course) = &mut open.phase {
                    course.lifting = true;
                }
                open.take_back(at);
            }
            Entry::Closed { incident, .. } => {
                self.incidents.remove(incident);
            }
            Entry::Halted { by } => self.ledger.halted = Some(by.clone()),
            Entry::Resumed { .. } => self.ledger.halted = None,
            Entry::Switched { verb, acting: true } => {
                self.ledger.acting.insert(verb.clone());
                for open in self.incidents.values_mut() {
                    // What was advised may be done now: it is for the policy again.
                    let advice = open.course().filter(|course| course.is_standing_advice());
                    let mut steps = advice.into_iter().flat_map(|course| course.plan.steps());
                    if steps.any(|step| step.action().verb.name() == verb.as_str()) {
                        open.phase = Phase::Deciding;
                    }
                }
            }
            Entry::Switched { verb, acting: false } => {
                self.ledger.acting.remove(verb);
            }
            Entry::Froze { name, until } => {
                self.ledger.freezes.insert(name.clone(), *until);
            }
            Entry::Thawed { name } => {
                self.ledger.freezes.remove(name);
            }
            Entry::ExternalAction(outside) => {
                self.ledger.take_outside(outside.clone(), at);
                if outside.since <= at {
                    for open in self.incidents.values_mut() {
                        open.follow(&outside.target, outside.until.max(at));
                    }
                }
            }
            Entry::Returned { target } => self.ledger.return_to_service(target),
            Entry::Gone { target } => self.ledger.release(target),
            Entry::Followed { incident, .. } => {
                if let Some(Phase::Under(course)) =
                    self.incidents.get_mut(incident).map(|open| &mut open.phase)
                {
                    course.follow(at);
                }
            }
            Entry::ClockSetBack { by } => {
                self.ledger.set_back(*by, at);
                self.incidents.values_mut().for_each(|open| open.set_back(*by));
            }
        }
    }

    fn settled(&mut self, key: Key, outcome: &Applied, at: Timestamp) {
        let most = self.most_attempts;
        let Some(open) = self.incidents.get_mut(&key.incident) else { return };
        let Phase::Under(course) = &mut open.phase else { return };
        let Position::Pending(m) = course.position else { return };
        if m.key(key.incident) != key {
            return;
        }
        match outcome {
            Applied::Done if m.undo => {
                let steps =
                    if course.plan.is_replacing() { 0 } else { course.applied.len().saturating_sub(1) };
                course.applied.truncate(steps);
                open.take_back(at);
            }
            Applied::Done => {
                course.applied.push(m.index);
                open.after_step(m.index, at);
            }
            Applied::Absent { .. } if m.attempt.saturating_add(1) < most => {
                course.position = Position::Proposed(crate::machine::incident::Move {
                    attempt: m.attempt.saturating_add(1),
                    ..m
                });
            }
            _ if m.undo => course.position = Position::UndoFailed,
            Applied::Failed { why } | Applied::Absent { why } => {
                if matches!(outcome, Applied::Failed { .. }) {
                    course.applied.push(m.index); // what it changed is not known, so it is taken back
                }
                open.note(key.incident, TrialResult::Failed { why: why.clone() }, at);
                open.take_back(at);
            }
            Applied::Running | Applied::Unknown => {}
        }
    }

    fn verified(&mut self, incident: u64, verdict: Verdict, at: Timestamp) {
        let Some(open) = self.incidents.get_mut(&incident) else { return };
        let Some(course) = open.course() else { return };
        let fine = verdict == Verdict::Recovered;
        match course.position {
            Position::Verifying { next: Some(next), .. } if fine && !course.advised => {
                open.propose(next, false);
            }
            _ if fine => {
                let lifting = course.lifting;
                let keep = course.plan.kept_for().filter(|_| !lifting && !course.applied.is_empty());
                // Users may be fine before anything of the plan was done or advised: it has no merit then.
                let was_tried = course.advised || !course.applied.is_empty();
                if !lifting && was_tried {
                    open.note(incident, TrialResult::Helped, at);
                }
                if let Some(length) = keep {
                    open.set(Position::Keeping { until: at + length });
                }
                // Else it is closed: the machine writes that next.
            }
            _ => {
                let (lifting, kept) = (course.lifting, matches!(course.position, Position::Keeping { .. }));
                if lifting {
                    open.phase = Phase::Deciding; // taking the measure back was too soon
                    return;
                }
                if !kept {
                    open.note(incident, TrialResult::DidNotHelp, at);
                }
                open.take_back(at);
            }
        }
    }
}
