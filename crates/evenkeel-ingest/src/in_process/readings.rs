//! What was counted from one time to another.

use crate::finding::Findings;
use crate::histogram::HistogramSeries;
use crate::labels::Labels;
use crate::sample::{Series, SeriesKind};
use evenkeel_core::Timestamp;

/// What metrics of a program say of the time between two readings.
///
/// For a [`Collector`](crate::collector::Collector): its `readings`. For a `Bank` of `evenkeel-detect`, whose
/// keys are [`Labels`]: [`values`](Self::values).
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::in_process::MetricsRecorder;
///
/// let at = Timestamp::from_seconds;
/// let (recorder, mut reader) = MetricsRecorder::new(at(0), 100)?;
/// metrics::with_local_recorder(&recorder, || {
///     metrics::counter!("orders_total", "shop" => "north").increment(30);
///     metrics::gauge!("queue_depth").set(7.0);
///     metrics::histogram!("checkout_seconds").record(0.25);
/// });
/// let readings = reader.read(at(10));
/// let values: Vec<(String, f64)> = readings.values().map(|(labels, value)| (labels.to_string(), value)).collect();
/// assert_eq!(values[0], (r#"orders_total{shop="north"}"#.into(), 3.0)); // by the second
/// assert_eq!(values[1], ("queue_depth".into(), 7.0));
/// assert_eq!(values[2], ("checkout_seconds_count".into(), 0.1));
/// assert_eq!(values[3], ("checkout_seconds_mean".into(), 0.25));
/// let slow = readings.histograms[0].histograms[0].value.quantile(0.99)?.unwrap();
/// assert!((slow / 0.25 - 1.0).abs() < 0.09);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Readings {
    /// The time of the reading before, or of the start.
    pub since: Timestamp,
    /// The time of this reading.
    pub until: Timestamp,
    /// Counters as the amounts by which they grew ([`SeriesKind::Delta`], with the start of the interval),
    /// gauges, and for each histogram `_count` as such an amount, and `_mean` as a gauge if there was a value.
    /// In the order in which they were first used; one sample each.
    pub series: Vec<Series>,
    /// The values that were recorded in the interval, in buckets 9% wide; only of histograms that had any.
    pub histograms: Vec<HistogramSeries>,
    /// What was beyond the cap, by the name of its metric and with the number of updates; values of histograms
    /// beyond 2^48, which count as of the last bucket (the same), or not finite, which were left out
    /// ([`NoValue`](crate::FindingKind::NoValue)); labels that were given twice, of which the first was kept
    /// ([`UnreadableAttribute`](crate::FindingKind::UnreadableAttribute)).
    pub findings: Findings,
}

impl Readings {
    pub(super) fn empty(at: Timestamp, findings: Findings) -> Self {
        Self { since: at, until: at, series: Vec::new(), histograms: Vec::new(), findings }
    }

    /// The labels and values of all series, with what counts as a rate by the second.
    pub fn values(&self) -> impl Iterator<Item = (&Labels, f64)> + '_ {
        let seconds = self.until.since(self.since).as_secs_f64();
        self.series.iter().flat_map(move |series| {
            let divisor = if series.kind == SeriesKind::Delta { seconds } else { 1.0 };
            series.samples.iter().map(move |sample| (&series.labels, sample.value / divisor))
        })
    }
}
