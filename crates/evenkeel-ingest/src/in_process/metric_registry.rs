//! The metrics that a recorder counts in, by key.

use crate::in_process::intern_table::InternTable;
use crate::in_process::metric::{Metric, MetricType};
use crate::labels::{Labels, METRIC_NAME};
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use metrics::{Key, KeyName, Unit};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// All that recorder and reader share.
pub(super) struct Registry {
    max_series: usize,
    series: InternTable<Known>,
    is_full: AtomicBool,
    beyond: InternTable<BeyondCap>,
    is_beyond_full: AtomicBool,
    /// What counts for all names that find no place even there, by type.
    pub(super) others: [Metric; 3],
    growing: Mutex<Growing>,
}

/// A key with what its handles count in.
struct Known {
    key: Key,
    kind: MetricType,
    metric: Metric,
}

/// What updates of a metric count in that has no place of its own.
struct BeyondCap {
    name: String,
    kind: MetricType,
    metric: Metric,
}

/// What changes when something new comes.
#[derive(Default)]
struct Growing {
    known: usize,
    /// By labels: two spellings of them are one series.
    by_labels: HashMap<(MetricType, Labels), Metric>,
    names_beyond: usize,
    units: HashMap<String, &'static str>,
    news: News,
}

/// What the reader has not heard of yet.
#[derive(Default)]
pub(super) struct News {
    pub(super) metrics: Vec<NewMetric>,
    pub(super) units: Vec<(String, &'static str)>,
    /// Keys that name a label twice.
    pub(super) repeated_labels: Vec<String>,
}

/// A metric that was registered.
pub(super) struct NewMetric {
    pub(super) labels: Labels,
    pub(super) metric: Metric,
    /// Of its values, as it was described before; else empty.
    pub(super) unit: &'static str,
    /// Whether it stands for those beyond the cap of its name.
    pub(super) is_beyond: bool,
}

/// Names of metrics that are told apart beyond the cap.
const NAMES_BEYOND: usize = 64;
const MOST_BYTES: usize = 4096;
const MOST_LABELS: usize = 64;
/// The label that says that a series stands for many.
const OVERFLOW: &str = "otel.metric.overflow";

impl Growing {
    /// Leaves a new metric for the reader.
    fn announce(&mut self, labels: Labels, metric: &Metric, is_beyond: bool) {
        let unit = self.units.get(labels.metric()).copied().unwrap_or_default();
        self.news.metrics.push(NewMetric { labels, metric: metric.clone(), unit, is_beyond });
    }
}

fn spread(hash: u64, kind: MetricType) -> u64 {
    hash.rotate_left(kind as u32)
}

/// The labels of a key; of one name that occurs several times the first, and its metric's name.
fn labels_of(key: &Key) -> (Labels, bool) {
    let mut pairs: Vec<(&str, &str)> = vec![(METRIC_NAME, key.name())];
    let mut is_repeated = false;
    for label in key.labels() {
        if pairs.iter().any(|pair| pair.0 == label.key()) {
            is_repeated = true;
        } else if !label.key().is_empty() {
            pairs.push((label.key(), label.value()));
        }
    }
    // Distinct, not empty, and short: nothing is left to refuse.
    (Labels::of(&mut pairs).unwrap_or_default(), is_repeated)
}

fn is_reasonable(key: &Key) -> bool {
    let labels = key.labels();
    let bytes = |label: &metrics::Label| label.key().len() + label.value().len();
    labels.len() <= MOST_LABELS && key.name().len() + labels.map(bytes).sum::<usize>() <= MOST_BYTES
}

impl Registry {
    /// Room for so many series.
    pub(super) fn new(max_series: usize) -> Self {
        let kinds = [MetricType::Counter, MetricType::Gauge, MetricType::Histogram];
        Self {
            max_series,
            series: InternTable::new(max_series),
            is_full: AtomicBool::new(false),
            beyond: InternTable::new(NAMES_BEYOND),
            is_beyond_full: AtomicBool::new(false),
            others: kinds.map(|kind| Metric::new(kind, true)),
            growing: Mutex::default(),
        }
    }

