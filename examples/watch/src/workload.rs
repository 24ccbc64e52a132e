//! A real workload to watch when there is no file: how long a batch of work takes on this machine, right now.

use evenkeel::prelude::{At, Timestamp};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What was measured, and what was done to the workload meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Seconds that a batch took, at the time it ended.
    pub samples: Vec<At<f64>>,
    /// From when to when batches were heavier.
    pub heavier: (Timestamp, Timestamp),
}

/// How long a batch rests before the next.
const PAUSE: Duration = Duration::from_millis(4);
/// How many numbers a batch sorts.
const BATCH: usize = 20_000;
/// How many times as many it sorts while the workload is heavier.
const HEAVIER: usize = 4;

/// Sorts batches of numbers for `length` and measures each; from 70 to 80 percent of the time batches are four times as large.
#[must_use]
pub fn run(length: Duration) -> Measured {
    let begin = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let epoch = Timestamp::EPOCH + begin;
    let clock = Instant::now();
    let (from, to) = (length.mul_f64(0.7), length.mul_f64(0.8));
    let mut samples = Vec::new();
    let mut seed = 1_u64;
    while clock.elapsed() < length {
        let heavier = (from..to).contains(&clock.elapsed());
        let size = if heavier { HEAVIER * BATCH } else { BATCH };
        let started = Instant::now();
        let mut numbers: Vec<u64> = (0..size)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed >> 20
            })
            .collect();
        numbers.sort_unstable();
        black_box(&numbers);
        samples.push(At::new(epoch + clock.elapsed(), started.elapsed().as_secs_f64()));
        thread::sleep(PAUSE);
    }
    Measured { samples, heavier: (epoch + from, epoch + to) }
}
