//! Exponential buckets.

use crate::histogram::bucket::Bucket;
use crate::limits::Limits;
use std::collections::BTreeMap;

/// Buckets at powers of 2^(2^-scale): number i goes from the i-th power to the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exponential {
    pub(super) scale: i32,
    pub(super) zero_threshold: f64,
    pub(super) zero_count: f64,
    pub(super) positive: BTreeMap<i64, f64>,
    pub(super) negative: BTreeMap<i64, f64>,
}

/// The buckets of one sign of an exponential histogram: the number of the first, and the counts from there on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialBuckets<'a> {
    /// The number of the first bucket.
    pub offset: i32,
    /// The counts.
    pub counts: &'a [f64],
}

/// Scales that differ by more than this from 0 are beyond all that a double can tell apart.
pub(super) const SCALES: core::ops::RangeInclusive<i32> = -11..=64;

impl Exponential {
    fn bound(&self, i: i64) -> f64 {
        // 2^(i / 2^scale); clamped so that the conversion is exact and the power is 0 or infinite anyway.
        let exponent = i.clamp(-(1 << 52), 1 << 52) as f64 * f64::from(-self.scale).exp2();
        exponent.exp2().min(f64::MAX)
    }

    pub(super) fn buckets(&self) -> Vec<Bucket> {
        let zero = self.zero_threshold;
        // Buckets that the one of zero has grown into keep what lies outside of it.
        let one = |(&i, &n): (&i64, &f64)| {
            let (lower, upper) = (self.bound(i).max(zero), self.bound(i + 1).max(zero));
            (lower, if upper > lower { upper } else { lower.next_up() }, n)
        };
        let mut buckets: Vec<Bucket> =
            self.negative.iter().rev().map(one).map(|(l, u, n)| Bucket::new(-u, -l, n)).collect();
        if self.zero_count > 0.0 {
            buckets.push(Bucket::new(
                if self.negative.is_empty() { 0.0 } else { -zero },
                zero,
                self.zero_count,
            ));
        }
        buckets.extend(self.positive.iter().map(one).map(|(l, u, n)| Bucket::new(l, u, n)));
        buckets
    }

    pub(super) fn halve(&mut self) {
        self.scale -= 1;
        for side in [&mut self.positive, &mut self.negative] {
            let mut coarse = BTreeMap::new();
            for (i, n) in core::mem::take(side) {
                *coarse.entry(i >> 1).or_insert(0.0) += n;
            }
            *side = coarse;
        }
    }

    pub(super) fn reduce_to(&mut self, buckets: usize) {
        while self.positive.len() + self.negative.len() + 1 > buckets && self.scale > *SCALES.start() {
            self.halve();
        }
    }

    /// Takes the counts of an earlier one at the same scale away; false if one would go below 0.
    pub(super) fn subtract(&mut self, earlier: &Self) -> bool {
        self.zero_count -= earlier.zero_count;
        let mut sides = [(&mut self.positive, &earlier.positive), (&mut self.negative, &earlier.negative)];
        let fits = sides.iter_mut().all(|(now, before)| {
            before.iter().all(|(i, n)| match now.get_mut(i) {
                Some(count) => {
                    *count -= n;
                    *count >= 0.0
                }
                None => *n == 0.0,
            })
        });
        fits && self.zero_count >= 0.0
    }

    pub(super) fn merge(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.clone(), other.clone());
        while a.scale > b.scale {
            a.halve();
        }
        while b.scale > a.scale {
            b.halve();
        }
        a.zero_threshold = a.zero_threshold.max(b.zero_threshold);
        a.zero_count += b.zero_count;
        for (into, from) in [(&mut a.positive, b.positive), (&mut a.negative, b.negative)] {
            for (i, n) in from {
                *into.entry(i).or_insert(0.0) += n;
            }
        }
        a.reduce_to(Limits::default().buckets);
        a
    }
}
