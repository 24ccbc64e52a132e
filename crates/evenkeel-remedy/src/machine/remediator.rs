//! The remediator: the state machine of incidents and actions.

use crate::action::{Action, Key};
use crate::guard::Guard;
use crate::guard::{Reason, Ruling};
use crate::ledger::Ledger;
use crate::machine::Clock;
use crate::machine::apply_record::State;
use crate::machine::distrusted::Distrusted;
use crate::machine::effect::{Effect, Effects};
use crate::machine::event::Event;
use crate::machine::guard_stats::GuardStats;
use crate::machine::incident::{Incident, Phase, Position};
use crate::machine::limits::Limits;
use crate::machine::predicted::Predicted;
use crate::machine::status::Status;
use crate::machine::volatile::{Probe, Volatile};
use crate::machine::{Entry, Record};
use crate::policy::Situation;
use crate::verb::StandardVerb;
use crate::verb::{Share, Verb};
use crate::verify::ErrorRatio;
use crate::verify::{Recovery, Verifier};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Timestamp};

/// The machine that lets a policy act, and answers for it: events in, effects out, no input or output of its
/// own.
///
/// It opens incidents, asks the policy, lets guards rule, writes the intent ahead, issues permits, and
/// verifies by what users feel. What it promises holds for **any** policy and any executor that keeps [its
/// own promises](crate::executor::Executor):
///
/// 1. What was not ruled on cannot run: a [`Permit`](crate::executor::Permit) is made here only.
/// 2. Guards are order-free, one more never permits more, and all rule again at the moment a permit is
///    issued.
/// 3. The blast radius is checked on the state after the action; in flight, in doubt and of unknown health is
///    out.
/// 4. No data is never good.
/// 5. Recovery is a sequential test, valid whenever it is read, of what was seen after the last action only.
/// 6. Intent is written ahead; after a crash an intent without a result is probed; nothing is applied twice.
/// 7. Taking back is an action and is ruled on.
/// 8. Every incident ends: budgets and a deadline force it, and escalation is absorbing. A clock that jumps
///    delays it by a minute, or by one reading.
/// 9. The default is to advise: everything is ruled, logged and verified, and nothing runs until acting is
///    switched on for a verb.
/// 10. People come first: [`Event::Halt`] is at once and absorbing until [`Event::Resume`]; what others do
///     counts as in flight.
/// 11. Two copies never double the blast radius: without a valid lease the ruling is deny, and a permit
///     carries its token.
///
/// A step before anything is due costs O(1) if it changes nothing: a report that says what was known, or a tick.
/// Otherwise it costs a glance at each open incident and each action in flight; an incident is looked at in full
/// only if the step changes it or it is due, and for an action that is ruled on it costs what its guards do. Memory
/// is O(fleet + open incidents + remembered actions); remembered is what is younger than the longest that a
/// guard looks back, and at most 10,000.
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, FaultKind, Timestamp};
/// use evenkeel_remedy::action::Plan;
/// use evenkeel_remedy::machine::Effect;
/// use evenkeel_remedy::policy::Decision;
/// use evenkeel_remedy::verb::StandardVerb;
/// use evenkeel_remedy::{Action, ErrorRatio, Event, Notice, Remediator, Target};
///
/// let mut machine = Remediator::builder(ErrorRatio::builder(0.01).build()?).without_lease().build()?;
/// let now = Timestamp::from_seconds(0);
///
/// // Something is wrong: the machine wants a decision, and gets one.
/// let diagnosis = Diagnosis::new(now, vec![Cause::new("cart", 0.9)?])?;
/// let effects = machine.step(now, Event::Opened { incident: 1, symptom: None, diagnosis });
/// assert!(effects.iter().any(|e| matches!(e, Effect::Decide { incident: 1 })));
/// let plan = Plan::of(Action::new(StandardVerb::RollBack, Target::component("cart")));
/// let effects = machine.step(now, Event::Decided { incident: 1, decision: Decision::Act(plan) });
///
/// // Acting was not switched on: it advises, and nothing runs.
/// assert!(effects.iter().any(|e| matches!(e, Effect::Notice(Notice::Advise { .. }))));
/// assert!(!effects.iter().any(|e| matches!(e, Effect::Release(_))));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Remediator<V = StandardVerb, R = ErrorRatio> {
    pub(super) limits: Limits,
    pub(super) guards: Vec<Arc<dyn Guard<V>>>,
    pub(super) prototype: R,
    /// Verifiers of incidents that were noticed by something else.
    pub(super) prototypes: BTreeMap<Name, R>,
    /// What must survive a crash, and the telemetry.
    pub(super) state: State<V>,
    /// What need not.
    pub(super) now: Timestamp,
    pub(super) clock: Clock,
    /// When it wanted to be woken, last.
    pub(super) wakes: Option<Timestamp>,
    /// When the first event came since this process started; of a recovered machine `None` until the first
    /// step.
    pub(super) awake_since: Option<Timestamp>,
    /// The largest token of a lease since this process started.
    pub(super) seen_token: u64,
    pub(super) distrusted: Distrusted,
    pub(super) volatile: BTreeMap<u64, Volatile<V, R>>,
    /// Intents that are not durable yet, by the number of their record.
    pub(super) undurable: BTreeMap<u64, Key>,
    /// When permits were issued since this process started.
    pub(super) released: BTreeMap<Key, Timestamp>,
    pub(super) probes: BTreeMap<Key, Probe>,
    /// Whether the ledger changed since proposals were last ruled on.
    pub(super) changed: bool,
    /// Whether every incident is to be looked at.
    pub(super) all_touched: bool,
    /// Whether any is.
    pub(super) any_touched: bool,
    /// When an action without a result is due.
    pub(super) flights_due: Option<Timestamp>,
    pub(super) guard_stats: GuardStats,
    pub(super) strays: u64,
}

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// Takes an event, at a reading of the clock, and says what it wants.
    ///
    /// A [`Clock`] decides what time it is. A reading more than five minutes ahead of the last, or of the
    /// time at which it wanted to be woken, is doubted until another follows, unless nothing is under way;
    /// until then no action is permitted and no time is over. One up to a minute back counts as the time that
    /// it is already. If the clock was set back further, everything that is counted from a time moves back
    /// with it, under a record ([`Entry::ClockSetBack`](crate::machine::Entry::ClockSetBack)), so that
    /// deadlines and pauses are as long as they should be; dates (freezes, what others announced) stay.
    pub fn step(&mut self, now: Timestamp, event: Event<V>) -> Effects<V> {
        let mut effects = Effects::new();
        let expected = if self.state.is_idle(self.now) { Some(Timestamp::MAX) } else { self.wakes };
        let before = self.clock.now();
        let back = self.clock.read(now, expected.unwrap_or(Timestamp::MIN));
        self.now = self.clock.now().unwrap_or(now);
        // Where the time is not as it was thought to be, all is looked at.
        self.all_touched |= !back.is_zero() || self.awake_since.is_none();
        self.all_touched |= !self.watch_for(before.map(|before| self.now.since(before)).unwrap_or_default());
        if !back.is_zero() {
            self.write(Entry::ClockSetBack { by: back }, &mut effects);
        }
        // A reading that is doubted, or late, leaves the time where the log ended, which may be long ago.
        if self.now == now {
            self.awake_since.get_or_insert(now);
        }
        self.handle(event, &mut effects);
        let is_due = |due: Option<Timestamp>, now| due.is_some_and(|due| due <= now);
        let is_any_due = is_due(self.wakes, self.now) || self.all_touched || self.any_touched;
        if !is_any_due && !self.changed && effects.0.is_empty() {
            effects.0.extend(self.wakes.map(Effect::WakeAt));
            return effects;
        }
        let are_checked = self.all_touched || !effects.0.is_empty() || is_due(self.flights_due, self.now);
        if are_checked {
            self.check_flights(&mut effects);
        }
        let mut from = Some(0);
        while let Some(first) = from {
            let moves = |volatile: &Volatile<V, R>| {
                self.all_touched
                    || volatile.is_touched
                    || self.changed && volatile.heeds_changes
                    || is_due(volatile.due, self.now)
            };
            let next = self.volatile.range(first..).find(|(_, volatile)| moves(volatile));
            let Some(incident) = next.map(|(incident, _)| *incident) else { break };
            self.advance(incident, &mut effects);
            self.is_advanced(incident);
            from = incident.checked_add(1);
        }
        self.changed = false;
        self.all_touched = false;
        self.any_touched = false;
        if are_checked || !effects.0.is_empty() {
            self.flights_due = self.flights_wake_at();
        }
        let due = self.volatile.values().filter_map(|volatile| volatile.due);
        self.wakes = due.chain(self.flights_due).min().map(|due| due.max(self.now));
        effects.0.extend(self.wakes.map(Effect::WakeAt));
        effects
    }

    /// An incident went as far as it goes now: notes what would move it.
    fn is_advanced(&mut self, incident: u64) {
        let due = self.incident_wakes_at(incident);
        let phase = self.state.incidents.get(&incident).map(|open| &open.phase);
        let position = match phase {
            Some(Phase::Under(course)) => Some(course.position),
            _ => None,
        };
        let Some(volatile) = self.volatile.get_mut(&incident) else { return };
        volatile.is_touched = false;
        volatile.heeds_changes = volatile.paused.is_some()
            || matches!(position, Some(Position::Proposed(_) | Position::Keeping { .. }));
        // What changed while the time stood still is looked at as soon as it goes on.
        let waits = volatile.paused.as_ref().is_some_and(|paused| paused.changed);
        volatile.due = if waits { Some(Timestamp::MIN) } else { due };
    }

    /// Time passed. What needs a time of watching, after a restart or a new lease, needs several events in
    /// it: a clock that leaps, by too little to be doubted, does not end it. So one step counts as a quarter
    /// of that time at most; whether it was no longer.
    fn watch_for(&mut self, passed: Duration) -> bool {
        let unwatched = passed.saturating_sub(self.state.ledger.terms.handover / 4);
        if !unwatched.is_zero() {
            self.awake_since = self.awake_since.map(|since| since + unwatched);
            if let Some(lease) = &mut self.state.ledger.lease {
                lease.since = lease.since + unwatched;
            }
        }
        unwatched.is_zero()
    }

    /// A fresh verifier of an incident that was noticed by this.
    pub(super) fn verifier_of(&self, symptom: Option<&Name>) -> R {
        symptom.and_then(|symptom| self.prototypes.get(symptom)).unwrap_or(&self.prototype).clone()
    }

    /// By what an open incident was noticed, if that was said.
    #[must_use]
    pub fn symptom(&self, incident: u64) -> Option<&Name> {
        self.state.incidents.get(&incident)?.symptom.as_ref()
    }

    /// What a policy needs to decide on an open incident.
    #[must_use]
    pub fn situation(&self, incident: u64) -> Option<Situation<'_, V>> {
        let open = self.state.incidents.get(&incident)?;
        Some(Situation {
            incident,
            opened: open.opened,
            symptom: open.symptom.as_ref(),
            deadline: open.opened + self.limits.deadline,
            actions_left: self.limits.actions.saturating_sub(open.actions),
            decisions_left: self.limits.decisions.saturating_sub(open.decisions).saturating_sub(1),
            diagnosis: &open.diagnosis,
            predicted: self.predicted(incident),
            tried: &open.tried,
            refused: &open.refused,
            recovery: self.recovery(incident),
            ledger: self.ledger(),
        })
    }

    /// What guards may see, now.
    #[must_use]
    pub fn ledger(&self) -> Ledger<'_, V> {
        Ledger { state: &self.state.ledger, now: self.now, asking: None, undo_of: None }
    }

    /// The open incidents.
    pub fn incidents(&self) -> impl Iterator<Item = u64> {
        self.state.incidents.keys().copied()
    }

    /// The next free number for an incident.
    #[must_use]
    pub fn next_incident(&self) -> u64 {
        self.state.next_incident
    }

    /// The number of the next record.
    #[must_use]
    pub fn next_record(&self) -> u64 {
        self.state.next_record
    }

    /// What an open incident is thought to be caused by.
    #[must_use]
    pub fn diagnosis(&self, incident: u64) -> Option<&Diagnosis> {
        Some(&self.state.incidents.get(&incident)?.diagnosis)
    }

    /// What an open incident is about that has not happened yet, as it is predicted by now; `None` of one that
    /// was opened because something is wrong.
    #[must_use]
    pub fn predicted(&self, incident: u64) -> Option<&Predicted> {
        let newest = self.volatile.get(&incident).and_then(|volatile| volatile.predicted.as_ref());
        newest.or(self.state.incidents.get(&incident)?.predicted.as_ref()).map(|predicted| &**predicted)
    }

    /// What is known of how users fare since the last action of an incident; its upper limit shrinks as good
    /// data come.
    #[must_use]
    pub fn recovery(&self, incident: u64) -> Option<Recovery> {
        self.volatile.get(&incident)?.last
    }

    /// What an open incident is at.
    #[must_use]
    pub fn status(&self, incident: u64) -> Option<Status> {
        Some(match &self.state.incidents.get(&incident)?.phase {
            Phase::Deciding => Status::Deciding,
            Phase::Waiting { until } => Status::Waiting { until: *until },
            Phase::Under(course) => match course.position {
                Position::Proposed(_) => Status::Held,
                Position::Pending(m) => {
                    let key = m.key(incident);
                    let in_doubt = self.state.ledger.flights.get(&key).is_some_and(|f| f.in_doubt);
                    Status::InFlight { key, in_doubt }
                }
                Position::Verifying { since, .. } => Status::Verifying { since },
                Position::Keeping { until } => Status::Keeping { until },
                Position::UndoFailed => Status::Deciding,
            },
        })
    }

    /// How often guards ruled and objected since this process started.
    #[must_use]
    pub fn guard_stats(&self) -> &GuardStats {
        &self.guard_stats
    }

    /// How many answers about keys came that were not expected: twice, too late, or of somebody else.
    #[must_use]
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// What was not believed, or came too late to count.
    #[must_use]
    pub fn distrusted(&self) -> Distrusted {
        Distrusted {
            doubted_readings: self.clock.doubted(),
            late_readings: self.clock.late(),
            set_back: self.clock.set_back(),
            ..self.distrusted
        }
    }

    /// From when on samples count for an open incident, if they lie in a later whole second: the end of the
    /// last action, with what its plan gives it to settle, or the opening.
    #[must_use]
    pub fn verified_from(&self, incident: u64) -> Option<Timestamp> {
        self.volatile.get(&incident).map(|volatile| volatile.verified_from)
    }

    /// Whether all that was done about an open incident is to advise, and nobody is known to have done it
    /// yet.
    #[must_use]
    pub fn is_advice(&self, incident: u64) -> bool {
        let course = self.state.incidents.get(&incident).and_then(Incident::course);
        course.is_some_and(crate::machine::incident::Course::is_standing_advice)
    }

    /// Whether this machine and another remember the same: what [`recover`](Self::recover) would make of
    /// their logs is equal.
    #[must_use]
    pub fn remembers_like(&self, other: &Self) -> bool {
        let durable = |state: &State<V>| {
            let mut state = state.clone();
            state.ledger.fleet.clear();
            state.ledger.sources.clear();
            state.ledger.gone.clear();
            state.ledger.lease = None;
            state
        };
        durable(&self.state) == durable(&other.state)
    }

    /// All guards on an action: those that hold it as long as they object, and all together.
    pub(super) fn rule(
        &mut self,
        action: &Action<V>,
        asking: Option<Key>,
        undo_of: Option<u64>,
    ) -> (bool, Ruling) {
        let ledger = Ledger { state: &self.state.ledger, now: self.now, asking, undo_of };
        let mut holding = crate::guard::NotHalted
            .rule(action, &ledger)
            .meet(crate::guard::ValidLease.rule(action, &ledger));
        if let Some(reading) = self.clock.doubt_ahead() {
            // If it is right, leases and reports are older than they seem.
            let ahead = reading.since(self.now).as_secs_f64();
            let what = format!("the clock reads {reading}, {ahead:.0} s ahead, and is doubted");
            let limit = Clock::LARGEST_JUMP.as_secs_f64();
            holding = holding.meet(Ruling::deny(Reason::new("clock", what, ahead, limit)));
        }
        // After a crash the fleet is known by what was told since: one instance of three looks like all there
        // are.
        let known_from = self.awake_since.unwrap_or(self.now) + self.state.ledger.terms.handover;
        if self.now < known_from && action.verb.impact(usize::MAX).worst() != Share::Nothing {
            let needed = self.state.ledger.terms.handover.as_secs_f64();
            let awake = needed - known_from.since(self.now).as_secs_f64();
            let what = format!("the fleet may not be known yet, {awake:.1} s after a restart");
            holding = holding.meet(Ruling::deny(Reason::new("restart", what, awake, needed)));
        }
        let held = holding.is_denied();
        let switches = crate::guard::Switches.rule(action, &ledger);
        let frozen = crate::guard::Freeze::new().rule(action, &ledger);
        let own = holding.meet(switches).meet(frozen);
        let ruling = self.guards.iter().fold(own, |ruling, guard| ruling.meet(guard.rule(action, &ledger)));
        self.guard_stats.count(&ruling);
        (held, ruling)
    }

    /// Writes a record, which is the only way to change what must survive.
    pub(super) fn write(&mut self, entry: Entry<V>, effects: &mut Effects<V>) -> u64 {
        let record = Record { sequence: self.state.next_record, at: self.now, entry };
        let touched = record.entry.incident();
        let tried = |state: &State<V>| {
            touched.and_then(|i| state.incidents.get(&i)).map_or(0, |open| open.tried.len())
        };
        let before = tried(&self.state);
        let folded = self.state.apply(&record);
        debug_assert!(folded.is_ok(), "own records are in order");
        self.changed = true;
        self.all_touched |= touched.is_none();
        let sequence = record.sequence;
        if tried(&self.state) > before {
            let last = touched.and_then(|i| self.state.incidents.get(&i)).and_then(|open| open.tried.last());
            effects.0.extend(last.cloned().map(Effect::Learn));
        }
        self.follow(&record.entry, effects);
        if let Some(volatile) = touched.and_then(|incident| self.volatile.get_mut(&incident)) {
            (volatile.is_touched, self.any_touched) = (true, true);
        }
        effects.0.push(Effect::Append(record));
        sequence
    }
}
