//! Families of metrics.

use crate::exemplar::Exemplar;
use crate::finding::Findings;
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::{Sample, Series, SeriesKind, merge_series};
use evenkeel_core::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// What a family of metrics is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum FamilyType {
    /// Counts up.
    Counter,
    /// A level.
    Gauge,
    /// Counts in buckets, counting up.
    Histogram,
    /// Counts in buckets that go up and down.
    GaugeHistogram,
    /// Quantiles computed by the program itself.
    Summary,
    /// Facts about the program, as labels.
    Info,
    /// Which of several states hold.
    StateSet,
    /// Not said; `untyped` in text 0.0.4.
    #[default]
    Unknown,
}

impl FamilyType {
    pub(super) fn parse(text: &str, openmetrics: bool) -> Option<Self> {
        Some(match (text, openmetrics) {
            ("counter", _) => Self::Counter,
            ("gauge", _) => Self::Gauge,
            ("histogram", _) => Self::Histogram,
            ("summary", _) => Self::Summary,
            ("untyped", false) | ("unknown", true) => Self::Unknown,
            ("gaugehistogram", true) => Self::GaugeHistogram,
            ("info", true) => Self::Info,
            ("stateset", true) => Self::StateSet,
            _ => return None,
        })
    }

    /// What may follow the name of a family in the names of its samples.
    pub(super) const fn suffixes(self, openmetrics: bool) -> &'static [&'static str] {
        match (self, openmetrics) {
            (Self::Counter, true) => &["_total", "_created"],
            (Self::Histogram, true) => &["_bucket", "_count", "_sum", "_created"],
            (Self::Summary, true) => &["", "_count", "_sum", "_created"],
            (Self::GaugeHistogram, _) => &["_bucket", "_gcount", "_gsum"],
            (Self::Info, _) => &["_info"],
            (Self::Histogram, false) => &["_bucket", "_count", "_sum"],
            (Self::Summary, false) => &["", "_count", "_sum"],
            _ => &[""],
        }
    }
}

/// The name as OpenMetrics writes it.
impl fmt::Display for FamilyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
            Self::Unknown => "unknown",
        })
    }
}

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// The labels, with the full name of the sample under [`METRIC_NAME`].
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// The time, where the page gives one. It rarely does: the time is then that of the scrape.
    pub time: Option<Timestamp>,
    /// The exemplar of a bucket or of a counter.
    pub exemplar: Option<Exemplar>,
}

/// The points under one name, with what is said about them.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Family {
    /// The name, without the suffixes of its samples.
    pub name: String,
    /// What it is said to be.
    pub kind: FamilyType,
    /// The explanation; empty if there is none.
    pub help: String,
    /// The unit; empty if none is given.
    pub unit: String,
    /// The points in the order of the page.
    pub points: Vec<Point>,
}

impl Family {
    fn kind_of(&self, suffix: &str) -> SeriesKind {
        match (self.kind, suffix) {
            (FamilyType::Counter, _)
            | (FamilyType::Histogram, "_bucket" | "_count" | "_sum")
            | (FamilyType::Summary, "_count" | "_sum") => SeriesKind::Counter,
            (FamilyType::Unknown, _) => SeriesKind::Unknown,
            _ => SeriesKind::Gauge,
        }
    }

    fn suffix_of<'a>(&self, point: &'a Point) -> &'a str {
        point.labels.metric().strip_prefix(self.name.as_str()).unwrap_or_default()
    }

    /// Whether points say when others were created. In text 0.0.4 they do so in families of their own, which
    /// stay what they are: gauges.
    fn tells_creation(&self) -> bool {
        matches!(self.kind, FamilyType::Counter | FamilyType::Histogram | FamilyType::Summary)
    }
}

/// A page of metrics.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Exposition {
    /// The families in the order of the page.
    pub families: Vec<Family>,
    /// What was wrong with data that could be read.
    pub findings: Findings,
}

impl Exposition {
    /// The points as series in the order of their labels. Points without a time were measured at `scraped`.
    /// The times of creation of OpenMetrics become the starts of the samples they belong to.
    #[must_use]
    pub fn into_series(self, scraped: Timestamp, findings: &mut Findings) -> Vec<Series> {
        findings.extend(&self.findings);
        let mut all = Vec::with_capacity(self.families.iter().map(|family| family.points.len()).sum());
        for family in self.families {
            let starts = starts(&family);
            for point in &family.points {
                let suffix = family.suffix_of(point);
                if suffix == "_created" && family.tells_creation() {
                    continue;
                }
                let kind = family.kind_of(suffix);
                let counts = kind == SeriesKind::Counter && !starts.is_empty();
                let start = if counts { starts.get(&group(&point.labels)).copied() } else { None };
                let mut series = Series::new(point.labels.clone(), kind);
                series.unit.clone_from(&family.unit);
                let time = point.time.unwrap_or(scraped);
                series.samples.push(Sample::new(time, point.value).since(start));
                all.push(series);
            }
        }
        merge_series(all, findings)
    }
}

fn group(labels: &Labels) -> Labels {
    labels.without(METRIC_NAME).without("le")
}

fn starts(family: &Family) -> BTreeMap<Labels, Timestamp> {
    if !family.tells_creation() {
        return BTreeMap::new();
    }
    let created = family.points.iter().filter(|point| family.suffix_of(point) == "_created");
    created
        .filter(|point| point.value.abs() <= 9.2e9)
        .map(|point| (group(&point.labels), Timestamp::from_nanos((point.value * 1e9) as i64)))
        .map(|(labels, start)| (labels, to_microseconds(start)))
        .collect()
}

/// A double holds seconds of our time to a quarter of a microsecond; the digits after that are noise.
fn to_microseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_nanos((time.as_nanos().saturating_add(500)).div_euclid(1000).saturating_mul(1000))
}
