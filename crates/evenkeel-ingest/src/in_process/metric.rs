//! What the handles of `metrics` count in.

use crate::in_process::atomic_buckets::{AtomicBuckets, Counted};
use metrics::{CounterFn, GaugeFn, HistogramFn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a metric is; part of what tells two apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum MetricType {
    Counter,
    Gauge,
    Histogram,
}

/// What a handle counts in.
#[derive(Debug, Clone)]
pub(super) enum Metric {
    Counter(Arc<Counter>),
    Gauge(Arc<Gauge>),
    Histogram(Arc<Histogram>),
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    value: AtomicU64,
    /// Whether it was ever set to a total, which says nothing of when that was counted.
    is_absolute: AtomicBool,
    /// How often it was updated, where somebody asks.
    pub(super) updates: Option<AtomicU64>,
}

#[derive(Debug)]
pub(super) struct Gauge {
    /// The bits of its value, or [`UNSET`].
    bits: AtomicU64,
    pub(super) updates: Option<AtomicU64>,
}

#[derive(Debug)]
pub(super) struct Histogram {
    buckets: AtomicBuckets,
    /// The bits of the sum of what was recorded since it was taken last.
    sum: AtomicU64,
    pub(super) updates: Option<AtomicU64>,
}

/// A NaN that no computation gives: a gauge that was not set has no value, which is not 0.
const UNSET: u64 = u64::MAX;

fn count_update(updates: Option<&AtomicU64>) {
    if let Some(updates) = updates {
        updates.fetch_add(1, Ordering::Relaxed);
    }
}

fn add(bits: &AtomicU64, amount: f64) {
    let mut old = bits.load(Ordering::Relaxed);
    loop {
        let before = if old == UNSET { 0.0 } else { f64::from_bits(old) };
        let new = (before + amount).to_bits();
        match bits.compare_exchange_weak(old, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => old = now,
        }
    }
}

impl Counter {
    /// The total, and whether it was ever set to one.
    pub(super) fn total(&self) -> (u64, bool) {
        let value = self.value.load(Ordering::Acquire);
        (value, self.is_absolute.load(Ordering::Relaxed))
    }
}

impl Gauge {
    pub(super) fn value(&self) -> Option<f64> {
        let bits = self.bits.load(Ordering::Relaxed);
        (bits != UNSET).then(|| f64::from_bits(bits))
    }
}

impl Histogram {
    /// What was recorded since the last time, and its sum.
    pub(super) fn take(&self) -> (Counted, f64) {
        let counted = self.buckets.take();
        if counted.count == 0 {
            // A sum without its count waits for it.
            return (counted, 0.0);
        }
        (counted, f64::from_bits(self.sum.swap(0, Ordering::Relaxed)))
    }
}

impl CounterFn for Counter {
    fn increment(&self, value: u64) {
        self.value.fetch_add(value, Ordering::Relaxed);
        count_update(self.updates.as_ref());
    }

    fn absolute(&self, value: u64) {
        // Before the value: whoever sees that sees this.
        if !self.is_absolute.load(Ordering::Relaxed) {
            self.is_absolute.store(true, Ordering::Relaxed);
        }
        self.value.fetch_max(value, Ordering::Release);
        count_update(self.updates.as_ref());
    }
}

impl GaugeFn for Gauge {
    fn increment(&self, value: f64) {
        add(&self.bits, value);
        count_update(self.updates.as_ref());
    }

    fn decrement(&self, value: f64) {
        self.increment(-value);
    }

    fn set(&self, value: f64) {
        let bits = value.to_bits();
        self.bits.store(if bits == UNSET { f64::NAN.to_bits() } else { bits }, Ordering::Relaxed);
        count_update(self.updates.as_ref());
    }
}

impl HistogramFn for Histogram {
    fn record(&self, value: f64) {
        self.record_many(value, 1);
    }

    fn record_many(&self, value: f64, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        if self.buckets.record(value, count) {
            add(&self.sum, value * count as f64);
        }
        count_update(self.updates.as_ref());
    }
}

impl Metric {
    /// A new one, whose updates are counted or not.
    pub(super) fn new(kind: MetricType, counts_updates: bool) -> Self {
        let updates = counts_updates.then(AtomicU64::default);
        match kind {
            MetricType::Counter => Self::Counter(Arc::new(Counter { updates, ..Counter::default() })),
            MetricType::Gauge => Self::Gauge(Arc::new(Gauge { bits: AtomicU64::new(UNSET), updates })),
            MetricType::Histogram => {
                let (buckets, sum) = (AtomicBuckets::new(), AtomicU64::new(0));
                Self::Histogram(Arc::new(Histogram { buckets, sum, updates }))
            }
        }
    }

    /// How often it was updated since the last time that was asked; 0 if nobody counts.
    pub(super) fn take_updates(&self) -> u64 {
        let updates = match self {
            Self::Counter(counter) => &counter.updates,
            Self::Gauge(gauge) => &gauge.updates,
            Self::Histogram(histogram) => &histogram.updates,
        };
        updates.as_ref().map_or(0, |updates| updates.swap(0, Ordering::Relaxed))
    }
}
