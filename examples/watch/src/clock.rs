//! Times as people read them.

use evenkeel::prelude::Timestamp;
use std::time::Duration;

/// A time without its `T` and `Z`: `2014-04-11 09:00:00`, in UTC.
#[must_use]
pub fn clock(time: Timestamp) -> String {
    time.to_string().replace('T', " ").trim_end_matches('Z').to_string()
}

/// A time to the minute: `2014-04-11 09:00`; to the second where values come faster than one a minute.
#[must_use]
pub fn short(time: Timestamp, step: Duration) -> String {
    clock(time).chars().take(if step < Duration::from_secs(60) { 19 } else { 16 }).collect()
}

/// Distances between the marks of an axis of time, in seconds, from a millisecond to four years.
const DISTANCES: [f64; 27] = [
    0.001,
    0.01,
    0.1,
    0.5,
    1.0,
    5.0,
    15.0,
    30.0,
    60.0,
    300.0,
    900.0,
    1_800.0,
    3_600.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    1_728_000.0,
    2_592_000.0,
    5_184_000.0,
    15_552_000.0,
    31_536_000.0,
    63_072_000.0,
    126_144_000.0,
];

/// Marks of an axis that begins `low` and ends `high` seconds after `since`, at round times, at most `most` of
/// them, each with its label.
#[must_use]
pub fn marks(since: Timestamp, (low, high): (f64, f64), most: usize) -> Vec<(f64, String)> {
    let fits = |distance: &f64| (high - low) / distance <= most as f64;
    let Some(distance) = DISTANCES.into_iter().find(fits) else { return Vec::new() };
    let epoch = since.as_nanos() as f64 * 1e-9;
    let first = ((epoch + low) / distance).ceil();
    let (from, until) = match distance {
        d if d >= 86_400.0 => (0, 10),
        d if d >= 60.0 => (0, 16),
        d if d >= 1.0 => (11, 19),
        _ => (11, 23),
    };
    (0..=most)
        .map(|i| (first + i as f64) * distance)
        .map(|seconds| (seconds - epoch, seconds))
        .take_while(|(x, _)| *x <= high)
        .map(|(x, seconds)| {
            let text = clock(Timestamp::from_nanos((seconds * 1e3).round() as i64 * 1_000_000));
            (x, text.chars().skip(from).take(until - from).collect())
        })
        .collect()
}
