//! Native histograms on the wire.

use crate::histogram::{Bucket, Histogram};
use crate::limits::Limits;
use crate::remote_write::messages::{BucketSpan, NativeHistogram};

/// Buckets with bounds of their own instead of powers.
const CUSTOM_BUCKETS: i32 = -53;

/// Counts by the number of the bucket, as the wire has them.
fn numbered(
    spans: &[BucketSpan],
    deltas: &[i64],
    counts: &[f64],
    limits: &Limits,
) -> Result<Vec<(i64, f64)>, String> {
    let from_deltas = || {
        let mut count = 0i64;
        deltas.iter().map(move |delta| {
            count = count.saturating_add(*delta);
            count as f64
        })
    };
    let counts: Vec<f64> = if deltas.is_empty() { counts.to_vec() } else { from_deltas().collect() };
    let total: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if usize::try_from(total) != Ok(counts.len()) {
        return Err(format!("spans of {total} buckets with {} counts", counts.len()));
    }
    if counts.len() > limits.buckets {
        return Err(format!("more than {} buckets", limits.buckets));
    }
    let mut number = 0;
    let numbers = spans.iter().flat_map(|span| {
        let first = number + i64::from(span.offset);
        number = first + i64::from(span.length);
        first..number
    });
    Ok(numbers.zip(counts).collect())
}

/// The histogram of a message. Counts of a bucket that are below 0 make it unreadable.
pub(super) fn histogram(wire: &NativeHistogram, limits: &Limits) -> Result<Histogram, String> {
    let count = wire.count_float.or(wire.count_int.map(|n| n as f64));
    let positive = numbered(&wire.positive_spans, &wire.positive_deltas, &wire.positive_counts, limits)?;
    let histogram = if wire.schema == CUSTOM_BUCKETS {
        let bounds = &wire.custom_values;
        let bound = |i: i64| usize::try_from(i).ok().and_then(|i| bounds.get(i)).copied();
        let n = bounds.len();
        let buckets = positive.into_iter().map(|(i, count)| {
            if !(0..=n).contains(&usize::try_from(i).unwrap_or(usize::MAX)) {
                return Err(format!("bucket {i} of {} bounds", bounds.len()));
            }
            let lower = bound(i - 1).unwrap_or(f64::NEG_INFINITY);
            Ok(Bucket::new(lower, bound(i).unwrap_or(f64::INFINITY), count))
        });
        Histogram::explicit(buckets.collect::<Result<Vec<_>, _>>()?)
    } else {
        let negative = numbered(&wire.negative_spans, &wire.negative_deltas, &wire.negative_counts, limits)?;
        let zero = wire.zero_count_float.unwrap_or(wire.zero_count_int.unwrap_or(0) as f64);
        // Bucket i ends at the i-th power; ours begins there.
        let shifted = |side: Vec<(i64, f64)>| side.into_iter().map(|(i, n)| (i - 1, n)).collect();
        Histogram::sparse(wire.schema, wire.zero_threshold, zero, shifted(positive), shifted(negative))
    };
    let histogram = histogram.map_err(|why| why.to_string())?;
    Ok(histogram.with_sum(Some(wire.sum)).with_count(count))
}
