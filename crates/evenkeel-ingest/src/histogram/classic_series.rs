//! From series of buckets to histograms.

use crate::decimal;
use crate::finding::{FindingKind, Findings};
use crate::histogram::histogram::{Histogram, HistogramSeries};
use crate::labels::{Labels, METRIC_NAME};
use crate::sample::{Series, SeriesKind};
use evenkeel_core::{At, Timestamp};
use std::collections::BTreeMap;

/// What is known of one histogram at one time.
#[derive(Default)]
struct Parts {
    buckets: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
}

/// Puts the series of classic histograms (`_bucket` with the label `le`, `_sum`, `_count`) together, one
/// histogram for each time at which there are buckets. The label `__name__` is that without the ending. Other
/// series are left alone; so are `_sum` and `_count` without buckets (those of summaries).
///
/// Bounds are compared as numbers: `le="1"` and `le="1.0"` are one. Reported are a set of buckets that is no
/// histogram, for example without `+Inf` ([`FindingKind::Unreadable`]), and counts that go down from one
/// bucket to the next ([`FindingKind::BucketsRepaired`]). Stale markers and other values that are no numbers
/// make no bucket.
///
/// O(n log n) in the samples.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::exposition::Exposition;
/// use evenkeel_ingest::{Findings, classic_histograms};
///
/// let page = "# TYPE t histogram\nt_bucket{le=\"1\"} 5\nt_bucket{le=\"+Inf\"} 10\nt_sum 30\nt_count 10\n";
/// let mut findings = Findings::default();
/// let series = Exposition::text(page)?.into_series(Timestamp::EPOCH, &mut findings);
/// let histograms = classic_histograms(&series, &mut findings);
/// assert_eq!(histograms[0].labels.to_string(), "t");
/// assert_eq!(histograms[0].histograms[0].value.mean(), Some(3.0));
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
#[must_use]
pub fn classic_histograms(series: &[Series], findings: &mut Findings) -> Vec<HistogramSeries> {
    let mut all: BTreeMap<Labels, (SeriesKind, BTreeMap<Timestamp, Parts>)> = BTreeMap::new();
    for one in series {
        let metric = one.labels.metric();
        let ending = ["_bucket", "_sum", "_count"].into_iter().find(|ending| metric.ends_with(ending));
        let Some(ending) = ending else { continue };
        let name = metric.strip_suffix(ending).unwrap_or_default();
        let bound = match (ending, one.labels.get("le")) {
            ("_bucket", None) => continue,
            ("_bucket", Some(le)) => match decimal::float(le) {
                Some(bound) => Some(bound),
                None => {
                    findings.add(FindingKind::Unreadable, metric, 1);
                    continue;
                }
            },
            _ => None,
        };
        let labels = one.labels.without("le").with(METRIC_NAME, name);
        let (kind, times) = all.entry(labels).or_default();
        if ending == "_bucket" {
            *kind = one.kind;
        }
        for sample in one.samples.iter().filter(|sample| sample.value.is_finite()) {
            let parts = times.entry(sample.time).or_default();
            match (bound, ending) {
                (Some(bound), _) => parts.buckets.push((bound, sample.value)),
                (None, "_sum") => parts.sum = Some(sample.value),
                (None, _) => parts.count = Some(sample.value),
            }
        }
    }
    let mut found = Vec::new();
    for (labels, (kind, times)) in all {
        let mut histograms = Vec::new();
        for (time, parts) in times.into_iter().filter(|(_, parts)| !parts.buckets.is_empty()) {
            match Histogram::classic(parts.buckets) {
                Ok(histogram) => {
                    if histogram.repaired() > 0 {
                        findings.add(FindingKind::BucketsRepaired, labels.metric(), 1);
                    }
                    histograms.push(At::new(time, histogram.with_sum(parts.sum).with_count(parts.count)));
                }
                Err(_) => findings.add(FindingKind::Unreadable, labels.metric(), 1),
            }
        }
        if !histograms.is_empty() {
            found.push(HistogramSeries { labels, kind, histograms });
        }
    }
    found
}
