//! Settings of a machine.

use crate::guard::Guard;
use crate::ledger::Lease;
use crate::ledger::{LedgerState, Terms};
use crate::machine::Clock;
use crate::machine::Record;
use crate::machine::apply_record::State;
use crate::machine::distrusted::Distrusted;
use crate::machine::guard_stats::GuardStats;
use crate::machine::incident::Position;
use crate::machine::limits::Limits;
use crate::machine::remediator::Remediator;
use crate::machine::volatile::Volatile;
use crate::verb::Verb;
use crate::verify::Verifier;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Name, Timestamp};

/// Settings of a [`Remediator`].
#[derive(Debug, Clone)]
#[must_use]
pub struct RemediatorBuilder<V, R> {
    verifier: R,
    verifiers: BTreeMap<Name, R>,
    guards: Vec<Arc<dyn Guard<V>>>,
    acting: BTreeSet<Name>,
    lease: Option<Lease>,
    limits: Limits,
    terms: Terms,
}

impl<V: Verb, R: Verifier + Clone> RemediatorBuilder<V, R> {
    pub(super) fn new(verifier: R) -> Self {
        let seconds = Duration::from_secs;
        Self {
            verifier,
            verifiers: BTreeMap::new(),
            guards: Vec::new(),
            acting: BTreeSet::new(),
            lease: None,
            limits: Limits {
                deadline: seconds(1800),
                actions: 6,
                decisions: 30,
                attempts: 3,
                apply_within: seconds(60),
                verify_within: seconds(300),
                hold_for: seconds(300),
                probe_every: seconds(10),
                recheck: seconds(5),
                advise_for: seconds(600),
                refusal_pause: seconds(15),
            },
            terms: Terms {
                recheck: seconds(5),
                health_expires: seconds(60),
                handover: seconds(30),
                remember: seconds(3600),
            },
        }
    }

    /// A verifier of its own for incidents that were noticed by this symptom: a latency, a queue, the
    /// requests of one route.
    pub fn verifier_for(mut self, symptom: impl Into<Name>, verifier: R) -> Self {
        self.verifiers.insert(symptom.into(), verifier);
        self
    }

    /// One more guard.
    pub fn guard(mut self, guard: impl Guard<V> + 'static) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// One more guard that is shared.
    pub fn shared_guard(mut self, guard: Arc<dyn Guard<V>>) -> Self {
        self.guards.push(guard);
        self
    }

    /// Switches acting on for verbs of a [name](Verb::name). Default: none; everything is advised. The verb
    /// that undoes it has a name of its own: where it is not switched on, an undo is advised and the incident
    /// escalated.
    pub fn enable(mut self, verb: impl Into<Name>) -> Self {
        self.acting.insert(verb.into());
        self
    }

    /// There is no other copy of this machine, ever: it needs no lease. Default: without
    /// [`Event::Lease`](crate::machine::Event::Lease) everything is denied.
    pub fn without_lease(mut self) -> Self {
        self.lease = Some(Lease { token: 0, since: Timestamp::MIN, until: Timestamp::MAX });
        self
    }

    /// An incident that is older is escalated. Default 30 min.
    pub fn deadline(mut self, length: Duration) -> Self {
        self.limits.deadline = length;
        self
    }

    /// The most actions of an incident; taking back is counted and not refused for it. Default 6.
    pub fn max_actions(mut self, actions: u32) -> Self {
        self.limits.actions = actions;
        self
    }

    /// The most decisions of an incident. Default 30.
    pub fn max_decisions(mut self, decisions: u32) -> Self {
        self.limits.decisions = decisions;
        self
    }

    /// How often an action is attempted that turned out not to have been done. Default 3.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts;
        self
    }

    /// An action without a result is in doubt after so long. Default 60 s.
    pub fn apply_within(mut self, length: Duration) -> Self {
        self.limits.apply_within = length;
        self
    }

    /// What is not verified after so long did not help, unless all that was seen since [is
    /// promising](Verifier::is_promising): then it is waited for a verdict until the
    /// [deadline](Self::deadline). Default 5 min.
    pub fn verify_within(mut self, length: Duration) -> Self {
        self.limits.verify_within = length;
        self
    }

    /// How long a person has to do what was advised, where nothing was done yet. That users still suffer
    /// meanwhile speaks neither for nor against the advice; it counts as tried when the time is over, or as
    /// soon as somebody says that it was done ([`Event::Followed`](crate::machine::Event::Followed), or
    /// [`Event::ExternalAction`](crate::machine::Event::ExternalAction) on the same target) and it is
    /// verified within the time for that. If users are fine before, the incident has subsided; if acting is
    /// switched on for it or there is another diagnosis, the policy is asked anew. Default 10 min.
    pub fn advise_for(mut self, length: Duration) -> Self {
        self.limits.advise_for = length;
        self
    }

    /// How soon an action that was refused is proposed to the guards again, if the policy wants it again at
    /// once: the policy is asked again after so long, or when the guards said that they would agree, or as
    /// soon as they do because something changed. Default 15 s.
    pub fn refusal_pause(mut self, length: Duration) -> Self {
        self.limits.refusal_pause = length;
        self
    }

