//! Event handling.

use crate::action::{Action, Key, Plan};
use crate::guard::{Reason, Ruling};
use crate::ledger::Lease;
use crate::machine::Entry;
use crate::machine::effect::Effects;
use crate::machine::event::Event;
use crate::machine::incident::{Course, Phase, Position};
use crate::machine::notice::Notice;
use crate::machine::outcome::Outcome;
use crate::machine::predicted::Predicted;
use crate::machine::remediator::Remediator;
use crate::machine::volatile::Paused;
use crate::policy::Decision;
use crate::verb::Verb;
use crate::verify::Verifier;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use evenkeel_core::{Diagnosis, Name, Timestamp};

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    pub(super) fn handle(&mut self, event: Event<V>, effects: &mut Effects<V>) {
        match event {
            Event::Opened { incident, symptom, diagnosis } => {
                self.open(incident, symptom, diagnosis, effects);
            }
            Event::Predicted { incident, symptom, diagnosis, predicted } => {
                if self.open(incident, symptom, diagnosis, effects) {
                    self.predict(incident, predicted, effects);
                }
            }
            Event::Forecast { incident, predicted } => self.forecast(incident, predicted, effects),
            Event::Diagnosed { incident, diagnosis } => {
                if self.state.incidents.contains_key(&incident) {
                    self.write(Entry::Diagnosed { incident, diagnosis }, effects);
                }
            }
            Event::Decided { incident, decision } => self.decided(incident, decision, effects),
            Event::Durable { sequence } => self.durable(sequence, effects),
            Event::Applied { key, outcome } => self.applied(key, outcome, effects),
            Event::Seen { incident, sample } => self.seen(incident, sample, effects),
            Event::Approved { key, .. } => {
                if self.proposed(key).is_some()
                    && let Some(volatile) =
                        self.volatile.get_mut(&key.incident).filter(|volatile| volatile.proposal.asked)
                {
                    volatile.proposal.approved = true;
                    self.changed = true;
                }
            }
            Event::Declined { key, by } => self.declined(key, &by, effects),
            Event::Halt { by } => {
                self.write(Entry::Halted { by }, effects);
            }
            Event::Resume { by } => {
                self.write(Entry::Resumed { by }, effects);
            }
            Event::Dismissed { incident, by } => {
                if self.state.incidents.contains_key(&incident) {
                    self.close(incident, Outcome::Dismissed { by }, effects);
                }
            }
            Event::ExternalAction(outside) => {
                self.write(Entry::ExternalAction(outside), effects);
            }
            Event::Returned { target } => {
                self.write(Entry::Returned { target }, effects);
            }
            Event::Freeze { name, until } => {
                self.write(Entry::Froze { name, until }, effects);
            }
            Event::Thaw { name } => {
                self.write(Entry::Thawed { name }, effects);
            }
            Event::Switch { verb, acting } => {
                self.write(Entry::Switched { verb, acting }, effects);
            }
            Event::Health { target, health } => {
                // Nobody waits for it where no incident is open.
                let before = (!self.state.incidents.is_empty()).then(|| self.ledger().health(&target));
                self.count_future(health.time);
                self.state.ledger.take_health(target.clone(), health, self.now);
                self.changed |= before.is_some_and(|before| before != self.ledger().health(&target));
            }
            Event::Gone { target } => {
                self.state.ledger.lose(&target, self.now);
                let name = target.instance.as_ref().unwrap_or(&target.component);
                self.state.ledger.sources.remove(name);
                self.changed = true;
                if self.state.ledger.has_traces(&target) {
                    self.write(Entry::Gone { target }, effects);
                }
            }
            Event::Followed { incident, by } => {
                let course = self.state.incidents.get(&incident).and_then(|open| open.course());
                let waits = |c: &Course<V>| c.advised && matches!(c.position, Position::Verifying { .. });
                if course.is_some_and(waits) {
                    self.write(Entry::Followed { incident, by }, effects);
                }
            }
            Event::Source { name, health } => {
                let value = |machine: &Self| machine.ledger().source(name.as_str()).map(|s| s.value);
                let before = value(self);
                self.count_future(health.time);
                self.state.ledger.take_source(name.clone(), health, self.now);
                self.changed |= before != value(self);
            }
            Event::Lease(lease) => self.take_lease(lease),
            Event::Tick => {}
        }
    }

    /// Opens an incident under a number that was not used; whether it was.
    fn open(
        &mut self,
        incident: u64,
        symptom: Option<Name>,
        diagnosis: Diagnosis,
        effects: &mut Effects<V>,
    ) -> bool {
        // None could follow after the largest number, so it would be opened again, under keys that were used.
        if incident < self.state.next_incident || incident == u64::MAX {
            effects.tell(Notice::NotOpened { incident, next: self.state.next_incident });
            self.distrusted.old_incidents = self.distrusted.old_incidents.saturating_add(1);
            return false;
        }
        let entry = Entry::Opened { incident, symptom: symptom.clone(), diagnosis: diagnosis.clone() };
        self.write(entry, effects);
        effects.tell(Notice::Opened { incident, symptom, diagnosis });
        true
    }

    /// Records what an open incident is about that has not happened yet.
    fn predict(&mut self, incident: u64, predicted: Box<Predicted>, effects: &mut Effects<V>) {
        if let Some(volatile) = self.volatile.get_mut(&incident) {
            volatile.predicted = None;
        }
        effects.tell(Notice::Predicted { incident, predicted: predicted.clone() });
        self.write(Entry::Predicted { incident, predicted }, effects);
    }

    /// What is predicted by now. It is recorded where a policy has to know at once, or where a crash lost what
    /// the incident is about.
    fn forecast(&mut self, incident: u64, predicted: Box<Predicted>, effects: &mut Effects<V>) {
        let Some(open) = self.state.incidents.get(&incident) else { return };
        if open.predicted.as_ref().is_none_or(|before| before.is_sooner_in(&predicted)) {
            self.predict(incident, predicted, effects);
        } else if let Some(volatile) = self.volatile.get_mut(&incident) {
            volatile.predicted = Some(predicted);
        }
    }

    fn decided(&mut self, incident: u64, decision: Decision<V>, effects: &mut Effects<V>) {
        if !self.volatile.get(&incident).is_some_and(|volatile| volatile.asked) {
            return;
        }
        let decision = self.pause(incident, decision);
        let steps = match &decision {
            Decision::Act(plan) => plan.steps().len(),
            _ => 1,
        };
        let call = match &decision {
            Decision::Escalate { why } => Some(why.clone()),
            _ if !(1..=Plan::<V>::MOST_STEPS).contains(&steps) => Some(format!("a plan of {steps} steps")),
            _ => None,
        };
        self.write(Entry::Decided { incident, decision }, effects);
        if let Some(why) = call {
            self.escalate(incident, why, effects);
        }
    }

    /// A plan with an action that was refused just now waits: asking again at once would only use up
    /// decisions.
    fn pause(&mut self, incident: u64, decision: Decision<V>) -> Decision<V> {
        let Decision::Act(plan) = &decision else { return decision };
        let Some(open) = self.state.incidents.get(&incident) else { return decision };
        let wanted = |action: &Action<V>| plan.steps().iter().any(|step| step.action() == action);
        let now = self.now;
        let refused: Vec<(Action<V>, Timestamp)> = (open.refused.iter())
            .filter(|r| r.at + self.limits.refusal_pause > now && wanted(&r.action))
            .map(|r| (r.action.clone(), r.at))
            .collect();
        for (action, at) in refused {
            let (_, ruling) = self.rule(&action, None, None);
            // A guard that changes its mind at one instant is not believed at that instant.
            if now > at && self.is_open_to(&ruling) {
                continue;
            }
            let later = ruling.not_before().filter(|t| *t > now).unwrap_or(at + self.limits.refusal_pause);
            let until = later.max(at + self.limits.recheck);
            let why = format!("`{action}` was refused at {at}: {ruling}");
            if let Some(volatile) = self.volatile.get_mut(&incident) {
                volatile.paused = Some(Paused { action, since: now, changed: false });
            }
            return Decision::Wait { until, why };
        }
        decision
    }

    /// Whether what was refused would be done or advised now.
    pub(super) fn is_open_to(&self, ruling: &Ruling) -> bool {
        !ruling.is_denied() && (ruling.is_advice() || ruling.permits(self.now, false))
    }

    fn count_future(&mut self, time: Timestamp) {
        let is_ahead = time > self.now + crate::machine::verification::SLACK;
        self.distrusted.future_reports = self.distrusted.future_reports.saturating_add(u64::from(is_ahead));
    }

    /// Which move of an incident a person was asked about: attempts of the same step are the same to her.
    fn proposed(&self, key: Key) -> Option<crate::machine::incident::Move> {
        let Phase::Under(course) = &self.state.incidents.get(&key.incident)?.phase else { return None };
        match course.position {
            Position::Proposed(m) | Position::Pending(m) if m.number == key.step => Some(m),
            _ => None,
        }
    }

    fn declined(&mut self, key: Key, by: &Name, effects: &mut Effects<V>) {
        let Some(m) = self.proposed(key) else { return };
        let Some(course) = self.state.incidents.get(&key.incident).and_then(|open| open.course()) else {
            return;
        };
        if matches!(course.position, Position::Pending(_)) {
            // It is decided at the moment of the permit.
            if let Some(volatile) = self.volatile.get_mut(&key.incident) {
                volatile.proposal.approved = false;
            }
            return;
        }
        let Some(action) = course.action(m).cloned() else { return };
        if m.undo {
            let why = format!("{by} does not agree to `{action}`, which takes back what was done");
            self.escalate(key.incident, why, effects);
        } else {
            let why = Reason::new("approval", format!("{by} does not agree").to_string(), 0.0, 1.0);
            self.refuse(key.incident, action, alloc::vec![why], effects);
        }
    }

    /// A lease under another token begins now, whatever it says: only what was seen since can be relied on,
    /// and a clock that is ahead must not hold everything up until it is right.
    fn take_lease(&mut self, lease: Option<Lease>) {
        if lease.is_some_and(|new| new.token < self.token()) {
            self.distrusted.old_leases = self.distrusted.old_leases.saturating_add(1);
            return;
        }
        let held = self.state.ledger.lease;
        self.state.ledger.lease = lease.map(|new| match held {
            Some(old) if old.token == new.token => Lease { since: old.since, ..new },
            _ => Lease { since: self.now, ..new },
        });
        self.seen_token = self.token();
        self.changed = true;
    }

    /// The largest token seen since this process started, and of intents before that.
    fn token(&self) -> u64 {
        let held = self.state.ledger.lease.map_or(0, |lease| lease.token);
        held.max(self.seen_token).max(self.state.ledger.token)
    }
}
