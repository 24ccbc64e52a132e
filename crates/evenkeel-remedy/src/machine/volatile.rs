//! The volatile state of an incident, not kept across a crash.

use crate::action::Action;
use crate::machine::predicted::Predicted;
use crate::verify::{Recovery, Verifier};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};

/// What of an incident need not survive a crash.
#[derive(Debug, Clone)]
pub(super) struct Volatile<V, R> {
    pub(super) verifier: R,
    /// Samples from before, or of the same second, do not count.
    pub(super) verified_from: Timestamp,
    /// The time of the last sample that counted.
    pub(super) counted: Option<Timestamp>,
    /// What was added to the times of samples for the verifier, to which they never go back.
    pub(super) added: Duration,
    pub(super) last: Option<Recovery>,
    /// Whether a record, or what was seen, changed anything since it was advanced.
    pub(super) is_touched: bool,
    /// Whether a change of the ledger may move it.
    pub(super) heeds_changes: bool,
    /// When it is due without either.
    pub(super) due: Option<Timestamp>,
    /// What was predicted last, where that was not recorded.
    pub(super) predicted: Option<Box<Predicted>>,
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

impl<V, R: Verifier> Volatile<V, R> {
    pub(super) fn new(verifier: R, now: Timestamp) -> Self {
        Self {
            verifier,
            verified_from: now,
            counted: None,
            added: Duration::ZERO,
            last: None,
            is_touched: true,
            heeds_changes: true,
            due: None,
            predicted: None,
            asked: false,
            proposal: Proposal::default(),
            shown: Vec::new(),
            paused: None,
        }
    }

    pub(super) fn verify_anew(&mut self, from: Timestamp) {
        self.verifier.restart();
        self.verified_from = from;
        self.last = None;
    }

    /// Whether a sample of this time is surely later than the last action and than what counted before.
    pub(super) fn is_new(&self, time: Timestamp) -> bool {
        time.as_seconds() > self.verified_from.as_seconds() && self.counted.is_none_or(|last| time > last)
    }

    pub(super) fn set_back(&mut self, by: Duration) {
        let back = |time: &mut Timestamp| *time = *time - by;
        back(&mut self.verified_from);
        let proposal = &mut self.proposal;
        let times =
            [&mut self.counted, &mut proposal.give_up, &mut proposal.recheck, &mut proposal.not_before];
        times.into_iter().flatten().for_each(back);
        self.paused.iter_mut().for_each(|paused| back(&mut paused.since));
        self.added = self.added.saturating_add(by);
    }
}

/// When an action without a result is asked about next, and how often.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) next: Timestamp,
    pub(super) every: Duration,
}
