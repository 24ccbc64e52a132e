//! Taking an event.

use super::case::{Phase, Position};
use super::{Effects, Event, Outcome, Remediator};
use crate::{Decision, Entry, Key, Lease, Plan, Reason, Remedy, Verifier};
use alloc::format;
use alloc::string::ToString;
use evenkeel_core::Name;

impl<V: Remedy, R: Verifier + Clone> Remediator<V, R> {
    pub(super) fn take(&mut self, event: Event<V>, effects: &mut Effects<V>) {
        match event {
            Event::Opened { incident, diagnosis } => {
                if incident >= self.state.next_incident {
                    self.write(Entry::Opened { incident, diagnosis }, effects);
                }
            }
            Event::Diagnosed { incident, diagnosis } => {
                if self.state.cases.contains_key(&incident) {
                    self.write(Entry::Diagnosed { incident, diagnosis }, effects);
                }
            }
            Event::Decided { incident, decision } => self.decided(incident, decision, effects),
            Event::Durable { sequence } => self.durable(sequence, effects),
            Event::Applied { key, outcome } => self.applied(key, outcome, effects),
            Event::Seen { incident, sample } => self.seen(incident, sample, effects),
            Event::Approved { key, .. } => {
                if self.proposed(key).is_some()
                    && let Some(live) = self.lives.get_mut(&key.incident).filter(|live| live.proposal.asked)
                {
                    live.proposal.approved = true;
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
                if self.state.cases.contains_key(&incident) {
                    self.close(incident, Outcome::Dismissed { by }, effects);
                }
            }
            Event::Outside(outside) => {
                self.write(Entry::Outside(outside), effects);
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
                let before = (!self.state.cases.is_empty()).then(|| self.ledger().health(&target));
                self.state.book.take_health(target.clone(), health);
                self.changed |= before.is_some_and(|before| before != self.ledger().health(&target));
            }
            Event::Gone { target } => {
                self.state.book.fleet.remove(&target);
                self.changed = true;
            }
            Event::Source { name, health } => {
                let before = self.state.book.sources.insert(name, health);
                self.changed |= before.is_none_or(|before| before.value != health.value);
            }
            Event::Lease(lease) => self.take_lease(lease),
            Event::Tick => {}
        }
    }

    fn decided(&mut self, incident: u64, decision: Decision<V>, effects: &mut Effects<V>) {
        if !self.lives.get(&incident).is_some_and(|live| live.asked) {
            return;
        }
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

    /// Which move of an incident a person was asked about: attempts of the same step are the same to her.
    fn proposed(&self, key: Key) -> Option<super::case::Move> {
        let Phase::Under(course) = &self.state.cases.get(&key.incident)?.phase else { return None };
        match course.position {
            Position::Proposed(m) | Position::Pending(m) if m.number == key.step => Some(m),
            _ => None,
        }
    }

    fn declined(&mut self, key: Key, by: &Name, effects: &mut Effects<V>) {
        let Some(m) = self.proposed(key) else { return };
        let Some(course) = self.state.cases.get(&key.incident).and_then(|case| case.course()) else { return };
        if matches!(course.position, Position::Pending(_)) {
            // It is decided at the moment of the permit.
            if let Some(live) = self.lives.get_mut(&key.incident) {
                live.proposal.approved = false;
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

    /// A lease under another token begins now at the earliest: only what was seen since can be relied on.
    fn take_lease(&mut self, lease: Option<Lease>) {
        let held = self.state.book.lease;
        self.state.book.lease = lease.map(|new| match held {
            Some(old) if old.token == new.token => Lease { since: old.since, ..new },
            _ => Lease { since: new.since.max(self.now), ..new },
        });
        self.changed = true;
    }
}
