//! A recorder for the `metrics` crate.

use crate::in_process::intern_table::InternTable;
use crate::in_process::metric::{Metric, MetricType};
use crate::in_process::metrics_reader::MetricsReader;
use crate::labels::{Labels, METRIC_NAME};
use core::hash::BuildHasher;
use evenkeel_core::{Error, Timestamp};
use foldhash::fast::FixedState;
use metrics::{Key, KeyName, Metadata, SharedString, Unit};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the macros and handles of the `metrics` crate count: `metrics::set_global_recorder(recorder)` for all
/// of a program, `metrics::with_local_recorder` for a part of it.
///
/// What it counts is handed out by the [`MetricsReader`] that comes with it. Clones count in the same place.
///
/// *Cap*: of `max_series` sets of labels, of which repeated spellings count too. A metric that would be beyond
/// it counts for its name alone, in a series whose only label is `otel.metric.overflow="true"`, as the SDKs of
/// OpenTelemetry do: sums over all series of a name stay whole. Gauges beyond the cap have no value, as the
/// last of many says nothing. Both are reported as [`BeyondCap`](crate::FindingKind::BeyondCap) with the number
/// of updates. 64 such names of metrics are told apart; what is beyond that is reported under no name, and is
/// the one thing that is lost. Series with more than 4 KiB or 64 labels are beyond the cap too. A series stays
/// for as long as the recorder does.
///
/// *Cost*: an update by a handle that is kept is one atomic addition for a counter, a store for a gauge, two
/// additions for a histogram. Looking a handle up hashes nothing anew and takes no lock, unless the series is new.
/// *Memory*: about 400 bytes a series beside its labels, and 5 KiB for a histogram, or 10 with negative values.
///
/// See the [module](crate::in_process) for an example.
#[derive(Clone)]
#[must_use]
pub struct MetricsRecorder {
    registry: Arc<Registry>,
}

/// All that recorder and reader share.
pub(super) struct Registry {
    max_series: usize,
    series: InternTable<Known>,
    is_full: AtomicBool,
    beyond: InternTable<BeyondCap>,
    is_beyond_full: AtomicBool,
    /// What counts for all names that find no place even there, by type.
    others: [Metric; 3],
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

impl MetricsRecorder {
    /// A recorder that counts since a time, with the one reader of what it counts.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `max_series` is from 1 to 1,000,000. A service has hundreds.
    pub fn new(started: Timestamp, max_series: usize) -> Result<(Self, MetricsReader), Error> {
        Error::require(
            (1..=1_000_000).contains(&max_series),
            "max_series",
            "from 1 to 1,000,000",
            max_series,
        )?;
        let kinds = [MetricType::Counter, MetricType::Gauge, MetricType::Histogram];
        let others = kinds.map(|kind| Metric::new(kind, true));
        let registry = Arc::new(Registry {
            max_series,
            series: InternTable::new(max_series),
            is_full: AtomicBool::new(false),
            beyond: InternTable::new(NAMES_BEYOND),
            is_beyond_full: AtomicBool::new(false),
            others: others.clone(),
            growing: Mutex::default(),
        });
        let reader = MetricsReader::new(started, Arc::clone(&registry), others);
        Ok((Self { registry }, reader))
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>) {
        let Some(unit) = unit else { return };
        let mut growing = self.registry.growing();
        if growing.units.len() < self.registry.max_series || growing.units.contains_key(name.as_str()) {
            growing.units.insert(name.as_str().into(), unit.as_str());
            growing.news.units.push((name.as_str().into(), unit.as_str()));
            // Described again and again, it is still said once to the reader.
            if growing.news.units.len() > 2 * growing.units.len() {
                growing.news.units = growing.units.iter().map(|(name, unit)| (name.clone(), *unit)).collect();
            }
        }
    }
}

impl Registry {
    /// Nothing that panics is done while it is held.
    fn growing(&self) -> MutexGuard<'_, Growing> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn news(&self) -> News {
        core::mem::take(&mut self.growing().news)
    }

    #[inline]
    fn find(&self, kind: MetricType, key: &Key) -> Option<&Metric> {
        let hash = spread(key.get_hash(), kind);
        self.series.find(hash, |known| known.kind == kind && known.key == *key).map(|known| &known.metric)
    }

    /// What a key counts in, by a function that makes a handle of it.
    fn register<H>(&self, kind: MetricType, key: &Key, handle: impl Fn(&Metric) -> H) -> H {
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

impl metrics::Recorder for MetricsRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> metrics::Counter {
        self.registry.register(MetricType::Counter, key, |metric| match metric {
            Metric::Counter(counter) => metrics::Counter::from_arc(Arc::clone(counter)),
            _ => metrics::Counter::noop(),
        })
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> metrics::Gauge {
        self.registry.register(MetricType::Gauge, key, |metric| match metric {
            Metric::Gauge(gauge) => metrics::Gauge::from_arc(Arc::clone(gauge)),
            _ => metrics::Gauge::noop(),
        })
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        self.registry.register(MetricType::Histogram, key, |metric| match metric {
            Metric::Histogram(histogram) => metrics::Histogram::from_arc(Arc::clone(histogram)),
            _ => metrics::Histogram::noop(),
        })
    }
}

impl fmt::Debug for MetricsRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.registry.fmt(f)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsRecorder").field("max_series", &self.max_series).finish_non_exhaustive()
    }
}
