//! What a recorder counted, read out regularly.

use crate::finding::{FindingKind, Findings};
use crate::histogram::HistogramSeries;
use crate::in_process::metric::{Counter, Gauge, Histogram, Metric};
use crate::in_process::metric_registry::{NewMetric, Registry};
use crate::in_process::readings::Readings;
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::{Sample, Series, SeriesKind};
use evenkeel_core::{At, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Reads out what a [`MetricsRecorder`](crate::in_process::MetricsRecorder) counted: a few times a step, from one task.
///
/// O(series), of which a histogram costs most, about a microsecond. Nothing that counts waits for it; only who
/// registers a new series meanwhile waits for the list of the new ones to be handed over.
pub struct MetricsReader {
    registry: Arc<Registry>,
    last: Timestamp,
    tracks: Vec<Track>,
}

/// What is known of a metric.
struct Track {
    /// Those of a counter or gauge; those of the count and the mean of a histogram follow.
    labels: Labels,
    count: Labels,
    mean: Labels,
    unit: &'static str,
    metric: Metric,
    is_beyond: bool,
    /// The total of a counter when it was read last; none before the first time.
    total: Option<u64>,
}

impl Track {
    fn new(new: NewMetric) -> Self {
        let NewMetric { labels, metric, unit, is_beyond } = new;
        let named = |ending: &str| match &metric {
            Metric::Histogram(_) => labels.with(METRIC_NAME, &format!("{}{ending}", labels.metric())),
            _ => Labels::default(),
        };
        let (count, mean) = (named("_count"), named("_mean"));
        Self { labels, count, mean, unit, metric, is_beyond, total: None }
    }
}

/// What is being read.
struct Reading {
    since: Timestamp,
    until: Timestamp,
    readings: Readings,
}

impl Reading {
    fn series(&mut self, labels: &Labels, unit: &str, kind: SeriesKind, value: f64) {
        let start = (kind == SeriesKind::Delta).then_some(self.since);
        let mut series = Series::new(labels.clone(), kind);
        series.unit = unit.into();
        series.samples.push(Sample::new(self.until, value).since(start));
        self.readings.series.push(series);
    }

    fn counter(&mut self, track_total: &mut Option<u64>, labels: &Labels, unit: &str, counter: &Counter) {
        let (total, is_absolute) = counter.total();
        let before = track_total.replace(total);
        // What the first total says was counted who knows when.
        if let Some(before) = before.or((!is_absolute).then_some(0)) {
            self.series(labels, unit, SeriesKind::Delta, total.wrapping_sub(before) as f64);
        }
    }

    fn gauge(&mut self, labels: &Labels, unit: &str, gauge: &Gauge) {
        if let Some(value) = gauge.value() {
            self.series(labels, unit, SeriesKind::Gauge, value);
        }
    }

    fn histogram(&mut self, track: &Track, histogram: &Histogram) {
        let (counted, sum) = histogram.take();
        let name = track.labels.metric();
        let findings = &mut self.readings.findings;
        for (kind, n) in [(FindingKind::NoValue, counted.unusable), (FindingKind::BeyondCap, counted.beyond)]
        {
            if n > 0 {
                findings.add(kind, name, n);
            }
        }
        let count = counted.count;
        self.series(&track.count, "", SeriesKind::Delta, count as f64);
        if count == 0 {
            return;
        }
        // Of counts there is nothing to refuse.
        let Ok(histogram) = counted.into_histogram(sum) else { return };
        self.series(&track.mean, track.unit, SeriesKind::Gauge, sum / count as f64);
        let histograms = vec![At::new(self.until, histogram)];
        let labels = track.labels.clone();
        self.readings.histograms.push(HistogramSeries { labels, kind: SeriesKind::Delta, histograms });
    }
}

impl MetricsReader {
    pub(super) fn new(started: Timestamp, registry: Arc<Registry>, others: [Metric; 3]) -> Self {
        let track =
            |metric| Track::new(NewMetric { labels: Labels::default(), metric, unit: "", is_beyond: true });
        Self { registry, last: started, tracks: others.map(track).into() }
    }

    /// What was counted since the last time, or since the start.
    ///
    /// A counter gives by how much it grew, also if that is 0. Its first value is left out if it was set by
    /// `absolute`, as it says nothing of when that was counted. A gauge gives its value, if it was ever set. A
    /// histogram gives how many values were recorded and, if any were, their mean and themselves.
    ///
    /// A time that is not after that of the last reading gives nothing but a finding, and all that was counted
    /// waits for the next: between the two lies no time that it could belong to.
    pub fn read(&mut self, now: Timestamp) -> Readings {
        let mut findings = Findings::default();
        if now <= self.last {
            findings.add(FindingKind::OutOfOrder, "readings", 1);
            return Readings::empty(self.last, findings);
        }
        self.hear_news(&mut findings);
        let (since, until) = (core::mem::replace(&mut self.last, now), now);
        let mut reading = Reading { since, until, readings: Readings::empty(now, findings) };
        reading.readings.since = since;
        for track in &mut self.tracks {
            let updates = track.metric.take_updates();
            if updates > 0 {
                reading.readings.findings.add(FindingKind::BeyondCap, track.labels.metric(), updates);
            }
            // Neither the last of many gauges nor a sum over several names says anything.
            if track.is_beyond
                && (track.labels.metric().is_empty() || matches!(track.metric, Metric::Gauge(_)))
            {
                continue;
            }
            match &track.metric {
                Metric::Counter(counter) => {
                    reading.counter(&mut track.total, &track.labels, track.unit, counter);
                }
                Metric::Gauge(gauge) => reading.gauge(&track.labels, track.unit, gauge),
                Metric::Histogram(histogram) => reading.histogram(track, histogram),
            }
        }
        reading.readings
    }

    fn hear_news(&mut self, findings: &mut Findings) {
        let news = self.registry.news();
        self.tracks.extend(news.metrics.into_iter().map(Track::new));
        for (name, unit) in news.units {
            for track in self.tracks.iter_mut().filter(|track| track.labels.metric() == name) {
                track.unit = unit;
            }
        }
        for name in news.repeated_labels {
            findings.add(FindingKind::UnreadableAttribute, &name, 1);
        }
    }

    /// How many series there are, those that stand for others beyond the cap among them, as of the last reading.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tracks.len() - 3
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for MetricsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsReader")
            .field("last", &self.last)
            .field("series", &self.len())
            .finish_non_exhaustive()
    }
}
