//! Exponential buckets that many threads count in at once.

use crate::histogram::Histogram;
use evenkeel_core::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Buckets of exponential histograms of scale 3: eight to a power of two, each 9% wide, from 2^-32 to 2^48.
/// In seconds: from 0.2 ns to nine million years. 5 KiB, twice that once a negative value came.
#[derive(Debug)]
pub(super) struct AtomicBuckets {
    zero: AtomicU64,
    positive: Box<[AtomicU64]>,
    negative: OnceLock<Box<[AtomicU64]>>,
    /// Values beyond the last bucket, which are counted in it.
    beyond: AtomicU64,
    /// Values that are not finite, which are in no bucket.
    unusable: AtomicU64,
}

/// What was counted since it was taken last.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub(super) zero: u64,
    pub(super) positive: Vec<(i64, f64)>,
    pub(super) negative: Vec<(i64, f64)>,
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "durations are neither"))]
    pub(super) beyond: u64,
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "durations are neither"))]
    pub(super) unusable: u64,
    /// Of all that are in buckets.
    pub(super) count: u64,
}

const SCALE: i32 = 3;
const LOWEST_POWER: i32 = -32;
const POWERS: usize = 80;
const BUCKETS: usize = POWERS << SCALE;
const MANTISSA: u64 = (1 << 52) - 1;

/// The mantissas of 2^(k/8).
const BOUNDS: [u64; 8] = [
    1.0_f64.to_bits() & MANTISSA,
    1.090_507_732_665_257_7_f64.to_bits() & MANTISSA,
    1.189_207_115_002_721_f64.to_bits() & MANTISSA,
    1.296_839_554_651_009_6_f64.to_bits() & MANTISSA,
    core::f64::consts::SQRT_2.to_bits() & MANTISSA,
    1.542_210_825_407_940_7_f64.to_bits() & MANTISSA,
    1.681_792_830_507_429_f64.to_bits() & MANTISSA,
    1.834_008_086_409_342_4_f64.to_bits() & MANTISSA,
];

/// The number of the bucket of a finite value above 0, counted from that of the lowest power. Bucket i ends at
/// the (i + 1)-th bound, which is in it.
fn place(value: f64) -> i32 {
    let bits = value.to_bits();
    let power = i32::try_from(bits >> 52).unwrap_or(i32::MAX) - 1023;
    let mantissa = bits & MANTISSA;
    let above: i32 = BOUNDS.iter().map(|&bound| i32::from(bound < mantissa)).sum();
    ((power - LOWEST_POWER) << SCALE) + above - 1
}

fn buckets() -> Box<[AtomicU64]> {
    core::iter::repeat_with(AtomicU64::default).take(BUCKETS).collect()
}

impl AtomicBuckets {
    pub(super) fn new() -> Self {
        Self {
            zero: AtomicU64::new(0),
            positive: buckets(),
            negative: OnceLock::new(),
            beyond: AtomicU64::new(0),
            unusable: AtomicU64::new(0),
        }
    }

    /// Counts a value so many times; false if it is not finite and in no bucket.
    pub(super) fn record(&self, value: f64, count: u64) -> bool {
        if !value.is_finite() {
            self.unusable.fetch_add(count, Ordering::Relaxed);
            return false;
        }
        let Ok(place) = usize::try_from(place(value.abs())) else {
            self.zero.fetch_add(count, Ordering::Relaxed);
            return true;
        };
        let side = if value > 0.0 { &self.positive } else { self.negative.get_or_init(buckets) };
        if place >= BUCKETS {
            self.beyond.fetch_add(count, Ordering::Relaxed);
        }
        side[place.min(BUCKETS - 1)].fetch_add(count, Ordering::Relaxed);
        true
    }

    /// Hands out what was counted since the last time. What is counted meanwhile is in this or in the next.
    pub(super) fn take(&self) -> Counted {
        let taken = |counter: &AtomicU64| match counter.load(Ordering::Relaxed) {
            0 => 0,
            _ => counter.swap(0, Ordering::Relaxed),
        };
        let mut count = taken(&self.zero);
        let zero = count;
        let mut side = |counters: &[AtomicU64]| {
            let numbered = (i64::from(LOWEST_POWER) << SCALE..).zip(counters);
            let filled = numbered.map(|(i, counter)| (i, taken(counter))).filter(|pair| pair.1 > 0);
            let filled: Vec<(i64, u64)> = filled.collect();
            count = filled.iter().fold(count, |sum, pair| sum.wrapping_add(pair.1));
            filled.into_iter().map(|(i, n)| (i, n as f64)).collect()
        };
        let positive = side(&self.positive);
        let negative = self.negative.get().map_or_else(Vec::new, |counters| side(counters));
        let (beyond, unusable) = (taken(&self.beyond), taken(&self.unusable));
        Counted { zero, positive, negative, beyond, unusable, count }
    }
}

impl Counted {
    /// As a histogram with a sum.
    pub(super) fn into_histogram(self, sum: f64) -> Result<Histogram, Error> {
        let threshold = f64::from(LOWEST_POWER).exp2();
        let (zero, count) = (self.zero as f64, self.count as f64);
        let histogram = Histogram::sparse(SCALE, threshold, zero, self.positive, self.negative)?;
        Ok(histogram.with_sum(Some(sum)).with_count(Some(count)))
    }
}
