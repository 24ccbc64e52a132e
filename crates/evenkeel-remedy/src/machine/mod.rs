//! The machine.

mod advance;
mod builder;
mod case;
mod effect;
mod event;
mod flight;
mod fold;
mod live;
mod notice;
mod take;
mod verdict;

pub use builder::RemediatorBuilder;
pub use effect::{Effect, Effects, Outcome};
pub use event::Event;
pub use live::{Distrusted, Status, GuardStats};
pub use notice::Notice;

use crate::ledger::Book;
use crate::{
    Action, Clock, Entry, ErrorRatio, Guard, Key, Ledger, Reason, Record, Recovery, Verb, Ruling, Share,
    Situation, StandardVerb, Verifier,
};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use builder::Limits;
use case::{Case, Phase, Position};
use core::time::Duration;
use evenkeel_core::{Diagnosis, Error, Name, Timestamp};
use live::Live;

/// The machine that lets a policy act, and answers for it: events in, effects out, no input or output of its own.
///
/// It opens incidents, asks the policy, lets guards rule, writes the intent ahead, issues permits, and verifies by what users feel. What
/// it promises holds for **any** policy and any executor that keeps [its own promises](crate::Executor):
///
/// 1. What was not ruled on cannot run: a [`Permit`](crate::Permit) is made here only.
/// 2. Guards are order-free, one more never permits more, and all rule again at the moment a permit is issued.
/// 3. The blast radius is judged on the state after the action; in flight, in doubt and of unknown health is out.
/// 4. No data is never good.
/// 5. Recovery is a sequential test, valid whenever it is read, of what was seen after the last action only.
/// 6. Intent is written ahead; after a crash an intent without a result is probed; nothing is applied twice.
/// 7. Taking back is an action and is ruled on.
/// 8. Every incident ends: budgets and a deadline force it, and escalation is absorbing. A clock that jumps delays it by a minute, or
///    by one reading.
/// 9. The default is to advise: everything is ruled, logged and verified, and nothing runs until acting is switched on for a verb.
/// 10. People come first: [`Event::Halt`] is at once and absorbing until [`Event::Resume`]; what others do counts as in flight.
/// 11. Two copies never double the blast radius: without a valid lease the ruling is deny, and a permit carries its token.
///
/// A step costs O(open incidents + flights), and for an action that is ruled on what its guards cost. Memory is O(fleet + open
/// incidents + remembered actions); remembered is what is younger than the longest that a guard looks back, and at most 10,000.
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, FaultKind, Timestamp};
/// use evenkeel_remedy::{
///     Action, Decision, Effect, ErrorRatio, Event, Notice, Plan, Remediator, Target, StandardVerb,
/// };
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
    limits: Limits,
    guards: Vec<Arc<dyn Guard<V>>>,
    prototype: R,
    /// Verifiers of incidents that were noticed by something else.
    prototypes: BTreeMap<Name, R>,
    /// What must survive a crash, and the telemetry.
    state: State<V>,
    /// What need not.
    now: Timestamp,
    clock: Clock,
    /// When it wanted to be woken, last.
    wakes: Option<Timestamp>,
    /// Since when it is told things in this life; of one that recovered `None` until the first step.
    awake_since: Option<Timestamp>,
    /// The largest token of a lease in this life.
    seen_token: u64,
    distrusted: Distrusted,
    lives: BTreeMap<u64, Live<V, R>>,
    /// Intents that are not durable yet, by the number of their record.
    undurable: BTreeMap<u64, Key>,
    /// When permits were issued in this life.
    released: BTreeMap<Key, Timestamp>,
    probes: BTreeMap<Key, Probe>,
    /// Whether the ledger changed since proposals were last ruled on.
    changed: bool,
    guard_stats: GuardStats,
    strays: u64,
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    next: Timestamp,
    every: Duration,
}