    /// For how long a proposal waits for what guards ask for (a time, a person). Default 5 min.
    pub fn hold_for(mut self, length: Duration) -> Self {
        self.limits.hold_for = length;
        self
    }

    /// How soon what is in doubt is probed again; each time twice as long, up to 64 times. Default 10 s.
    pub fn probe_every(mut self, length: Duration) -> Self {
        self.limits.probe_every = length;
        self
    }

    /// How soon guards are asked again that do not know until when they object, or that agreed to an action
    /// and, at the moment of its permit, not any more. Default 5 s.
    pub fn recheck(mut self, length: Duration) -> Self {
        self.limits.recheck = length;
        self.terms.recheck = length;
        self
    }

    /// For how long a report on an instance counts. Default 60 s.
    pub fn health_expires(mut self, length: Duration) -> Self {
        self.terms.health_expires = length;
        self
    }

    /// For how long after a new lease nothing is done, so that what the former holder began comes to light;
    /// and for how long after [recovery](Remediator::recover) nothing is taken out of service, so that the
    /// whole fleet is told. A step counts as a quarter of it at most, so that a clock that leaps does not end
    /// it. Default 30 s.
    pub fn handover(mut self, length: Duration) -> Self {
        self.terms.handover = length;
        self
    }

    /// The machine.
    ///
    /// # Errors
    /// If a length of time or a budget is zero, where that would let nothing happen: deadline, decisions,
    /// attempts, `apply_within`, `verify_within`, `probe_every`, `recheck`, `advise_for`, `refusal_pause`,
    /// `health_expires`. Any other length will do, [`Duration::MAX`] too: what is added to a time saturates.
    pub fn build(self) -> Result<Remediator<V, R>, Error> {
        let l = self.limits;
        for (name, length) in [
            ("deadline", l.deadline),
            ("apply_within", l.apply_within),
            ("verify_within", l.verify_within),
            ("probe_every", l.probe_every),
            ("recheck", l.recheck),
            ("advise_for", l.advise_for),
            ("refusal_pause", l.refusal_pause),
            ("health_expires", self.terms.health_expires),
        ] {
            Error::require(!length.is_zero(), name, "positive", "0")?;
        }
        Error::require(l.decisions > 0, "max_decisions", "positive", l.decisions)?;
        Error::require(l.attempts > 0, "max_attempts", "positive", l.attempts)?;
        let mut terms = self.terms;
        let longest = self.guards.iter().map(|g| g.looks_back()).max().unwrap_or_default();
        terms.remember = terms.remember.max(longest);
        Ok(Remediator {
            limits: l,
            guards: self.guards,
            prototype: self.verifier,
            prototypes: self.verifiers,
            state: State {
                ledger: LedgerState::new(terms, self.acting, self.lease),
                incidents: BTreeMap::new(),
                next_incident: 0,
                next_record: 0,
                latest: Timestamp::MIN,
                most_attempts: l.attempts,
            },
            now: Timestamp::MIN,
            clock: Clock::default(),
            wakes: None,
            awake_since: Some(Timestamp::MIN),
            seen_token: 0,
            distrusted: Distrusted::default(),
            volatile: BTreeMap::new(),
            undurable: BTreeMap::new(),
            released: BTreeMap::new(),
            probes: BTreeMap::new(),
            changed: false,
            // Nothing was looked at yet.
            all_touched: true,
            any_touched: false,
            flights_due: None,
            guard_stats: GuardStats::default(),
            strays: 0,
        })
    }
}

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// A machine that verifies with copies of this verifier.
    pub fn builder(verifier: R) -> RemediatorBuilder<V, R> {
        RemediatorBuilder::new(verifier)
    }

    /// A machine that goes on after a crash: the records of its log, in order, folded into the same settings.
    ///
    /// What was written and has no result is in doubt: the first [`step`](Self::step) probes it. Telemetry,
    /// the lease and what was agreed to are not in the log and have to come again; verification begins anew,
    /// and the time for it with the first step. Until the fleet had time to be [told
    /// again](RemediatorBuilder::handover), nothing is taken out of service.
    ///
    /// # Errors
    /// If the settings are invalid or the records not numbered without gaps from 0.
    pub fn recover(
        settings: RemediatorBuilder<V, R>,
        records: impl IntoIterator<Item = Record<V>>,
    ) -> Result<Self, Error> {
        let mut machine = settings.build()?;
        for record in records {
            machine.state.apply(&record)?;
        }
        machine.now = machine.state.latest;
        if machine.state.next_record > 0 {
            machine.clock = Clock::from_time(machine.now);
        }
        // Also of a log without a record: who recovers may have died before the first.
        machine.awake_since = None;
        for (incident, open) in &machine.state.incidents {
            // What an action was given to settle is not over because of a crash.
            let settled = open.course().and_then(|course| match course.position {
                Position::Verifying { since, .. } => Some(since + course.plan.settles_for()),
                _ => None,
            });
            let from = settled.map_or(machine.now, |settled| settled.max(machine.now));
            let verifier = machine.verifier_of(open.symptom.as_ref());
            machine.volatile.insert(*incident, Volatile::new(verifier, from));
        }
        machine.changed = true;
        machine.all_touched = true;
        machine.wakes = machine.wake_at();
        Ok(machine)
    }
}
