//! The standard normal distribution. It is here because [`Prediction`](crate::Prediction) derives intervals
//! from it; the distribution with location and scale is `evenkeel_stats::Normal`.

use core::f64::consts::{FRAC_1_SQRT_2, PI};

/// `ln(sqrt(2 pi))`.
pub const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_741_780_329_736_406;

/// Natural logarithm of the density at `z`.
#[must_use]
pub fn log_density(z: f64) -> f64 {
    -0.5 * z * z - LN_SQRT_TAU
}

/// P(Z <= z), accurate relative to itself in both tails.
#[must_use]
pub fn lower(z: f64) -> f64 {
    upper(-z)
}

/// P(Z > z), accurate relative to itself in both tails: 1e-13 down to the smallest normal number.
#[must_use]
pub fn upper(z: f64) -> f64 {
    // erfc is steep where it is small: the rounding of z / sqrt 2 is corrected to first order.
    let scaled = z * FRAC_1_SQRT_2;
    let tail = 0.5 * libm::erfc(scaled);
    if scaled > 1.0 && tail > 0.0 {
        let exact_square = 0.5 * z * z;
        let (square, remainder) = square_exactly(scaled);
        // exp(-(scaled^2)) was used where exp(-z^2/2) was meant
        let excess = (square - exact_square) + remainder - square_remainder(z) * 0.5;
        tail * (1.0 + excess)
    } else {
        tail
    }
}

/// `x * x` as a rounded value and the exact remainder (Dekker 1971).
fn square_exactly(x: f64) -> (f64, f64) {
    (x * x, square_remainder(x))
}

fn square_remainder(x: f64) -> f64 {
    let shift = 134_217_729.0 * x; // 2^27 + 1
    let high = shift - (shift - x);
    let low = x - high;
    ((high * high - x * x) + 2.0 * high * low) + low * low
}

/// The z with P(Z <= z) = `p`: `-inf` at 0, `inf` at 1, NaN outside of [0, 1].
///
/// Source: M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988) 477-484, doi:10.2307/2347330;
/// relative accuracy about 1e-16. A `p` close to 1 has lost the digits of its tail already: use
/// [`upper_quantile`].
#[must_use]
pub fn lower_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return central(q);
    }
    if q < 0.0 { -tail(p) } else { tail(1.0 - p) }
}

/// The z with P(Z > z) = `p`: `inf` at 0, `-inf` at 1, NaN outside of [0, 1].
#[must_use]
pub fn upper_quantile(p: f64) -> f64 {
    -lower_quantile(p)
}

/// Evaluates a polynomial, highest coefficient first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

fn central(q: f64) -> f64 {
    const A: [f64; 8] = [
        2.509_080_928_730_122_672_7e3,
        3.343_057_558_358_812_810_5e4,
        6.726_577_092_700_870_085_3e4,
        4.592_195_393_154_987_145_7e4,
        1.373_169_376_550_946_112_5e4,
        1.971_590_950_306_551_442_7e3,
        1.331_416_678_917_843_774_5e2,
        3.387_132_872_796_366_608_0,
    ];
    const B: [f64; 8] = [
        5.226_495_278_852_854_561_0e3,
        2.872_908_573_572_194_267_4e4,
        3.930_789_580_009_271_061_0e4,
        2.121_379_430_158_659_588_2e4,
        5.394_196_021_424_751_107_7e3,
        6.871_870_074_920_579_083_0e2,
        4.231_333_070_160_091_125_2e1,
        1.0,
    ];
    let r = 0.180_625 - q * q;
    q * polynomial(&A, r) / polynomial(&B, r)
}

/// The positive z with tail probability `p` < 0.075.
fn tail(p: f64) -> f64 {
    const C: [f64; 8] = [
        7.745_450_142_783_414_076_40e-4,
        2.272_384_498_926_918_458_33e-2,
        2.417_807_251_774_506_117_70e-1,
        1.270_458_252_452_368_382_58,
        3.647_848_324_763_204_605_04,
        5.769_497_221_460_691_405_50,
        4.630_337_846_156_545_295_90,
        1.423_437_110_749_683_577_34,
    ];
    const D: [f64; 8] = [
        1.050_750_071_644_416_843_24e-9,
        5.475_938_084_995_344_946_00e-4,
        1.519_866_656_361_645_719_66e-2,
        1.481_039_764_274_800_745_90e-1,
        6.897_673_349_851_000_045_50e-1,
        1.676_384_830_183_803_849_40,
        2.053_191_626_637_758_821_87,
        1.0,
    ];
    const E: [f64; 8] = [
        2.010_334_399_292_288_132_65e-7,
        2.711_555_568_743_487_578_15e-5,
        1.242_660_947_388_078_438_60e-3,
        2.653_218_952_657_612_309_30e-2,
        2.965_605_718_285_048_912_30e-1,
        1.784_826_539_917_291_335_80,
        5.463_784_911_164_114_369_90,
        6.657_904_643_501_103_777_20,
    ];
    const F: [f64; 8] = [
        2.044_263_103_389_939_785_64e-15,
        1.421_511_758_316_445_888_70e-7,
        1.846_318_317_510_054_681_80e-5,
        7.868_691_311_456_132_591_00e-4,
        1.487_536_129_085_061_485_25e-2,
        1.369_298_809_227_358_053_10e-1,
        5.998_322_065_558_879_376_90e-1,
        1.0,
    ];
    if p <= 0.0 {
        return f64::INFINITY;
    }
    let r = libm::sqrt(-libm::log(p));
    if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    }
}

/// Density at `z`.
#[must_use]
pub fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * PI)
}