/// What folding records makes; the telemetry in the book aside.
#[derive(Debug, Clone, PartialEq)]
struct State<V> {
    book: Book<V>,
    cases: BTreeMap<u64, Case<V>>,
    next_incident: u64,
    next_record: u64,
    latest: Timestamp,
    most_attempts: u32,
}

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// A machine that verifies with copies of this verifier.
    pub fn builder(verifier: R) -> RemediatorBuilder<V, R> {
        RemediatorBuilder::new(verifier)
    }

    /// A machine that goes on after a crash: the records of its log, in order, folded into the same settings.
    ///
    /// What was written and has no result is in doubt: the first [`step`](Self::step) probes it. Telemetry, the lease and what was
    /// agreed to are not in the log and have to come again; verification begins anew, and the time for it with the first step. Until
    /// the fleet had time to be [told again](RemediatorBuilder::handover), nothing is taken out of service.
    ///
    /// # Errors
    /// If the settings are invalid or the records not numbered without gaps from 0.
    pub fn recover(
        settings: RemediatorBuilder<V, R>,
        records: impl IntoIterator<Item = Record<V>>,
    ) -> Result<Self, Error> {
        let mut machine = settings.build()?;
        for record in records {
            machine.state.fold(&record)?;
        }
        machine.now = machine.state.latest;
        if machine.state.next_record > 0 {
            machine.clock = Clock::from_time(machine.now);
        }
        // Also of a log without a record: who recovers may have died before the first.
        machine.awake_since = None;
        for (incident, case) in &machine.state.cases {
            // What an action was given to settle is not over because of a crash.
            let settled = case.course().and_then(|course| match course.position {
                Position::Verifying { since, .. } => Some(since + course.plan.settles_for()),
                _ => None,
            });
            let from = settled.map_or(machine.now, |settled| settled.max(machine.now));
            let verifier = machine.verifier_of(case.symptom.as_ref());
            machine.lives.insert(*incident, Live::new(verifier, from));
        }
        machine.changed = true;
        machine.wakes = machine.wake_at();
        Ok(machine)
    }

    /// Takes an event, at a reading of the clock, and says what it wants.
    ///
    /// A [`Clock`] decides what time it is. A reading more than five minutes ahead of the last, or of the time at which it wanted to be
    /// woken, is doubted until another follows, unless nothing is under way; until then no action is permitted and no time is over.
    /// One up to a minute back counts as the time that it is already. If the clock was set back further, everything that is counted
    /// from a time moves back with it, under a record ([`Entry::ClockSetBack`](crate::Entry::ClockSetBack)), so that deadlines and
    /// pauses are as long as they should be; dates (freezes, what others announced) stay.
    pub fn step(&mut self, now: Timestamp, event: Event<V>) -> Effects<V> {
        let mut effects = Effects::new();
        let expected = if self.state.is_idle(self.now) { Some(Timestamp::MAX) } else { self.wakes };
        let before = self.clock.now();
        let back = self.clock.read(now, expected.unwrap_or(Timestamp::MIN));
        self.now = self.clock.now().unwrap_or(now);
        self.watch_for(before.map(|before| self.now.since(before)).unwrap_or_default());
        if !back.is_zero() {
            self.write(Entry::ClockSetBack { by: back }, &mut effects);
        }
        // A reading that is doubted, or late, leaves the time where the log ended, which may be long ago.
        if self.now == now {
            self.awake_since.get_or_insert(now);
        }
        self.take(event, &mut effects);
        self.check_flights(&mut effects);
        let incidents: Vec<u64> = self.state.cases.keys().copied().collect();
        for incident in incidents {
            self.advance(incident, &mut effects);
        }
        self.changed = false;
        self.wakes = self.wake_at();
        effects.0.extend(self.wakes.map(Effect::WakeAt));
        effects
    }

    /// Time passed. What needs a time of watching, after a restart or a new lease, needs several events in it: a clock that leaps, by
    /// too little to be doubted, does not end it. So one step counts as a quarter of that time at most.
    fn watch_for(&mut self, passed: Duration) {
        let unwatched = passed.saturating_sub(self.state.book.terms.handover / 4);
        if !unwatched.is_zero() {
            self.awake_since = self.awake_since.map(|since| since + unwatched);
            if let Some(lease) = &mut self.state.book.lease {
                lease.since = lease.since + unwatched;
            }
        }
    }

    /// A fresh verifier of an incident that was noticed by this.
    fn verifier_of(&self, symptom: Option<&Name>) -> R {
        symptom.and_then(|symptom| self.prototypes.get(symptom)).unwrap_or(&self.prototype).clone()
    }

    /// By what an open incident was noticed, if that was said.
    #[must_use]
    pub fn symptom(&self, incident: u64) -> Option<&Name> {
        self.state.cases.get(&incident)?.symptom.as_ref()
    }

    /// What a policy needs to decide on an open incident.
    #[must_use]
    pub fn situation(&self, incident: u64) -> Option<Situation<'_, V>> {
        let case = self.state.cases.get(&incident)?;
        Some(Situation {
            incident,
            opened: case.opened,
            symptom: case.symptom.as_ref(),
            deadline: case.opened + self.limits.deadline,
            actions_left: self.limits.actions.saturating_sub(case.actions),
            decisions_left: self.limits.decisions.saturating_sub(case.decisions).saturating_sub(1),
            diagnosis: &case.diagnosis,
            tried: &case.tried,
            refused: &case.refused,
            recovery: self.recovery(incident),
            ledger: self.ledger(),
        })
    }

    /// What guards may see, now.
    #[must_use]
    pub fn ledger(&self) -> Ledger<'_, V> {
        Ledger { book: &self.state.book, now: self.now, asking: None, undo_of: None }
    }

    /// The open incidents.
    pub fn incidents(&self) -> impl Iterator<Item = u64> {
        self.state.cases.keys().copied()
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
        Some(&self.state.cases.get(&incident)?.diagnosis)
    }

    /// What is known of how users fare since the last action of an incident; its upper limit shrinks as good data come.
    #[must_use]
    pub fn recovery(&self, incident: u64) -> Option<Recovery> {
        self.lives.get(&incident)?.last
    }

    /// What an open incident is at.
    #[must_use]
    pub fn status(&self, incident: u64) -> Option<Status> {
        Some(match &self.state.cases.get(&incident)?.phase {
            Phase::Deciding => Status::Deciding,
            Phase::Waiting { until } => Status::Waiting { until: *until },
            Phase::Under(course) => match course.position {
                Position::Proposed(_) => Status::Held,
                Position::Pending(m) => {
                    let key = m.key(incident);
                    let in_doubt = self.state.book.flights.get(&key).is_some_and(|f| f.in_doubt);
                    Status::InFlight { key, in_doubt }
                }
                Position::Verifying { since, .. } => Status::Verifying { since },
                Position::Keeping { until } => Status::Keeping { until },
                Position::UndoFailed => Status::Deciding,
            },
        })
    }

    /// How often guards ruled and objected in this life.
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

    /// From when on samples count for an open incident, if they lie in a later whole second: the end of the last action, with what
    /// its plan gives it to settle, or the opening.
    #[must_use]
    pub fn judged_from(&self, incident: u64) -> Option<Timestamp> {
        self.lives.get(&incident).map(|live| live.judged_from)
    }

    /// Whether all that was done about an open incident is to advise, and nobody is known to have done it yet.
    #[must_use]
    pub fn is_advice(&self, incident: u64) -> bool {
        let course = self.state.cases.get(&incident).and_then(Case::course);
        course.is_some_and(case::Course::is_standing_advice)
    }

    /// Whether this machine and another remember the same: what [`recover`](Self::recover) would make of their logs is equal.
    #[must_use]
    pub fn remembers_like(&self, other: &Self) -> bool {
        let durable = |state: &State<V>| {
            let mut state = state.clone();
            state.book.fleet.clear();
            state.book.sources.clear();
            state.book.gone.clear();
            state.book.lease = None;
            state
        };
        durable(&self.state) == durable(&other.state)
    }

    /// All guards on an action: those that hold it as long as they object, and all together.
    fn rule(&mut self, action: &Action<V>, asking: Option<Key>, undo_of: Option<u64>) -> (bool, Ruling) {
        let ledger = Ledger { book: &self.state.book, now: self.now, asking, undo_of };
        let mut holding =
            crate::NotHalted.rule(action, &ledger).meet(crate::ValidLease.rule(action, &ledger));
        if let Some(reading) = self.clock.doubt_ahead() {
            // If it is right, leases and reports are older than they seem.
            let ahead = reading.since(self.now).as_secs_f64();
            let what = format!("the clock reads {reading}, {ahead:.0} s ahead, and is doubted");
            let limit = Clock::LARGEST_JUMP.as_secs_f64();
            holding = holding.meet(Ruling::deny(Reason::new("clock", what, ahead, limit)));
        }
        // After a crash the fleet is known by what was told since: one instance of three looks like all there are.
        let known_from = self.awake_since.unwrap_or(self.now) + self.state.book.terms.handover;
        if self.now < known_from && action.verb.impact(usize::MAX).worst() != Share::Nothing {
            let needed = self.state.book.terms.handover.as_secs_f64();
            let awake = needed - known_from.since(self.now).as_secs_f64();
            let what = format!("the fleet may not be known yet, {awake:.1} s after a restart");
            holding = holding.meet(Ruling::deny(Reason::new("restart", what, awake, needed)));
        }
        let held = holding.is_denied();
        let switches = crate::Switches.rule(action, &ledger);
        let frozen = crate::Freeze::new().rule(action, &ledger);
        let own = holding.meet(switches).meet(frozen);
        let ruling = self.guards.iter().fold(own, |ruling, guard| ruling.meet(guard.rule(action, &ledger)));
        self.guard_stats.count(&ruling);
        (held, ruling)
    }

    /// Writes a record, which is the only way to change what must survive.
    fn write(&mut self, entry: Entry<V>, effects: &mut Effects<V>) -> u64 {
        let record = Record { sequence: self.state.next_record, at: self.now, entry };
        let touched = live::incident_of(&record.entry);
        let tried =
            |state: &State<V>| touched.and_then(|i| state.cases.get(&i)).map_or(0, |case| case.tried.len());
        let before = tried(&self.state);
        let folded = self.state.fold(&record);
        debug_assert!(folded.is_ok(), "own records are in order");
        self.changed = true;
        let sequence = record.sequence;
        if tried(&self.state) > before {
            let last = touched.and_then(|i| self.state.cases.get(&i)).and_then(|case| case.tried.last());
            effects.0.extend(last.cloned().map(Effect::Learn));
        }
        self.follow(&record.entry, effects);
        effects.0.push(Effect::Append(record));
        sequence
    }
}
