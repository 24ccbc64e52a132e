//! What of an incident need not survive a crash.

use super::case::{Phase, Position};
use super::{Remediator, Verifier};
use crate::{Entry, Key, Recovery, Remedy, Ruling};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use evenkeel_core::{Name, Timestamp};

/// What of an incident need not survive a crash.
#[derive(Debug, Clone)]
pub(super) struct Live<R> {
    pub(super) verifier: R,
    /// Samples from before are not judged by.
    pub(super) judged_from: Timestamp,
    pub(super) last: Option<Recovery>,
    /// Whether the policy was asked and has not answered.
    pub(super) asked: bool,
    pub(super) proposal: Proposal,
}

/// What is known of the proposal that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposal {
    /// Which action it is.
    pub(super) number: Option<u32>,
    pub(super) give_up: Option<Timestamp>,
    pub(super) recheck: Option<Timestamp>,
    pub(super) asked: bool,
    pub(super) approved: bool,
    pub(super) shown: Option<([bool; 4], Vec<Name>)>,
}

impl<R: Verifier> Live<R> {
    pub(super) fn new(verifier: R, now: Timestamp) -> Self {
        Self { verifier, judged_from: now, last: None, asked: false, proposal: Proposal::default() }
    }

    fn judge_anew(&mut self, from: Timestamp) {
        self.verifier.restart();
        self.judged_from = from;
        self.last = None;
    }
}

/// How often guards ruled, and which objected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    rulings: u64,
    permitted: u64,
    by_guard: BTreeMap<Name, u64>,
}

impl Tally {
    pub(super) fn count(&mut self, ruling: &Ruling) {
        self.rulings += 1;
        self.permitted += u64::from(ruling.reasons().is_empty());
        let mut last: Option<&Name> = None;
        for reason in ruling.reasons() {
            if last == Some(reason.guard()) {
                continue;
            }
            last = Some(reason.guard());
            match self.by_guard.get_mut(reason.guard()) {
                Some(n) => *n += 1,
                None => {
                    self.by_guard.insert(reason.guard().clone(), 1);
                }
            }
        }
    }

    /// How often all guards were asked.
    #[must_use]
    pub fn rulings(&self) -> u64 {
        self.rulings
    }

    /// How often none had anything to say.
    #[must_use]
    pub fn permitted(&self) -> u64 {
        self.permitted
    }

    /// How often each objected in some way.
    pub fn objections(&self) -> impl Iterator<Item = (&Name, u64)> {
        self.by_guard.iter().map(|(name, n)| (name, *n))
    }
}

/// What an open incident is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The policy is asked.
    Deciding,
    /// The policy wants to be asked again later.
    Waiting {
        /// When.
        until: Timestamp,
    },
    /// Guards hold an action back, or its turn is now.
    Held,
    /// An action is in flight.
    InFlight {
        /// Which.
        key: Key,
        /// Whether nobody knows what became of it.
        in_doubt: bool,
    },
    /// It is judged whether users are fine.
    Verifying {
        /// Since when.
        since: Timestamp,
    },
    /// A measure helped and is kept for a time.
    Keeping {
        /// Until when at least.
        until: Timestamp,
    },
}

/// Which incident a record is about.
pub(super) fn incident_of<V>(entry: &Entry<V>) -> Option<u64> {
    match entry {
        Entry::Opened { incident, .. }
        | Entry::Diagnosed { incident, .. }
        | Entry::Decided { incident, .. }
        | Entry::Refused { incident, .. }
        | Entry::Advised { incident, .. }
        | Entry::Judged { incident, .. }
        | Entry::Lifted { incident }
        | Entry::Closed { incident, .. } => Some(*incident),
        Entry::Intent { key, .. }
        | Entry::Withdrawn { key }
        | Entry::Doubted { key }
        | Entry::Settled { key, .. } => Some(key.incident),
        Entry::Halted { .. }
        | Entry::Resumed { .. }
        | Entry::Switched { .. }
        | Entry::Froze { .. }
        | Entry::Thawed { .. }
        | Entry::Outside(_)
        | Entry::Returned { .. } => None,
    }
}

impl<V: Remedy, R: Verifier + Clone> Remediator<V, R> {
    /// Brings what need not survive in line with what a record made.
    pub(super) fn follow(&mut self, entry: &Entry<V>) {
        let Some(incident) = incident_of(entry) else { return };
        let Some(case) = self.state.cases.get(&incident) else {
            self.lives.remove(&incident);
            return;
        };
        let (now, prototype) = (self.now, &self.prototype);
        let live = self.lives.entry(incident).or_insert_with(|| Live::new(prototype.clone(), now));
        let waits = matches!(entry, Entry::Diagnosed { .. }) && case.phase == Phase::Deciding && live.asked;
        if !waits {
            live.asked = false;
        }
        match entry {
            // From here on other data count: those since the last action, once it has settled.
            Entry::Settled { .. } | Entry::Judged { .. } | Entry::Advised { .. } | Entry::Lifted { .. } => {
                let settle = case.course().map(|c| c.plan.settles_for()).unwrap_or_default();
                live.judge_anew(now + settle);
            }
            _ => {}
        }
        let number = match case.course().map(|c| c.position) {
            Some(Position::Proposed(m) | Position::Pending(m)) => Some(m.number),
            _ => None,
        };
        if live.proposal.number != number {
            live.proposal = Proposal { number, ..Proposal::default() };
        }
    }
}
