//! What of an incident need not survive a crash.

use super::case::{Phase, Position};
use super::{Effects, Notice, Remediator, Verifier};
use crate::{Action, Entry, Key, Recovery, Verb, Ruling, Verdict};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};

/// What of an incident need not survive a crash.
#[derive(Debug, Clone)]
pub(super) struct Live<V, R> {
    pub(super) verifier: R,
    /// Samples from before, or of the same second, do not count.
    pub(super) judged_from: Timestamp,
    /// The time of the last sample that counted.
    pub(super) counted: Option<Timestamp>,
    /// What was added to the times of samples for the verifier, to which they never go back.
    pub(super) added: Duration,
    pub(super) last: Option<Recovery>,
    /// Whether the policy was asked and has not answered.
    pub(super) asked: bool,
    pub(super) proposal: Proposal,
    /// What guards said last of each action.
    pub(super) shown: Vec<(Action<V>, Shown)>,
    /// What was refused and wanted again at once, if the policy waits for that.
    pub(super) paused: Option<Paused<V>>,
}

#[derive(Debug, Clone)]
pub(super) struct Paused<V> {
    pub(super) action: Action<V>,
    pub(super) since: Timestamp,
    /// Whether the ledger changed since guards ruled on it last.
    pub(super) changed: bool,
}

/// Denied, advised only, approval needed, later; and which guards object.
pub(super) type Shown = ([bool; 4], Vec<Name>);

/// What is known of the proposal that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposal {
    /// Which action it is.
    pub(super) number: Option<u32>,
    pub(super) give_up: Option<Timestamp>,
    pub(super) recheck: Option<Timestamp>,
    /// Not before, whatever changes: its permit was withdrawn just now.
    pub(super) not_before: Option<Timestamp>,
    pub(super) asked: bool,
    pub(super) approved: bool,
}

impl<V, R: Verifier> Live<V, R> {
    pub(super) fn new(verifier: R, now: Timestamp) -> Self {
        Self {
            verifier,
            judged_from: now,
            counted: None,
            added: Duration::ZERO,
            last: None,
            asked: false,
            proposal: Proposal::default(),
            shown: Vec::new(),
            paused: None,
        }
    }

    fn judge_anew(&mut self, from: Timestamp) {
        self.verifier.restart();
        self.judged_from = from;
        self.last = None;
    }

    /// Whether a sample of this time is surely later than the last action and than what counted before.
    pub(super) fn is_new(&self, time: Timestamp) -> bool {
        time.as_seconds() > self.judged_from.as_seconds() && self.counted.is_none_or(|last| time > last)
    }

    fn set_back(&mut self, by: Duration) {
        let back = |time: &mut Timestamp| *time = *time - by;
        back(&mut self.judged_from);
        let proposal = &mut self.proposal;
        let times =
            [&mut self.counted, &mut proposal.give_up, &mut proposal.recheck, &mut proposal.not_before];
        times.into_iter().flatten().for_each(back);
        self.paused.iter_mut().for_each(|paused| back(&mut paused.since));
        self.added = self.added.saturating_add(by);
    }
}

/// What was not believed, or came too late to count: how often, since this machine was built or recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Distrusted {
    /// Samples that had requests, and were not later than the last action's second or than a sample that counted before.
    pub late_samples: u64,
    /// Samples more than a second ahead of the clock.
    pub future_samples: u64,
    /// Reports on instances and sources with a time more than a second ahead of the clock: they count as of when they came.
    pub future_reports: u64,
    /// Leases with a smaller token than one seen before.
    pub old_leases: u64,
    /// Incidents whose number does not rise.
    pub old_incidents: u64,
    /// Readings of the clock that were too far ahead or back to be believed at once.
    pub doubted_readings: u64,
    /// Readings of the clock up to a minute before the time.
    pub late_readings: u64,
    /// How often the clock was set back.
    pub set_back: u64,
}

