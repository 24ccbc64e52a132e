//! The driver: the blocking loop around the machine.

#![cfg_attr(feature = "journal", doc = "| [`Journal`] | a log in a file |")]

use crate::driver::log::Log;
use crate::executor::Executor;
use crate::machine::Event;
use crate::machine::Notice;
use crate::machine::Record;
use crate::machine::Remediator;
use crate::machine::RemediatorBuilder;
use crate::machine::{Effect, Outcome};
use crate::policy::Policy;
use crate::verb::StandardVerb;
use crate::verb::Verb;
use crate::verify::ErrorRatio;
use crate::verify::Verifier;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use evenkeel_core::{Error, Timestamp};
use std::io;

/// A [`Remediator`] with a policy that is asked, an executor that acts, and a log that is written ahead: one
/// call for an event, and everything that follows from it is done when it returns.
///
/// An action blocks the call for as long as the executor takes. After an error of the log nothing more is
/// done ([`is_broken`](Self::is_broken)): what is not durable must not be acted on. Start anew from the log
/// then.
#[derive(Debug)]
pub struct Driver<P, E, L, V = StandardVerb, R = ErrorRatio> {
    machine: Remediator<V, R>,
    policy: P,
    executor: E,
    log: L,
    outcomes: BTreeMap<u64, Outcome>,
    broken: bool,
}

/// The most outcomes of ended incidents that a driver keeps.
const MOST_OUTCOMES: usize = 1000;

impl<P, E, L, V, R> Driver<P, E, L, V, R>
where
    V: Verb,
    R: Verifier + Clone,
    P: Policy<V>,
    E: Executor<V>,
    L: Log<V>,
{
    /// Joins them. For a machine that [recovered](Remediator::recover), the log goes on where its records
    /// end.
    pub fn new(machine: Remediator<V, R>, policy: P, executor: E, log: L) -> Self {
        Self { machine, policy, executor, log, outcomes: BTreeMap::new(), broken: false }
    }

    /// Goes on after a crash: a machine of these settings that knows what the records of the log say, and a
    /// log that goes on where they end. What was begun and has no result is probed by the first
    /// [`step`](Self::step).
    ///
    /// # Errors
    /// Those of [`Remediator::recover`].
    pub fn recover(
        settings: RemediatorBuilder<V, R>,
        records: impl IntoIterator<Item = Record<V>>,
        policy: P,
        executor: E,
        log: L,
    ) -> Result<Self, Error> {
        Ok(Self::new(Remediator::recover(settings, records)?, policy, executor, log))
    }

    /// Takes an event, and what the executor [finished](Executor::finished) since, and does what follows from
    /// it.
    ///
    /// # Errors
    /// That of the log. Then, and ever after, nothing is done.
    pub fn step(&mut self, now: Timestamp, event: impl Into<Event<V>>) -> io::Result<Vec<Notice<V>>> {
        if self.broken {
            return Err(io::Error::other("the log failed before; start anew from it"));
        }
        let mut notices = Vec::new();
        let mut events = VecDeque::new();
        while let Some((key, outcome)) = self.executor.finished() {
            events.push_back(Event::Applied { key, outcome });
        }
        events.push_back(event.into());
        while let Some(event) = events.pop_front() {
            let mut written = None;
            for effect in self.machine.step(now, event) {
                match effect {
                    Effect::Append(record) => {
                        self.log.append(&record).inspect_err(|_| self.broken = true)?;
                        written = Some(record.sequence());
                    }
                    Effect::Decide { incident } => {
                        if let Some(situation) = self.machine.situation(incident) {
                            let decision = self.policy.decide(&situation);
                            events.push_back(Event::Decided { incident, decision });
                        }
                    }
                    Effect::Learn(tried) => self.policy.learn(&tried),
                    Effect::Release(permit) => {
                        let key = permit.key();
                        let outcome = self.executor.apply(permit);
                        events.push_back(Event::Applied { key, outcome });
                    }
                    Effect::Probe { key } => {
                        let outcome = self.executor.probe(key);
                        events.push_back(Event::Applied { key, outcome });
                    }
                    Effect::Notice(notice) => {
                        self.remember(&notice);
                        notices.push(notice);
                    }
                    Effect::WakeAt(_) => {}
                }
            }
            if let Some(sequence) = written {
                self.log.sync().inspect_err(|_| self.broken = true)?;
                events.push_back(Event::Durable { sequence });
            }
        }
        Ok(notices)
    }

    fn remember(&mut self, notice: &Notice<V>) {
        if let Notice::Closed { incident, outcome } = notice {
            if self.outcomes.len() >= MOST_OUTCOMES {
                self.outcomes.pop_first();
            }
            self.outcomes.insert(*incident, outcome.clone());
        }
    }

    /// When [`step`](Self::step) is to be called with [`Event::Tick`] at the latest.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.machine.wake_at()
    }

    /// Whether the log failed: nothing is done any more.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// How an incident ended, if it did since this process started and is one of the last thousand.
    #[must_use]
    pub fn outcome(&self, incident: u64) -> Option<&Outcome> {
        self.outcomes.get(&incident)
    }

    /// The machine.
    #[must_use]
    pub fn machine(&self) -> &Remediator<V, R> {
        &self.machine
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// The executor.
    #[must_use]
    pub fn executor(&self) -> &E {
        &self.executor
    }

    /// The executor, to change its settings.
    pub fn executor_mut(&mut self) -> &mut E {
        &mut self.executor
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &L {
        &self.log
    }
}
