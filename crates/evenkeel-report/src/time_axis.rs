//! The axis of time: marks at round times, with their dates.

use evenkeel_core::Timestamp;

/// Distances of marks in seconds, from a millisecond to ten years.
const DISTANCES: [f64; 37] = [
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_536_000.0,
    63_072_000.0,
    157_680_000.0,
    315_360_000.0,
];

/// A mark of an axis of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TimeMark {
    pub(crate) time: Timestamp,
    /// The time of day, or the date where marks are days apart.
    pub(crate) label: String,
    /// The date, where it is another than that of the mark before.
    pub(crate) date: Option<String>,
}

/// At most `most` marks from a time to another, at round times (UTC).
pub(crate) fn time_marks((from, to): (Timestamp, Timestamp), most: usize) -> Vec<TimeMark> {
    let length = to.since(from).as_secs_f64();
    let fits = |distance: &f64| length / distance <= most.max(1) as f64;
    let Some(distance) = DISTANCES.into_iter().find(fits) else { return Vec::new() };
    let nanos = i128::from((distance * 1e9).round() as i64);
    let first = i128::from(from.as_nanos()).div_euclid(nanos) * nanos;
    let first = if first < i128::from(from.as_nanos()) { first + nanos } else { first };
    let times = (0..=most as i128).map_while(|i| i64::try_from(first + i * nanos).ok());
    let mut last_date = String::new();
    times
        .map(Timestamp::from_nanos)
        .take_while(|time| *time <= to)
        .map(|time| {
            let text = time.to_string();
            let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
            let clock = clock.trim_end_matches('Z');
            if distance >= 86_400.0 {
                return TimeMark { time, label: date.into(), date: None };
            }
            let label = if distance < 1.0 {
                let decimals = if distance < 0.01 { 3 } else { 2 };
                let (whole, part) = clock.split_once('.').unwrap_or((clock, ""));
                let part: String = part.chars().chain("000".chars()).take(decimals).collect();
                format!("{whole}.{part}")
            } else if distance < 60.0 {
                clock.split('.').next().unwrap_or(clock).to_string()
            } else {
                clock.chars().take(5).collect()
            };
            let new = (last_date != date).then(|| date.to_string());
            last_date = date.to_string();
            TimeMark { time, label, date: new }
        })
        .collect()
}

/// A time as people read it: `2026-12-01 06:10:05`, with as many decimals as it has, at most three.
#[must_use]
pub fn clock(time: Timestamp) -> String {
    let text = time.to_string().replace('T', " ").trim_end_matches('Z').to_string();
    match text.split_once('.') {
        Some((whole, part)) => format!("{whole}.{}", part.chars().take(3).collect::<String>()),
        None => text,
    }
}
