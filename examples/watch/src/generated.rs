//! Series that are generated, with what is wrong in them.

use evenkeel::prelude::{At, Timestamp};
use evenkeel::stats::Generator;

/// A generated series.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Its name, as that of a file.
    pub name: &'static str,
    /// Every five minutes, for four weeks; rounded to four digits behind the point.
    pub samples: Vec<At<f64>>,
    /// What it is, and what is wrong in it.
    pub truth: &'static str,
}

/// Samples of a day.
const DAY: usize = 288;
/// So many days.
const DAYS: usize = 28;

/// Six series of four weeks, every five minutes from Monday, 2026-03-02 on: what a small service might record.
#[must_use]
pub fn folder(seed: u64) -> Vec<Generated> {
    let day = |i: usize| -(std::f64::consts::TAU * i as f64 / DAY as f64).cos();
    let slow = |noise: &mut f64, draw: &mut Generator| {
        *noise = 0.8 * *noise + 0.6 * draw.normal();
        *noise
    };
    let make = |name, truth, place: u64, value: &mut dyn FnMut(usize, &mut Generator) -> f64| {
        let mut draw = Generator::stream(seed, place);
        let at = |i: usize| Timestamp::from_seconds(1_772_409_600 + 300 * i as i64);
        let samples =
            (0..DAY * DAYS).map(|i| At::new(at(i), (1e4 * value(i, &mut draw)).round() / 1e4)).collect();
        Generated { name, samples, truth }
    };
    let (mut a, mut b, mut c) = (0.0, 0.0, 0.0);
    vec![
        make("cpu.csv", "noise around 40 %; nothing is wrong", 0, &mut |_, draw| {
            (40.0 + 3.0 * slow(&mut a, draw)).clamp(0.0, 100.0)
        }),
        make("requests.csv", "a daily rhythm that grows 1 % a day; nothing is wrong", 1, &mut |i, draw| {
            let growth = 1.0 + 0.01 * i as f64 / DAY as f64;
            growth * (300.0 + 120.0 * day(i) + 8.0 * slow(&mut b, draw))
        }),
        make("latency.csv", "seconds; 40 % slower on 2026-03-21 from 12:00 to 15:00", 2, &mut |i, draw| {
            let wrong = (19 * DAY + 144..19 * DAY + 180).contains(&i);
            0.120 * (0.12 * draw.normal()).exp() * if wrong { 1.4 } else { 1.0 }
        }),
        make(
            "sessions.csv",
            "daily; as few as at night on 2026-03-24 from 10:00 to 13:00",
            3,
            &mut |i, draw| {
                let wrong = (22 * DAY + 120..22 * DAY + 156).contains(&i);
                let usual = if wrong { 85.0 } else { 200.0 + 120.0 * day(i) };
                usual + 6.0 * slow(&mut c, draw)
            },
        ),
        make(
            "memory.csv",
            "gigabytes; leaks 0.3 an hour from 2026-03-26 00:00 for a day",
            4,
            &mut |i, draw| {
                let leaked = i.checked_sub(24 * DAY).filter(|since| *since < DAY).unwrap_or(0);
                8.0 + 0.15 * draw.normal() + 0.3 * leaked as f64 / 12.0
            },
        ),
        make(
            "batch.csv",
            "seconds; heavy tails (log-normal, sigma 0.8); nothing is wrong",
            5,
            &mut |_, draw| 20.0 * (0.8 * draw.normal()).exp(),
        ),
    ]
}
