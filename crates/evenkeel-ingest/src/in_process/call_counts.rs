//! How many calls there were, how many failed, and how long they took.

use crate::in_process::atomic_buckets::{AtomicBuckets, Counted};
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls from one component to another, counted by many threads at once.
#[derive(Debug)]
pub(super) struct CallCounts {
    /// Those that did not fail, and those that did: apart, so that there are never more failures than calls.
    counts: [AtomicU64; 2],
    /// In seconds.
    durations: AtomicBuckets,
    nanoseconds: AtomicU64,
    longest: AtomicU64,
}

/// What was counted since it was read last; at least one call.
pub(super) struct TakenCalls {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) durations: Counted,
    pub(super) total: Duration,
    pub(super) longest: Duration,
}

impl CallCounts {
    pub(super) fn new() -> Self {
        Self {
            counts: [AtomicU64::new(0), AtomicU64::new(0)],
            durations: AtomicBuckets::new(),
            nanoseconds: AtomicU64::new(0),
            longest: AtomicU64::new(0),
        }
    }

    pub(super) fn record(&self, duration: Duration, failed: bool) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        if nanoseconds > self.longest.load(Ordering::Relaxed) {
            self.longest.fetch_max(nanoseconds, Ordering::Relaxed);
        }
        self.durations.record(duration.as_secs_f64(), 1);
        // Last, so that whoever reads the call finds its length.
        self.counts[usize::from(failed)].fetch_add(1, Ordering::Release);
    }

    /// What was counted since the last time. One call that ends meanwhile may have its length in this and itself
    /// in the next.
    pub(super) fn take(&self) -> Option<TakenCalls> {
        let [good, failed] = [0, 1].map(|i: usize| self.counts[i].swap(0, Ordering::Acquire));
        let calls = good.saturating_add(failed);
        if calls == 0 {
            return None;
        }
        let total = Duration::from_nanos(self.nanoseconds.swap(0, Ordering::Relaxed));
        let longest = Duration::from_nanos(self.longest.swap(0, Ordering::Relaxed));
        Some(TakenCalls { calls, failed, durations: self.durations.take(), total, longest })
    }
}
