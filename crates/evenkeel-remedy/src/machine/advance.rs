//! Advancing an incident: the steps that are due.

use crate::action::{Action, Key, Target};
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::ledger::{Health, InFlight};
use crate::machine::Entry;
use crate::machine::effect::{Effect, Effects};
use crate::machine::incident::{Course, Move, Phase, Position};
use crate::machine::notice::Notice;
use crate::machine::outcome::Outcome;
use crate::machine::remediator::Remediator;
use crate::verb::Verb;
use crate::verify::{Verdict, Verifier};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use evenkeel_core::{Diagnosis, Timestamp};

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// Brings an incident as far as it goes now.
    pub(super) fn advance(&mut self, incident: u64, effects: &mut Effects<V>) {
        // Each turn writes a record that spends a budget or uses up a step of the plan, so it ends, with or
        // without the bound.
        for _ in 0..1000 {
            if !self.advance_once(incident, effects) {
                return;
            }
        }
    }

    /// One move; whether there was one.
    fn advance_once(&mut self, incident: u64, effects: &mut Effects<V>) -> bool {
        let unpaused = self.is_unpaused(incident);
        let Some(open) = self.state.incidents.get(&incident) else { return false };
        let limits = self.limits;
        if self.now >= open.opened + limits.deadline {
            let why = format!("not solved within {:.0} s", limits.deadline.as_secs_f64());
            return self.escalate(incident, why, effects);
        }
        match &open.phase {
            Phase::Waiting { until } if *until > self.now && !unpaused => false,
            Phase::Deciding | Phase::Waiting { .. } => {
                if self.volatile.get(&incident).is_none_or(|volatile| volatile.asked) {
                    return false;
                }
                if open.decisions >= limits.decisions {
                    let why = format!("not solved by {} decisions", limits.decisions);
                    return self.escalate(incident, why, effects);
                }
                if let Some(volatile) = self.volatile.get_mut(&incident) {
                    volatile.asked = true;
                }
                effects.0.push(Effect::Decide { incident });
                false
            }
            Phase::Under(course) => match course.position {
                Position::Proposed(m) => self.propose(incident, m, effects),
                Position::Pending(_) => false,
                Position::Verifying { since, .. } => {
                    if self.now < self.verified_until(since, course) || self.is_promising(incident, course) {
                        return false;
                    }
                    let recovery = self.recovery(incident);
                    effects.tell(Notice::Verified { incident, recovery });
                    self.write(Entry::Verified { incident, verdict: Verdict::Undecided }, effects);
                    true
                }
                Position::Keeping { until } => {
                    let fine = self.now >= until && is_healthy(&open.diagnosis, &self.ledger());
                    if fine {
                        self.write(Entry::Lifted { incident }, effects);
                    }
                    fine
                }
                Position::UndoFailed => {
                    self.escalate(incident, "what was done could not be taken back".to_string(), effects)
                }
            },
        }
    }

    /// When it is decided at the latest whether a plan helped whose last action ended at `since`. What was
    /// seen before a crash is forgotten, so the time begins anew after one: otherwise what helped would be
    /// taken back for want of time.
    fn verified_until(&self, since: Timestamp, course: &Course<V>) -> Timestamp {
        let within =
            if course.is_standing_advice() { self.limits.advise_for } else { self.limits.verify_within };
        let since = since.max(self.awake_since.unwrap_or(self.now));
        since + course.plan.settles_for().saturating_add(within)
    }

    /// Whether what was done seems to have helped, though there are too few data yet to be sure: only the
    /// deadline ends the wait.
    fn is_promising(&self, incident: u64, course: &Course<V>) -> bool {
        !course.is_standing_advice()
            && self.volatile.get(&incident).is_some_and(|volatile| volatile.verifier.is_promising())
    }

    /// Whether what a policy waits for, after it was refused, would be done by now.
    fn is_unpaused(&mut self, incident: u64) -> bool {
        let Some(volatile) = self.volatile.get_mut(&incident) else { return false };
        let Some(paused) = &mut volatile.paused else { return false };
        paused.changed |= self.changed;
        if !paused.changed || paused.since >= self.now {
            return false;
        }
        paused.changed = false;
        let action = paused.action.clone();
        let (_, ruling) = self.rule(&action, None, None);
        self.is_open_to(&ruling)
    }

    /// Lets guards rule on what is proposed, and writes the intent if they agree.
    fn propose(&mut self, incident: u64, m: Move, effects: &mut Effects<V>) -> bool {
        let due = |t: Option<Timestamp>| t.is_none_or(|t| t <= self.now);
        let proposal = self.volatile.get(&incident).map(|volatile| &volatile.proposal);
        if !proposal.is_none_or(|p| due(p.not_before)) {
            return false;
        }
        if !self.changed
            && !proposal.is_none_or(|p| due(p.recheck) || p.give_up.is_some_and(|t| t <= self.now))
        {
            return false;
        }
        let Some(open) = self.state.incidents.get(&incident) else { return false };
        let Some((action, advised)) = open.course().and_then(|c| Some((c.action(m)?.clone(), c.advised)))
        else {
            return self.escalate(incident, "a plan without such a step".to_string(), effects);
        };
        if !m.undo && open.actions >= self.limits.actions {
            let why = format!("not solved by {} actions", self.limits.actions);
            return self.escalate(incident, why, effects);
        }
        let (held, ruling) = self.rule(&action, None, m.undo.then_some(incident));
        self.show(incident, &action, &ruling, effects);
        if held {
            let recheck = self.now + self.limits.recheck;
            return self.hold(incident, recheck, None);
        }
        if ruling.is_denied() {
            if m.undo {
                return self.hold_or_give_up(incident, m, &action, &ruling, effects);
            }
            self.refuse(incident, action, ruling.reasons().to_vec(), effects);
            return true;
        }
        if ruling.is_advice() || advised {
            effects.tell(Notice::Advise { incident, action: action.clone(), ruling: ruling.clone() });
            if m.undo {
                let why = format!("`{action}` is advised and not done");
                return self.escalate(incident, why, effects);
            }
            self.write(Entry::Advised { incident, action, reasons: ruling.reasons().to_vec() }, effects);
            return true;
        }
        let approved = self.volatile.get(&incident).is_some_and(|volatile| volatile.proposal.approved);
        if !ruling.permits(self.now, approved) {
            return self.hold_or_give_up(incident, m, &action, &ruling, effects);
        }
        let key = m.key(incident);
        let token = self.state.ledger.lease.map_or(0, |lease| lease.token);
        let sequence = self.write(Entry::Intent { key, action, undo: m.undo, token }, effects);
        self.undurable.insert(sequence, key);
        false
    }

    /// Says what guards say, if it is something else than before.
    fn show(&mut self, incident: u64, action: &Action<V>, ruling: &Ruling, effects: &mut Effects<V>) {
        let Some(volatile) = self.volatile.get_mut(&incident) else { return };
        let later = ruling.not_before().is_some_and(|t| t > self.now);
        let flags = [ruling.is_denied(), ruling.is_advice(), ruling.needs_approval(), later];
        let guards = || ruling.reasons().iter().map(Reason::guard);
        let before = volatile.shown.iter_mut().find(|(shown, _)| shown == action).map(|(_, said)| said);
        if before.as_ref().is_some_and(|(f, who)| *f == flags && who.iter().eq(guards())) {
            return;
        }
        let said = (flags, guards().cloned().collect());
        match before {
            Some(before) => *before = said,
            None => volatile.shown.push((action.clone(), said)),
        }
        effects.tell(Notice::Ruled { incident, action: action.clone(), ruling: ruling.clone() });
    }

    /// Asks again then.
    fn hold(&mut self, incident: u64, recheck: Timestamp, give_up: Option<Timestamp>) -> bool {
        if let Some(volatile) = self.volatile.get_mut(&incident) {
            volatile.proposal.recheck = Some(recheck);
            volatile.proposal.give_up = give_up;
        }
        false
    }

    /// Waits for a time or a person, for as long as that is worth it.
    fn hold_or_give_up(
        &mut self,
        incident: u64,
        m: Move,
        action: &Action<V>,
        ruling: &Ruling,
        effects: &mut Effects<V>,
    ) -> bool {
        let (now, limits) = (self.now, self.limits);
        let Some(volatile) = self.volatile.get_mut(&incident) else { return false };
        let give_up = volatile.proposal.give_up.unwrap_or(now + limits.hold_for);
        if give_up <= now {
            if m.undo {
                let why = format!("`{action}`, which takes back what was done, was held up: {ruling}");
                return self.escalate(incident, why, effects);
            }
            self.refuse(incident, action.clone(), ruling.reasons().to_vec(), effects);
            return true;
        }
        if ruling.needs_approval() && !ruling.is_denied() && !volatile.proposal.asked {
            volatile.proposal.asked = true;
            effects.tell(Notice::Ask {
                key: m.key(incident),
                action: action.clone(),
                ruling: ruling.clone(),
            });
        }
        let recheck = ruling.not_before().filter(|t| *t > now).unwrap_or(now + limits.recheck);
        self.hold(incident, recheck.min(give_up), Some(give_up))
    }

    pub(super) fn refuse(
        &mut self,
        incident: u64,
        action: Action<V>,
        reasons: Vec<Reason>,
        effects: &mut Effects<V>,
    ) {
        self.write(Entry::Refused { incident, action, reasons }, effects);
    }

    /// Calls a person, with what is still in place. Always false: nothing follows.
    pub(super) fn escalate(&mut self, incident: u64, mut why: String, effects: &mut Effects<V>) -> bool {
        let course = self.state.incidents.get(&incident).and_then(|open| open.course());
        for action in course.map(Course::in_place).into_iter().flatten() {
            why.push_str(&format!("; in place: {action}"));
        }
        for (key, flight) in self.state.ledger.flights.iter().filter(|(key, _)| key.incident == incident) {
            why.push_str(&format!("; without a result: {} ({key})", flight.action));
        }
        effects.tell(Notice::Escalate { incident, why: why.clone() });
        self.close(incident, Outcome::Escalated { why }, effects);
        false
    }

    pub(super) fn close(&mut self, incident: u64, outcome: Outcome, effects: &mut Effects<V>) {
        self.write(Entry::Closed { incident, outcome: outcome.clone() }, effects);
        effects.tell(Notice::Closed { incident, outcome });
    }

    /// The same for one incident.
    pub(super) fn incident_wakes_at(&self, incident: u64) -> Option<Timestamp> {
        let open = self.state.incidents.get(&incident)?;
        let volatile = self.volatile.get(&incident);
        let mut first: Option<Timestamp> = None;
        let mut add = |t: Timestamp| first = Some(first.map_or(t, |f| f.min(t)));
        add(open.opened + self.limits.deadline);
        match &open.phase {
            Phase::Deciding => {}
            Phase::Waiting { until } => {
                if volatile.is_none_or(|volatile| !volatile.asked) {
                    add(*until);
                }
            }
            Phase::Under(course) => match course.position {
                Position::Proposed(_) => {
                    let proposal = volatile.map(|volatile| &volatile.proposal);
                    proposal.and_then(|p| p.recheck.max(p.not_before)).map(&mut add);
                }
                Position::Verifying { since, .. } => {
                    let until = self.verified_until(since, course);
                    if until > self.now || !self.is_promising(incident, course) {
                        add(until);
                    }
                }
                Position::Keeping { until } => {
                    add(if until > self.now { until } else { self.now + self.limits.recheck });
                }
                Position::Pending(_) | Position::UndoFailed => {}
            },
        }
        first
    }

    /// When something is due that no event will bring, by the machine's time: see
    /// [`Clock`](crate::machine::Clock).
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let incidents = self.state.incidents.keys().filter_map(|incident| self.incident_wakes_at(*incident));
        incidents.chain(self.flights_wake_at()).min().map(|t| t.max(self.now))
    }

    /// The same for the actions without a result.
    pub(super) fn flights_wake_at(&self) -> Option<Timestamp> {
        let due = |(key, flight): (&Key, &InFlight<V>)| match (self.probes.get(key), self.released.get(key)) {
            (Some(probe), _) if flight.in_doubt => Some(probe.next),
            (_, Some(issued)) => Some(*issued + self.limits.apply_within),
            _ => None,
        };
        self.state.ledger.flights.iter().filter_map(due).min()
    }
}

/// Whether everything that is blamed most is known, and none of it failing.
fn is_healthy<V: Verb>(diagnosis: &Diagnosis, ledger: &Ledger<'_, V>) -> bool {
    let Some(cause) = diagnosis.causes().first() else { return false };
    let mut members: Vec<&Target> = ledger.members(&cause.component).map(|(t, _)| t).collect();
    if members.is_empty() {
        members.extend(ledger.find(&cause.component));
    }
    !members.is_empty()
        && members.iter().all(|t| matches!(ledger.health(t), Health::Serving | Health::OutOfService))
}
