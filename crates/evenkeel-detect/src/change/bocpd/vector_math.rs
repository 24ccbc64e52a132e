//! Vectorizable logarithm and exponential, without branches or tables.
//!
//! Nothing but additions, multiplications, one division and whole numbers: like those of `libm`, the bits are
//! the same on every platform.

use core::f64::consts::{LOG2_E, SQRT_2};

/// ln 2 in two parts; the first times a small whole number is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEFA_0000);
/// ln 2 - `LN_2_HIGH`, from the decimals of ln 2.
const LN_2_LOW: f64 = 1.646_594_958_289_708_2e-12;
/// Added to a small whole number it puts the number into the last bits.
const SHIFT: f64 = 6_755_399_441_055_744.0;
const MANTISSA: u64 = (1 << 52) - 1;

/// ln x of a positive, normal number, within 3e-16 of the larger of 1 and the result.
///
/// x = 2^k m with m in [sqrt(1/2), sqrt 2); ln m = 2 artanh(s) with s = (m - 1) / (m + 1), |s| < 0.172.
#[inline(always)]
pub(super) fn log(x: f64) -> f64 {
    const ROOT: u64 = (0.5 * SQRT_2).to_bits();
    let moved = x.to_bits().wrapping_add(1.0_f64.to_bits() - ROOT);
    let m = f64::from_bits((moved & MANTISSA) + ROOT);
    // 2^52 + the exponent, which has 1023 added to it.
    let k = f64::from_bits(moved >> 52 | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let s = (m - 1.0) / (m + 1.0);
    let (z, w) = (s * s, (s * s) * (s * s));
    let even = 1.0 / 3.0 + w * (1.0 / 7.0 + w * (1.0 / 11.0 + w * (1.0 / 15.0 + w * (1.0 / 19.0))));
    let odd = 1.0 / 5.0 + w * (1.0 / 9.0 + w * (1.0 / 13.0 + w * (1.0 / 17.0 + w * (1.0 / 21.0))));
    let small = 2.0 * s * (z * (even + z * odd));
    k * LN_2_HIGH + (2.0 * s + (small + k * LN_2_LOW))
}

/// exp x of a number of at most 0, within 1e-15 of the result; 0 below -700.
///
/// x = k ln 2 + r with |r| < 0.35, exp r by its Taylor series.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let inside = x.max(-700.0);
    let moved = inside * LOG2_E + SHIFT;
    let k = moved - SHIFT;
    let r = (inside - k * LN_2_HIGH) - k * LN_2_LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + r * (1.0 / 5040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high = (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0))
        + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    let power = 1.0 + (r + r2 * (low + r4 * (middle + r4 * high)));
    let scale = f64::from_bits((moved.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    // All bits or none.
    let kept = 0_u64.wrapping_sub(u64::from(x > -700.0));
    f64::from_bits((power * scale).to_bits() & kept)
}

/// A whole number below 2^52 as a float: put behind that power of two it is one.
#[inline(always)]
pub(super) fn whole(x: u64) -> f64 {
    f64::from_bits(x | 0x4330_0000_0000_0000) - 4_503_599_627_370_496.0
}

/// The sum, in four independent parts.
pub(super) fn sum(row: &[f64]) -> f64 {
    let (fours, rest) = row.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, x) in sums.iter_mut().zip(four) {
            *sum += x;
        }
    }
    rest.iter().fold((sums[0] + sums[2]) + (sums[1] + sums[3]), |sum, x| sum + x)
}

/// The largest; -inf of none.
pub(super) fn largest(row: &[f64]) -> f64 {
    let (fours, rest) = row.as_chunks::<4>();
    let mut high = [f64::NEG_INFINITY; 4];
    for four in fours {
        for (high, x) in high.iter_mut().zip(four) {
            *high = if *x > *high { *x } else { *high };
        }
    }
    high.iter().chain(rest).fold(f64::NEG_INFINITY, |high, x| if *x > high { *x } else { high })
}

/// The least; inf of none.
pub(super) fn least(row: &[f64]) -> f64 {
    let (fours, rest) = row.as_chunks::<4>();
    let mut low = [f64::INFINITY; 4];
    for four in fours {
        for (low, x) in low.iter_mut().zip(four) {
            *low = if *x < *low { *x } else { *low };
        }
    }
    low.iter().chain(rest).fold(f64::INFINITY, |low, x| if *x < low { *x } else { low })
}
