//! Points of OTLP as series.

use crate::attribute::{AttributeValue, Attributes, Resource};
use crate::exemplar::{Exemplar, SeriesExemplar};
use crate::finding::{FindingKind, Findings};
use crate::histogram::{Histogram, HistogramSeries};
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::{STALE_MARKER, Sample, Series, SeriesKind};
use evenkeel_core::{At, Timestamp};
use std::borrow::Cow;

/// Metrics of a body.
///
/// Labels are the attributes of the point, the name of the metric under
/// [`METRIC_NAME`](crate::labels::METRIC_NAME), and of the resource `service.name`, `service.namespace` and
/// `service.instance.id`. Names are kept as they are; see [`Labels::sanitized`].
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Gauges, sums and summaries, one point each. A point that says it has no value is a stale marker.
    pub series: Vec<Series>,
    /// Histograms, one point each.
    pub histograms: Vec<HistogramSeries>,
    /// Exemplars of the points. Their labels are the attributes that the point does not have, and `trace_id`
    /// and `span_id` in hexadecimal digits.
    pub exemplars: Vec<SeriesExemplar>,
    /// What was wrong with data that could be read, among it [`FindingKind::CardinalityOverflow`].
    pub findings: Findings,
}

/// What all points of a metric have in common.
pub(super) struct Head<'a> {
    pub(super) resource: &'a Resource,
    pub(super) name: &'a str,
    pub(super) unit: &'a str,
    pub(super) kind: SeriesKind,
}

/// What all points have.
#[derive(Default)]
pub(super) struct Point {
    pub(super) attributes: Attributes,
    pub(super) start: Option<Timestamp>,
    pub(super) time: Option<Timestamp>,
    /// Whether the point says that there is no value.
    pub(super) no_value: bool,
}

/// An exemplar as it was sent.
pub(super) struct Observation {
    pub(super) attributes: Attributes,
    pub(super) trace: Option<u128>,
    pub(super) span: Option<u64>,
    pub(super) time: Option<Timestamp>,
    pub(super) value: f64,
}

/// The kind of a sum by the number of its temporality and whether it only grows.
pub(super) fn sum_kind(temporality: i128, monotonic: bool) -> SeriesKind {
    match (temporality, monotonic) {
        (1, _) => SeriesKind::Delta,
        (2, true) => SeriesKind::Counter,
        (2, false) => SeriesKind::Gauge,
        _ => SeriesKind::Unknown,
    }
}

const OF_RESOURCE: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

/// The labels of a point, or none if they contradict one another.
fn labels(head: &Head<'_>, point: &Point, findings: &mut Findings) -> Option<Labels> {
    let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(point.attributes.len() + 4);
    pairs.push((METRIC_NAME, head.name.into()));
    for (name, value) in &point.attributes {
        if name == "otel.metric.overflow" && *value == AttributeValue::Bool(true) {
            findings.add(FindingKind::CardinalityOverflow, head.name, 1);
        }
        pairs.push((name, value.text()));
    }
    for (name, value) in &head.resource.attributes {
        if !OF_RESOURCE.contains(&name.as_str()) {
            continue;
        }
        let text = value.text();
        match pairs.iter().find(|pair| pair.0 == name) {
            Some(own) if own.1 != text => findings.add(FindingKind::CollidingNames, name, 1),
            Some(_) => {}
            None => pairs.push((name, text)),
        }
    }
    let labels = Labels::of(&mut pairs).ok();
    if labels.is_none() || head.name.is_empty() {
        findings.add(FindingKind::Unreadable, head.name, 1);
        return None;
    }
    labels
}

impl Metrics {
    pub(super) fn unreadable(&mut self, name: &str) {
        self.findings.add(FindingKind::Unreadable, name, 1);
    }

    /// Adds a number, of which there may be none.
    pub(super) fn add_number(&mut self, head: &Head<'_>, point: &Point, value: Option<f64>) {
        let value = if point.no_value { Some(f64::from_bits(STALE_MARKER)) } else { value };
        let Some(value) = value else {
            return self.findings.add(FindingKind::NoValue, head.name, 1);
        };
        self.add(head, point, "", value);
    }

    fn add(&mut self, head: &Head<'_>, point: &Point, suffix: &str, value: f64) {
        let Some(time) = point.time else { return self.unreadable(head.name) };
        let Some(labels) = labels(head, point, &mut self.findings) else { return };
        let labels = if suffix.is_empty() {
            labels
        } else {
            labels.with(METRIC_NAME, &format!("{}{suffix}", head.name))
        };
        let mut series = Series::new(labels, head.kind);
        series.unit = head.unit.into();
        let counted = matches!(head.kind, SeriesKind::Counter | SeriesKind::Delta);
        series.samples.push(Sample::new(time, value).since(point.start.filter(|_| counted)));
        self.series.push(series);
    }

    /// Adds a histogram, or reports why it could not be read.
    pub(super) fn add_histogram<E>(
        &mut self,
        head: &Head<'_>,
        point: &Point,
        histogram: Result<Histogram, E>,
    ) {
        if point.no_value {
            return self.add(head, point, "", f64::from_bits(STALE_MARKER));
        }
        let (Ok(histogram), Some(time)) = (histogram, point.time) else { return self.unreadable(head.name) };
        let Some(labels) = labels(head, point, &mut self.findings) else { return };
        let histograms = vec![At::new(time, histogram)];
        self.histograms.push(HistogramSeries { labels, kind: head.kind, histograms });
    }

    /// Adds an exemplar of a point that was added, or reports that it could not be read.
    pub(super) fn add_exemplar(&mut self, head: &Head<'_>, point: &Point, read: Option<Observation>) {
        let exemplar = read.and_then(|one| {
            let attributes = one.attributes.iter().map(|(name, value)| (name.as_str(), value.to_string()));
            let mut pairs: Vec<(&str, String)> = attributes.collect();
            pairs.extend(one.trace.map(|id| ("trace_id", format!("{id:032x}"))));
            pairs.extend(one.span.map(|id| ("span_id", format!("{id:016x}"))));
            Some(Exemplar::new(Labels::of(&mut pairs).ok()?, one.value, one.time))
        });
        let Some(exemplar) = exemplar else {
            return self.findings.add(FindingKind::UnreadableExemplar, head.name, 1);
        };
        // Labels of the point that cannot be told were reported with the point itself.
        if let Some(series) = labels(head, point, &mut Findings::default()) {
            self.exemplars.push(SeriesExemplar { series, exemplar });
        }
    }

    /// Adds a summary: its count, its sum and its quantiles.
    pub(super) fn add_summary(
        &mut self,
        head: &Head<'_>,
        point: &mut Point,
        [count, sum]: [f64; 2],
        quantiles: &[(f64, f64)],
    ) {
        self.add(head, point, "_count", count);
        self.add(head, point, "_sum", sum);
        for (q, value) in quantiles {
            point.attributes.push(("quantile".into(), AttributeValue::Float(*q)));
            let gauge = Head { kind: SeriesKind::Gauge, ..*head };
            self.add(&gauge, point, "", *value);
            point.attributes.pop();
        }
    }
}
