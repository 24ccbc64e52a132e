//! A recorder for the `metrics` crate.

use crate::in_process::metric::{Metric, MetricType};
use crate::in_process::metric_registry::Registry;
use crate::in_process::metrics_reader::MetricsReader;
use evenkeel_core::{Error, Timestamp};
use metrics::{Key, KeyName, Metadata, SharedString, Unit};
use std::fmt;
use std::sync::Arc;

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
        let registry = Arc::new(Registry::new(max_series));
        let others = registry.others.clone();
        let reader = MetricsReader::new(started, Arc::clone(&registry), others);
        Ok((Self { registry }, reader))
    }
}

impl metrics::Recorder for MetricsRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.registry.describe(&key, unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.registry.describe(&key, unit);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.registry.describe(&key, unit);
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
