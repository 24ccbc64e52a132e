//! What records make of the state: the only place where it changes that must survive a crash.

use super::State;
use super::case::{Case, Phase, Position};
use crate::{Applied, Decision, Entry, InFlight, Key, Record, Refused, Verb, TrialResult, Verdict};
use evenkeel_core::{Error, Timestamp};

impl<V: Verb> State<V> {
    /// Whether time could bring nothing to an end.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        self.cases.is_empty() && self.book.is_idle(now)
    }

    /// Takes a record.
    ///
    /// # Errors
    /// If its number is not the next.
    pub(super) fn fold(&mut self, record: &Record<V>) -> Result<(), Error> {
        Error::require(record.sequence == self.next_record, "sequence", "the next number", record.sequence)?;
        self.next_record = self.next_record.saturating_add(1);
        let at = match &record.entry {
            Entry::ClockSetBack { .. } => record.at,
            _ => record.at.max(self.latest),
        };
        self.latest = at;
        self.take(&record.entry, at);
        Ok(())
    }

    fn take(&mut self, entry: &Entry<V>, at: Timestamp) {
        match entry {
            Entry::Opened { incident, symptom, diagnosis } => {
                self.next_incident = self.next_incident.max(incident.saturating_add(1));
                self.cases.insert(*incident, Case::new(at, symptom.clone(), diagnosis.clone()));
            }
            Entry::Diagnosed { incident, diagnosis } => {
                let Some(case) = self.cases.get_mut(incident) else { return };
                case.diagnosis = diagnosis.clone();
                let fresh = match &case.phase {
                    Phase::Deciding | Phase::Waiting { .. } => true,
                    Phase::Under(c) => {
                        let proposed = matches!(c.position, Position::Proposed(m) if !m.undo);
                        c.is_standing_advice() || proposed && c.applied.is_empty() && !c.advised
                    }
                };
                if fresh {
                    case.phase = Phase::Deciding;
                }
            }
            Entry::Decided { incident, decision } => {
                let Some(case) = self.cases.get_mut(incident) else { return };
                case.decisions = case.decisions.saturating_add(1);
                match decision {
                    Decision::Act(plan) => case.begin(plan.clone()),
                    Decision::Wait { until, .. } => case.phase = Phase::Waiting { until: *until },
                    Decision::Escalate { .. } => {}
                }
            }
            Entry::Refused { incident, action, reasons } => {
                let Some(case) = self.cases.get_mut(incident) else { return };
                let before = case.refused.iter().position(|r| r.action == *action);
                let times = before.map_or(0, |i| case.refused.remove(i).times).saturating_add(1);
                case.refused.push(Refused { action: action.clone(), reasons: reasons.clone(), times, at });
                case.take_back(at);
            }
            Entry::Advised { incident, .. } => {
                let Some(case) = self.cases.get_mut(incident) else { return };
                let Phase::Under(course) = &mut case.phase else { return };
                let Position::Proposed(m) = course.position else { return };
                course.advised = true;
                case.after_step(m.index, at);
            }
            Entry::Intent { key, action, undo, token } => {
                self.book.token = self.book.token.max(*token);
                let flight =
                    InFlight { action: action.clone(), since: at, undo: *undo, in_doubt: false, gone: false };
                self.book.flights.insert(*key, flight);
                let Some(case) = self.cases.get_mut(&key.incident) else { return };
                case.actions = case.actions.saturating_add(1);
                if let Some(Position::Proposed(m)) = case.course().map(|c| c.position) {
                    case.set(Position::Pending(m));
                }
            }
            Entry::Withdrawn { key } => {
                self.book.flights.remove(key);
                let Some(case) = self.cases.get_mut(&key.incident) else { return };
                case.actions = case.actions.saturating_sub(1);
                if let Some(Position::Pending(m)) = case.course().map(|c| c.position) {
                    case.set(Position::Proposed(super::case::Move {
                        attempt: m.attempt.saturating_add(1),
                        ..m
                    }));
                }
            }
            Entry::Doubted { key } => {
                if let Some(flight) = self.book.flights.get_mut(key) {
                    flight.in_doubt = true;
                }
            }
            Entry::Settled { key, outcome } => {
                self.book.settle(*key, outcome, at);
                self.settled(*key, outcome, at);
            }
            Entry::Judged { incident, verdict } => self.judged(*incident, *verdict, at),
            Entry::Lifted { incident } => {
                let Some(case) = self.cases.get_mut(incident) else { return };
                if let Phase::Under(course) = &mut case.phase {
                    course.lifting = true;
                }
                case.take_back(at);
            }
            Entry::Closed { incident, .. } => {
                self.cases.remove(incident);
            }
            Entry::Halted { by } => self.book.halted = Some(by.clone()),
            Entry::Resumed { .. } => self.book.halted = None,
            Entry::Switched { verb, acting: true } => {
                self.book.acting.insert(verb.clone());
                for case in self.cases.values_mut() {
                    // What was advised may be done now: it is for the policy again.
                    let advice = case.course().filter(|course| course.is_standing_advice());
                    let mut steps = advice.into_iter().flat_map(|course| course.plan.steps());
                    if steps.any(|step| step.action().verb.name() == verb.as_str()) {
                        case.phase = Phase::Deciding;
                    }
                }
            }
            Entry::Switched { verb, acting: false } => {
                self.book.acting.remove(verb);
            }
            Entry::Froze { name, until } => {
                self.book.freezes.insert(name.clone(), *until);
            }
            Entry::Thawed { name } => {
                self.book.freezes.remove(name);
            }
            Entry::ExternalAction(outside) => {
                self.book.take_outside(outside.clone(), at);
                if outside.since <= at {
                    for case in self.cases.values_mut() {
                        case.follow(&outside.target, outside.until.max(at));
                    }
                }
            }
            Entry::Returned { target } => self.book.return_to_service(target),
            Entry::Gone { target } => self.book.release(target),
            Entry::Followed { incident, .. } => {
                if let Some(Phase::Under(course)) = self.cases.get_mut(incident).map(|case| &mut case.phase) {
                    course.follow(at);
                }
            }
            Entry::ClockSetBack { by } => {
                self.book.set_back(*by, at);
                self.cases.values_mut().for_each(|case| case.set_back(*by));
            }
        }
    }

    fn settled(&mut self, key: Key, outcome: &Applied, at: Timestamp) {
        let most = self.most_attempts;
        let Some(case) = self.cases.get_mut(&key.incident) else { return };
        let Phase::Under(course) = &mut case.phase else { return };
        let Position::Pending(m) = course.position else { return };
        if m.key(key.incident) != key {
            return;
        }
        match outcome {
            Applied::Done if m.undo => {
                course.applied.pop();
                case.take_back(at);
            }
            Applied::Done => {
                course.applied.push(m.index);
                case.after_step(m.index, at);
            }
            Applied::Absent { .. } if m.attempt.saturating_add(1) < most => {
                course.position =
                    Position::Proposed(super::case::Move { attempt: m.attempt.saturating_add(1), ..m });
            }
            _ if m.undo => course.position = Position::UndoFailed,
            Applied::Failed { why } | Applied::Absent { why } => {
                if matches!(outcome, Applied::Failed { .. }) {
                    course.applied.push(m.index); // what it changed is not known, so it is taken back
                }
                case.note(key.incident, TrialResult::Failed { why: why.clone() }, at);
                case.take_back(at);
            }
            Applied::Running | Applied::Unknown => {}
        }
    }

    fn judged(&mut self, incident: u64, verdict: Verdict, at: Timestamp) {
        let Some(case) = self.cases.get_mut(&incident) else { return };
        let Some(course) = case.course() else { return };
        let fine = verdict == Verdict::Recovered;
        match course.position {
            Position::Verifying { next: Some(next), .. } if fine && !course.advised => {
                case.propose(next, false);
            }
            _ if fine => {
                let lifting = course.lifting;
                let keep = course.plan.kept_for().filter(|_| !lifting && !course.applied.is_empty());
                if !lifting {
                    case.note(incident, TrialResult::Helped, at);
                }
                if let Some(length) = keep {
                    case.set(Position::Keeping { until: at + length });
                }
                // Else it is closed: the machine writes that next.
            }
            _ => {
                let (lifting, kept) = (course.lifting, matches!(course.position, Position::Keeping { .. }));
                if lifting {
                    case.phase = Phase::Deciding; // taking the measure back was too soon
                    return;
                }
                if !kept {
                    case.note(incident, TrialResult::DidNotHelp, at);
                }
                case.take_back(at);
            }
        }
    }
}