    /// Nothing that panics is done while it is held.
    fn growing(&self) -> MutexGuard<'_, Growing> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn news(&self) -> News {
        core::mem::take(&mut self.growing().news)
    }

    pub(super) fn describe(&self, name: &KeyName, unit: Option<Unit>) {
        let Some(unit) = unit else { return };
        let mut growing = self.growing();
        if growing.units.len() < self.max_series || growing.units.contains_key(name.as_str()) {
            growing.units.insert(name.as_str().into(), unit.as_str());
            growing.news.units.push((name.as_str().into(), unit.as_str()));
            // Described again and again, it is still said once to the reader.
            if growing.news.units.len() > 2 * growing.units.len() {
                growing.news.units = growing.units.iter().map(|(name, unit)| (name.clone(), *unit)).collect();
            }
        }
    }

    #[inline]
    fn find(&self, kind: MetricType, key: &Key) -> Option<&Metric> {
        let hash = spread(key.get_hash(), kind);
        self.series.find(hash, |known| known.kind == kind && known.key == *key).map(|known| &known.metric)
    }

    /// What a key counts in, by a function that makes a handle of it.
    pub(super) fn register<H>(&self, kind: MetricType, key: &Key, handle: impl Fn(&Metric) -> H) -> H {
        match self.find(kind, key) {
            Some(metric) => handle(metric),
            None => self.add(kind, key, handle),
        }
    }

    #[cold]
    fn add<H>(&self, kind: MetricType, key: &Key, handle: impl Fn(&Metric) -> H) -> H {
        if self.is_full.load(Ordering::Relaxed) || !is_reasonable(key) {
            return self.beyond(kind, key.name(), handle);
        }
        let mut growing = self.growing();
        if let Some(metric) = self.find(kind, key) {
            return handle(metric);
        }
        if growing.known >= self.max_series {
            self.is_full.store(true, Ordering::Relaxed);
            drop(growing);
            return self.beyond(kind, key.name(), handle);
        }
        let (labels, is_repeated) = labels_of(key);
        let (metric, is_new) = match growing.by_labels.get(&(kind, labels.clone())) {
            Some(metric) => (metric.clone(), false),
            None => (Metric::new(kind, false), true),
        };
        let known = Known { key: key.to_retained(), kind, metric: metric.clone() };
        if !self.series.add(spread(key.get_hash(), kind), known) {
            drop(growing);
            return self.beyond(kind, key.name(), handle);
        }
        growing.known += 1;
        if is_repeated {
            growing.news.repeated_labels.push(key.name().into());
        }
        if is_new {
            growing.by_labels.insert((kind, labels.clone()), metric.clone());
            growing.announce(labels, &metric, false);
        }
        handle(&metric)
    }

    /// What the metrics of a name count in that are beyond the cap.
    fn beyond<H>(&self, kind: MetricType, name: &str, handle: impl Fn(&Metric) -> H) -> H {
        let hash = spread(FixedState::default().hash_one(name), kind);
        let find = || self.beyond.find(hash, |known| known.kind == kind && known.name == name);
        if let Some(known) = find() {
            return handle(&known.metric);
        }
        let others = &self.others[kind as usize];
        if self.is_beyond_full.load(Ordering::Relaxed) || name.len() > MOST_BYTES {
            return handle(others);
        }
        let mut growing = self.growing();
        if let Some(known) = find() {
            return handle(&known.metric);
        }
        let metric = Metric::new(kind, true);
        let known = BeyondCap { name: name.into(), kind, metric: metric.clone() };
        if growing.names_beyond >= NAMES_BEYOND || !self.beyond.add(hash, known) {
            self.is_beyond_full.store(growing.names_beyond >= NAMES_BEYOND, Ordering::Relaxed);
            return handle(others);
        }
        growing.names_beyond += 1;
        let labels = Labels::new([(METRIC_NAME, name), (OVERFLOW, "true")]).unwrap_or_default();
        growing.announce(labels, &metric, true);
        handle(&metric)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsRecorder").field("max_series", &self.max_series).finish_non_exhaustive()
    }
}
