//! Points in the JSON of OTLP.

use crate::error::Error;
use crate::histogram::{ExponentialBuckets, Histogram};
use crate::json;
use crate::json_tree::Value;
use crate::limits::{Limits, within};
use crate::otlp::json_value::{attributes, attributes_in, groups};
use crate::otlp::metrics::{Head, Metrics, Observation, Point, sum_kind};
use crate::sample::SeriesKind;

pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Metrics, Error> {
    let json = json::parse(body, limits)?;
    let mut metrics = Metrics::default();
    let names = ["resourceMetrics", "scopeMetrics", "metrics"];
    let groups = groups(&json, names, limits, &mut metrics.findings)?;
    let mut n = 0;
    for (resource, items) in &groups {
        for item in items {
            let text = |field: &str| item.get(field).and_then(Value::as_str).unwrap_or_default();
            let Some((form, data)) = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"]
                .into_iter()
                .find_map(|form| item.get(form).filter(|data| data.is_object()).map(|data| (form, data)))
            else {
                metrics.unreadable(text("name"));
                continue;
            };
            let temporality = match data.get("aggregationTemporality") {
                Some(Value::String(name)) => {
                    i128::from(name.ends_with("_DELTA")) + 2 * i128::from(name.ends_with("_CUMULATIVE"))
                }
                other => other.and_then(json::integer).unwrap_or(0),
            };
            let monotonic = data.get("isMonotonic").and_then(Value::as_bool).unwrap_or(false);
            let kind = match form {
                "gauge" => SeriesKind::Gauge,
                "sum" => sum_kind(temporality, monotonic),
                "summary" => SeriesKind::Counter,
                _ => sum_kind(temporality, true),
            };
            let head = Head { resource, name: text("name"), unit: text("unit"), kind };
            for value in json::list(data, "dataPoints")? {
                n += 1;
                limits.check_points(n)?;
                let attributes = attributes(value, limits, &mut metrics.findings)?;
                match times(value) {
                    Ok(point) => {
                        let mut point = Point { attributes, ..point };
                        add(&mut metrics, &head, form, &mut point, value, limits)?;
                        n += exemplars(&mut metrics, &head, &point, value, limits)?;
                        limits.check_points(n)?;
                    }
                    Err(_) => metrics.unreadable(head.name),
                }
            }
        }
    }
    Ok(metrics)
}

fn times(value: &Value<'_>) -> Result<Point, String> {
    let start = json::nanos(value.get("startTimeUnixNano"))?;
    let time = json::nanos(value.get("timeUnixNano"))?;
    let flags = value.get("flags").and_then(json::integer).unwrap_or(0);
    Ok(Point { start, time, no_value: flags & 1 == 1, ..Point::default() })
}

fn add(
    metrics: &mut Metrics,
    head: &Head<'_>,
    form: &str,
    point: &mut Point,
    value: &Value<'_>,
    limits: &Limits,
) -> Result<(), Error> {
    match form {
        "histogram" => metrics.add_histogram(head, point, explicit(value, limits)?.ok_or(())),
        "exponentialHistogram" => metrics.add_histogram(head, point, exponential(value, limits)?.ok_or(())),
        "summary" => {
            let number = |field: &str| value.get(field).and_then(json::float);
            let quantiles = json::list(value, "quantileValues")?;
            within(quantiles.len(), limits.buckets, "quantiles")?;
            let pair =
                |one: &Value<'_>| Some((json::float(one.get("quantile")?)?, json::float(one.get("value")?)?));
            let pairs: Vec<_> = quantiles.iter().filter_map(pair).collect();
            match (number("count"), number("sum")) {
                (Some(count), Some(sum)) => metrics.add_summary(head, point, [count, sum], &pairs),
                _ => metrics.unreadable(head.name),
            }
        }
        _ => {
            metrics.add_number(head, point, number(value));
        }
    }
    Ok(())
}

/// A whole number or another one.
fn number(value: &Value<'_>) -> Option<f64> {
    let whole = value.get("asInt").and_then(json::integer).map(|n| n as f64);
    whole.or_else(|| value.get("asDouble").and_then(json::float))
}

/// Adds the exemplars of a point, and says how many there were.
fn exemplars(
    metrics: &mut Metrics,
    head: &Head<'_>,
    point: &Point,
    value: &Value<'_>,
    limits: &Limits,
) -> Result<usize, Error> {
    let list = json::list(value, "exemplars")?;
    for one in list {
        let filtered = attributes_in(one, "filteredAttributes", limits, &mut metrics.findings)?;
        let observation = || {
            Some(Observation {
                attributes: filtered,
                trace: json::trace_id(one.get("traceId")).ok()?,
                span: json::span_id(one.get("spanId")).ok()?,
                time: json::nanos(one.get("timeUnixNano")).ok()?,
                value: number(one)?,
            })
        };
        metrics.add_exemplar(head, point, observation());
    }
    Ok(list.len())
}

/// A list of numbers; one that is none makes the whole unreadable.
fn numbers(owner: &Value<'_>, field: &str, limits: &Limits) -> Result<Option<Vec<f64>>, Error> {
    let list = json::list(owner, field)?;
    within(list.len(), limits.buckets.saturating_add(1), "buckets")?;
    Ok(list.iter().map(json::float).collect())
}

fn field(value: &Value<'_>, name: &str) -> Option<f64> {
    value.get(name).and_then(json::float)
}

fn explicit(value: &Value<'_>, limits: &Limits) -> Result<Option<Histogram>, Error> {
    let counts = numbers(value, "bucketCounts", limits)?;
    let bounds = numbers(value, "explicitBounds", limits)?;
    let (count, sum) = (field(value, "count"), field(value, "sum"));
    let Some((bounds, counts)) = bounds.zip(counts) else { return Ok(None) };
    // Without buckets only the count is known.
    let counts = if counts.is_empty() { vec![count.unwrap_or(0.0)] } else { counts };
    Ok(Histogram::between(&bounds, &counts).ok().map(|h| h.with_sum(sum).with_count(count)))
}

fn exponential(value: &Value<'_>, limits: &Limits) -> Result<Option<Histogram>, Error> {
    let side = |name: &str| -> Result<Option<(i32, Vec<f64>)>, Error> {
        let Some(side) = value.get(name).filter(|side| !side.is_null()) else {
            return Ok(Some((0, Vec::new())));
        };
        let offset = side.get("offset").map_or(Some(0), json::integer).and_then(|n| i32::try_from(n).ok());
        Ok(offset.zip(numbers(side, "bucketCounts", limits)?))
    };
    let (positive, negative) = (side("positive")?, side("negative")?);
    let scale = value.get("scale").map_or(Some(0), json::integer).and_then(|n| i32::try_from(n).ok());
    let (Some((po, pc)), Some((no, nc)), Some(scale)) = (positive, negative, scale) else { return Ok(None) };
    let zero = field(value, "zeroCount").unwrap_or(0.0);
    let threshold = field(value, "zeroThreshold").unwrap_or(0.0);
    let histogram = Histogram::exponential(
        scale,
        threshold,
        zero,
        ExponentialBuckets { offset: po, counts: &pc },
        ExponentialBuckets { offset: no, counts: &nc },
    );
    Ok(histogram.ok().map(|h| h.with_sum(field(value, "sum")).with_count(field(value, "count"))))
}
