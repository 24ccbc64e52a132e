//! Requests, good and bad, by counters or spans.

use crate::collector::selector::Selector;
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};
use std::collections::BTreeMap;

/// What says how many requests there were, and how many were bad.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// Counters: of all requests, and of those that were bad.
    Counters { all: Selector, bad: Selector },
    /// Spans of a service that was called.
    Spans { service: Name },
}

/// Requests of a symptom, put together by the step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RequestRule {
    pub(super) symptom: Name,
    pub(super) source: Source,
    /// By the begin of a step and the place that tells of them.
    pending: BTreeMap<(Timestamp, Name), Pending>,
    /// What was counted in fractions of a request.
    carry: [f64; 2],
}

/// What was counted within a step: the newest time, good and bad ones.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Pending {
    newest: Timestamp,
    counts: [f64; 2],
}

/// Requests of a step that is over, of all places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counted {
    pub(super) newest: Timestamp,
    pub(super) good: u64,
    pub(super) bad: u64,
}

/// How many steps of places may be put together at once; a sender that catches up after days gives no more.
const MOST_PENDING: usize = 100_000;

impl RequestRule {
    pub(super) fn new(symptom: Name, source: Source) -> Self {
        Self { symptom, source, pending: BTreeMap::new(), carry: [0.0; 2] }
    }

    /// Adds good or bad requests that a place tells of. False if there is no room for more.
    pub(super) fn add(
        &mut self,
        at: Timestamp,
        place: &Name,
        is_bad: bool,
        amount: f64,
        step: Duration,
    ) -> bool {
        let key = (begin_of_step(at, step), place.clone());
        if self.pending.len() >= MOST_PENDING && !self.pending.contains_key(&key) {
            return false;
        }
        let pending = self.pending.entry(key).or_insert(Pending { newest: at, counts: [0.0; 2] });
        pending.newest = pending.newest.max(at);
        pending.counts[usize::from(is_bad)] += amount;
        true
    }

    /// The steps that are over, without the places of which a part is missing; how many of those there were.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        step: Duration,
        is_whole: impl Fn(&Name) -> bool,
    ) -> (Vec<Counted>, usize) {
        let current = begin_of_step(now, step);
        let mut due: BTreeMap<Timestamp, Pending> = BTreeMap::new();
        let mut left_out = 0;
        self.pending.retain(|(begin, place), pending| {
            // What lies ahead counts as of now, and is not to be waited for.
            if *begin >= current && *begin <= current + step {
                return true;
            }
            if is_whole(place) {
                let all = due.entry(*begin).or_insert(Pending { newest: pending.newest, counts: [0.0; 2] });
                all.newest = all.newest.max(pending.newest);
                all.counts = [0, 1].map(|i| all.counts[i] + pending.counts[i]);
            } else {
                left_out += 1;
            }
            false
        });
        let mut counted = Vec::with_capacity(due.len());
        for pending in due.into_values() {
            let mut whole = [0; 2];
            for (i, count) in pending.counts.into_iter().enumerate() {
                let sum = (self.carry[i] + count).min(1e15);
                // At least 0, and below 2^53.
                whole[i] = (sum + 1e-6).floor() as u64;
                self.carry[i] = (sum - whole[i] as f64).max(0.0);
            }
            counted.push(Counted { newest: pending.newest, good: whole[0], bad: whole[1] });
        }
        (counted, left_out)
    }
}

/// When the step began in which a time lies; steps are whole multiples since 1970.
pub(super) fn begin_of_step(at: Timestamp, step: Duration) -> Timestamp {
    let step = i64::try_from(step.as_nanos()).unwrap_or(i64::MAX).max(1);
    Timestamp::from_nanos(at.as_nanos().div_euclid(step).saturating_mul(step))
}
