//! Decimation: as many points as there are pixels to see them.

use evenkeel_core::{At, Timestamp, observed};

/// Fewer values than this a column are drawn as they are.
const DENSE: usize = 2;
/// A silence of so many usual distances is a gap in the line.
const GAP: f64 = 5.5;

/// The stretches of a series that are drawn as one line each: `columns` wide, at most two points a column, the least
/// and the largest value of the column in their order, so that no spike is lost. Missing values (not finite, or larger
/// than 1e100) and silences of more than five usual distances divide stretches, unless the column has other values.
///
/// In order of time, whatever the order given; values outside of the times are left out. O(n log n), O(n) if in order.
pub(crate) fn lines(samples: &[At<f64>], times: (Timestamp, Timestamp), columns: usize) -> Vec<Vec<At<f64>>> {
    let sorted = sorted(samples, times);
    let gap = usual_distance(&sorted).map_or(f64::INFINITY, |usual| GAP * usual);
    let columns = columns.max(1);
    let points = if sorted.len() > DENSE * columns { extremes(&sorted, times, columns) } else { sorted };
    // Of a column, neighbors are up to two columns apart.
    let gap = gap.max(2.5 * times.1.since(times.0).as_secs_f64() / columns as f64);
    let mut lines: Vec<Vec<At<f64>>> = Vec::new();
    let mut last: Option<Timestamp> = None;
    for point in points {
        if observed(point.value).is_none() {
            last = None;
            continue;
        }
        match (last, lines.last_mut()) {
            (Some(before), Some(line)) if point.time.since(before).as_secs_f64() <= gap => line.push(point),
            _ => lines.push(vec![point]),
        }
        last = Some(point.time);
    }
    lines
}

fn sorted(samples: &[At<f64>], (from, to): (Timestamp, Timestamp)) -> Vec<At<f64>> {
    let mut sorted: Vec<At<f64>> =
        samples.iter().filter(|s| (from..=to).contains(&s.time)).copied().collect();
    if !sorted.is_sorted_by_key(|s| s.time) {
        sorted.sort_by_key(|s| s.time);
    }
    sorted
}

/// The median distance of neighbors, in seconds.
fn usual_distance(sorted: &[At<f64>]) -> Option<f64> {
    let mut distances: Vec<u64> = sorted
        .windows(2)
        .map(|pair| pair[1].time.as_nanos().abs_diff(pair[0].time.as_nanos()))
        .filter(|distance| *distance > 0)
        .collect();
    let middle = distances.len() / 2;
    (!distances.is_empty()).then(|| *distances.select_nth_unstable(middle).1 as f64 * 1e-9)
}

/// The column of a time.
pub(crate) fn column(time: Timestamp, (from, to): (Timestamp, Timestamp), columns: usize) -> usize {
    let share = time.since(from).as_secs_f64() / to.since(from).as_secs_f64().max(f64::MIN_POSITIVE);
    ((share * columns as f64) as usize).min(columns - 1)
}

fn extremes(sorted: &[At<f64>], times: (Timestamp, Timestamp), columns: usize) -> Vec<At<f64>> {
    let mut points = Vec::with_capacity(2 * columns);
    for group in sorted.chunk_by(|a, b| column(a.time, times, columns) == column(b.time, times, columns)) {
        let known = || group.iter().filter(|s| observed(s.value).is_some());
        let least = known().min_by(|a, b| a.value.total_cmp(&b.value));
        let largest = known().max_by(|a, b| a.value.total_cmp(&b.value));
        match (least, largest) {
            (Some(a), Some(b)) if a.time == b.time => points.push(*a),
            (Some(a), Some(b)) if a.time < b.time => points.extend([*a, *b]),
            (Some(a), Some(b)) => points.extend([*b, *a]),
            _ => points.push(At::new(group[0].time, f64::NAN)),
        }
    }
    points
}

/// The band of a column: the least lower and the largest upper edge in it. As [`lines`], with a stretch for each part
/// without a gap.
pub(crate) fn bands(
    edges: &[At<(f64, f64)>],
    times: (Timestamp, Timestamp),
    columns: usize,
) -> Vec<Vec<At<(f64, f64)>>> {
    let side = |pick: fn((f64, f64)) -> f64| -> Vec<At<f64>> {
        let known = |e: &At<(f64, f64)>| observed(e.value.0).is_some() && observed(e.value.1).is_some();
        edges.iter().filter(|e| known(e)).map(|e| At::new(e.time, pick(e.value))).collect()
    };
    let (lower, upper) = (sorted(&side(|e| e.0), times), sorted(&side(|e| e.1), times));
    let gap = usual_distance(&lower).map_or(f64::INFINITY, |usual| GAP * usual);
    let gap = gap.max(2.5 * times.1.since(times.0).as_secs_f64() / columns.max(1) as f64);
    let columns = columns.max(1);
    let is_dense = lower.len() > columns;
    let same = |a: &At<f64>, b: &At<f64>| {
        is_dense && column(a.time, times, columns) == column(b.time, times, columns)
    };
    let fold = |group: &[At<f64>], pick: fn(f64, f64) -> f64| {
        group.iter().map(|s| s.value).reduce(pick).unwrap_or(f64::NAN)
    };
    let mut bands: Vec<Vec<At<(f64, f64)>>> = Vec::new();
    for (low, high) in lower.chunk_by(same).zip(upper.chunk_by(same)) {
        let edge = At::new(low[0].time, (fold(low, f64::min), fold(high, f64::max)));
        match bands.last_mut() {
            Some(band) if band.last().is_some_and(|last| edge.time.since(last.time).as_secs_f64() <= gap) => {
                band.push(edge);
            }
            _ => bands.push(vec![edge]),
        }
    }
    bands
}