/// How often guards ruled, and which objected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardStats {
    rulings: u64,
    permitted: u64,
    by_guard: BTreeMap<Name, u64>,
}

impl GuardStats {
    pub(super) fn count(&mut self, ruling: &Ruling) {
        self.rulings = self.rulings.saturating_add(1);
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

#[cfg(feature = "simulator")]
impl Distrusted {
    pub(crate) fn add(&mut self, more: Self) {
        for (sum, n) in [
            (&mut self.late_samples, more.late_samples),
            (&mut self.future_samples, more.future_samples),
            (&mut self.future_reports, more.future_reports),
            (&mut self.old_leases, more.old_leases),
            (&mut self.old_incidents, more.old_incidents),
            (&mut self.doubted_readings, more.doubted_readings),
            (&mut self.late_readings, more.late_readings),
            (&mut self.set_back, more.set_back),
        ] {
            *sum = sum.saturating_add(n);
        }
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
        | Entry::Followed { incident, .. }
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
        | Entry::ExternalAction(_)
        | Entry::Returned { .. }
        | Entry::Gone { .. }
        | Entry::ClockSetBack { .. } => None,
    }
}

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// Brings what need not survive in line with what a record made.
    pub(super) fn follow(&mut self, entry: &Entry<V>, effects: &mut Effects<V>) {
        match entry {
            Entry::ClockSetBack { by } => return self.set_back(*by),
            Entry::ExternalAction(_) => {
                // What was advised and is being done is judged from its end on.
                for (incident, live) in &mut self.lives {
                    let course = self.state.cases.get(incident).and_then(|case| case.course());
                    if let Some(course) = course.filter(|c| c.followed)
                        && let Position::Verifying { since, .. } = course.position
                        && since + course.plan.settles_for() != live.judged_from
                    {
                        let from = since + course.plan.settles_for();
                        live.judge_anew(from);
                        effects.tell(Notice::Followed { incident: *incident });
                        effects.tell(Notice::Verifying { incident: *incident, from });
                    }
                }
                return;
            }
            _ => {}
        }
        let Some(incident) = incident_of(entry) else { return };
        let Some(case) = self.state.cases.get(&incident) else {
            self.lives.remove(&incident);
            return;
        };
        let now = self.now;
        if !self.lives.contains_key(&incident) {
            self.lives.insert(incident, Live::new(self.verifier_of(case.symptom.as_ref()), now));
        }
        let Some(live) = self.lives.get_mut(&incident) else { return };
        let waits = matches!(entry, Entry::Diagnosed { .. }) && case.phase == Phase::Deciding && live.asked;
        if !waits {
            live.asked = false;
        }
        match entry {
            // From here on other data count: those since the last action, once it has settled.
            Entry::Settled { .. }
            | Entry::Judged { .. }
            | Entry::Advised { .. }
            | Entry::Followed { .. }
            | Entry::Lifted { .. } => {
                let settle = case.course().map(|c| c.plan.settles_for()).unwrap_or_default();
                live.judge_anew(now + settle);
                if matches!(entry, Entry::Followed { .. }) {
                    effects.tell(Notice::Followed { incident });
                }
                if !matches!(entry, Entry::Judged { verdict: Verdict::Recovered, .. }) {
                    effects.tell(Notice::Verifying { incident, from: live.judged_from });
                }
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
        if matches!(entry, Entry::Withdrawn { .. }) {
            live.proposal.not_before = Some(now + self.limits.recheck);
        }
        if !matches!(case.phase, Phase::Waiting { .. }) {
            live.paused = None;
        }
    }

    /// The clock was set back: what is counted from a time is as old as it was.
    fn set_back(&mut self, by: Duration) {
        self.lives.values_mut().for_each(|live| live.set_back(by));
        self.awake_since = self.awake_since.map(|since| since - by);
        for time in self.released.values_mut() {
            *time = *time - by;
        }
        for probe in self.probes.values_mut() {
            probe.next = probe.next - by;
        }
    }
}
