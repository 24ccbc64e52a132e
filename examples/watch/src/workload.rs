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

/// A workload that changed its regime, as it was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredRegimes {
    /// Seconds that a batch took, at the time it ended.
    pub samples: Vec<At<f64>>,
    /// From when on batches had how many numbers.
    pub sizes: Vec<At<usize>>,
}

/// How long a regime lasts, and how many times as large batches are in each.
const REGIME: Duration = Duration::from_secs(1);
const SIZES: [usize; 6] = [1, 4, 1, 2, 4, 2];

/// Sorts batches of numbers for `length` and measures each; every second they may become larger or smaller.
#[must_use]
pub fn run_in_regimes(length: Duration) -> MeasuredRegimes {
    let mut clock = Clock::start();
    let (mut samples, mut sizes): (Vec<At<f64>>, Vec<At<usize>>) = (Vec::new(), Vec::new());
    while clock.elapsed() < length {
        let turn = (clock.elapsed().as_nanos() / REGIME.as_nanos()) as usize;
        let size = SIZES[turn % SIZES.len()] * BATCH;
        if sizes.last().is_none_or(|last| last.value != size) {
            sizes.push(At::new(clock.now(), size));
        }
        samples.push(clock.batch(size));
    }
    MeasuredRegimes { samples, sizes }
}

/// Since when it runs, and what is sorted next.
struct Clock {
    epoch: Timestamp,
    started: Instant,
    seed: u64,
}

impl Clock {
    fn start() -> Self {
        let begin = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: Timestamp::EPOCH + begin, started: Instant::now(), seed: 1 }
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn now(&self) -> Timestamp {
        self.epoch + self.elapsed()
    }

    /// Sorts so many numbers, rests, and says how long the sorting took.
    fn batch(&mut self, size: usize) -> At<f64> {
        let started = Instant::now();
        let mut numbers: Vec<u64> = (0..size)
            .map(|_| {
                self.seed =
                    self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                self.seed >> 20
            })
            .collect();
        numbers.sort_unstable();
        black_box(&numbers);
        let took = At::new(self.now(), started.elapsed().as_secs_f64());
        thread::sleep(PAUSE);
        took
    }
}

/// Sorts batches of numbers for `length` and measures each; from 70 to 80 percent of the time batches are
/// four times as large.
#[must_use]
pub fn run(length: Duration) -> Measured {
    let mut clock = Clock::start();
    let (from, to) = (length.mul_f64(0.7), length.mul_f64(0.8));
    let mut samples = Vec::new();
    while clock.elapsed() < length {
        let heavier = (from..to).contains(&clock.elapsed());
        samples.push(clock.batch(if heavier { HEAVIER * BATCH } else { BATCH }));
    }
    Measured { samples, heavier: (clock.epoch + from, clock.epoch + to) }
}
