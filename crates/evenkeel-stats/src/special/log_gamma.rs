//! Logarithms of the gamma function and of its ratios.

use evenkeel_core::gaussian::LN_SQRT_TAU;

/// `ln Gamma(a)` for `a > 0`; NaN elsewhere.
///
/// Relative accuracy 1e-15, also next to its zeros at 1 and 2.
#[must_use]
pub fn log_gamma(a: f64) -> f64 {
    if a > 0.0 { libm::lgamma(a) } else { f64::NAN }
}

/// `ln Gamma(1 + a)` for `a > -1`, accurate relative to itself for tiny `a`.
#[must_use]
pub fn log_gamma_1p(a: f64) -> f64 {
    if a.is_nan() || a <= -1.0 {
        return f64::NAN;
    }
    let t = 1.0 + a;
    if a.abs() < 0.5 {
        // What the sum lost to rounding, put back to first order.
        let lost = a - (t - 1.0);
        libm::lgamma(t) + lost * digamma(t)
    } else {
        libm::lgamma(t)
    }
}

/// The error of Stirling's formula, `ln Gamma(a + 1) - ((a + 1/2) ln a - a + ln sqrt(2 pi))`, for `a > 0`. About `1 / (12 a)`.
///
/// Absolute accuracy 1e-15 times the size of the terms. Source: F. W. J. Olver et al., DLMF 5.11.1, <https://dlmf.nist.gov/5.11>.
#[must_use]
pub fn stirling_error(a: f64) -> f64 {
    const SERIES: [f64; 9] = [
        43_867.0 / 244_188.0,
        -3_617.0 / 122_400.0,
        1.0 / 156.0,
        -691.0 / 360_360.0,
        1.0 / 1_188.0,
        -1.0 / 1_680.0,
        1.0 / 1_260.0,
        -1.0 / 360.0,
        1.0 / 12.0,
    ];
    if a < 10.0 {
        return log_gamma_1p(a) - (a + 0.5) * libm::log(a) + a - LN_SQRT_TAU;
    }
    let square = 1.0 / (a * a);
    SERIES.iter().fold(0.0, |sum, c| sum * square + c) / a
}

/// `ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b)` for `a, b > 0`; NaN elsewhere. The large terms of the three
/// logarithms are cancelled by hand, so that the absolute error stays a few roundings of the result, not of its parts.
#[must_use]
pub fn log_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    if small.is_nan() || large.is_nan() || small <= 0.0 {
        return f64::NAN;
    }
    if large < 10.0 {
        return log_gamma(small) + (log_gamma(large) - log_gamma(small + large));
    }
    let sum = small + large;
    let errors = stirling_error(large) - stirling_error(sum);
    let ratio = libm::log1p(small / large);
    if small < 10.0 {
        return log_gamma(small) - (large - 0.5) * ratio - small * libm::log(sum) + small + errors;
    }
    (small - 0.5) * (libm::log(small) - libm::log(sum)) - (large - 0.5) * ratio - 0.5 * libm::log(sum)
        + LN_SQRT_TAU
        + stirling_error(small)
        + errors
}

/// The derivative of [`log_gamma`], for `a > 0`; NaN elsewhere. Absolute accuracy 1e-15 times the larger of 1 and the result.
///
/// Source: DLMF 5.5.2 and 5.11.2, <https://dlmf.nist.gov/5.11>.
#[must_use]
pub fn digamma(a: f64) -> f64 {
    const SERIES: [f64; 7] =
        [1.0 / 12.0, -691.0 / 32_760.0, 1.0 / 132.0, -1.0 / 240.0, 1.0 / 252.0, -1.0 / 120.0, 1.0 / 12.0];
    if a.is_nan() || a <= 0.0 {
        return f64::NAN;
    }
    let mut a = a;
    let mut shift = 0.0;
    while a < 10.0 {
        shift += 1.0 / a;
        a += 1.0;
    }
    let square = 1.0 / (a * a);
    let series = SERIES.iter().fold(0.0, |sum, c| sum * square + c) * square;
    libm::log(a) - 0.5 / a - series - shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn agrees_with_high_precision() {
        let close = |got: f64, value: f64| assert!((got / value - 1.0).abs() < 1e-14, "{got} {value}");
        close(log_gamma_1p(1e-20), -5.772_156_649_015_328_6e-21);
        close(log_gamma_1p(1e-3), -5.763_935_982_833_696e-4);
        close(digamma(1.0), -0.577_215_664_901_532_9);
        close(digamma(1e-3), -1_000.575_571_931_810_3);
        close(digamma(123.25), 4.810_152_531_964_819);
        close(stirling_error(10.0), 8.330_563_433_362_871e-3);
        close(log_beta(1e5, 1e5), -138_633.927_061_348_06);
        close(log_beta(0.01, 1e5), 4.484_350_672_892_4);
        close(log_beta(25.0, 300.0), -88.783_669_740_855_87);
        close(log_beta(2.5, 0.5), 0.163_900_632_837_673_94);
    }

    #[test]
    fn stirling_is_continuous_where_the_method_changes() {
        let (below, above) = (stirling_error(10.0 - 1e-12), stirling_error(10.0));
        assert_abs_diff_eq!(below, above, epsilon = 2e-14);
    }

    #[test]
    fn outside_of_the_domain_is_nan() {
        for a in [-1.0, 0.0, f64::NAN] {
            assert!(log_gamma(a).is_nan() && digamma(a).is_nan() && log_beta(a, 1.0).is_nan());
        }
    }
}
