//! The exponential function of differences of log-densities, in plain arithmetic.
//!
//! Loops over it become vector instructions, and it gives the same bits on every platform, so that batch and
//! stream can share it.

/// Where the result is taken for 0: `exp` of it is 1e-307.
const LEAST: f64 = -707.0;
/// Adding it rounds to an integer in the low bits.
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first with zeros at its end.
const LN_2_HIGH: f64 = 6.931_471_803_691_238_16e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_70e-10;
/// Chebyshev interpolation on [-ln 2 / 2, ln 2 / 2]: relative error 1.6e-17 before rounding.
const C: [f64; 10] = [
    0.500_000_000_000_001_9,
    0.166_666_666_666_666_7,
    0.041_666_666_666_488_15,
    0.008_333_333_333_323_686,
    0.001_388_888_895_231_098,
    0.000_198_412_698_834_901_97,
    2.480_148_548_010_965_7e-5,
    2.755_724_571_471_726_6e-6,
    2.763_264_214_293_462e-7,
    2.510_871_720_599_447_5e-8,
];

/// `exp(x)` for x <= 0 within 1.5 units in the last place; 0 below -707 and for NaN.
#[inline(always)]
pub(super) fn exp_of_nonpositive(x: f64) -> f64 {
    let clamped = if x > LEAST { x } else { LEAST };
    let shifted = clamped * core::f64::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (clamped - n * LN_2_HIGH) - n * LN_2_LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (C[0] + C[1] * r) + (C[2] + C[3] * r) * r2;
    let high = ((C[4] + C[5] * r) + (C[6] + C[7] * r) * r2) + (C[8] + C[9] * r) * r4;
    let p = 1.0 + (r + r2 * (low + high * r4));
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x > LEAST { p * scale } else { 0.0 }
}
