//! The regularized incomplete gamma function, both tails, and its inverse.

use super::{Side, Tails, log_gamma_1p, poisson_deviance, scaled_erfc, stirling_error, temme};
use crate::scalar_search::newton_log_tail;
use evenkeel_core::gaussian::{self, LN_SQRT_TAU};

/// Natural logarithm of `x^a exp(-x) / Gamma(a + 1)`, for `a > 0` and `x > 0`: the part that both tails have
/// in common.
///
/// Computed by Loader's saddle point, without cancellation of large terms.
#[must_use]
pub fn gamma_kernel(a: f64, x: f64) -> f64 {
    -poisson_deviance(a, x, x - a) - stirling_error(a) - LN_SQRT_TAU - 0.5 * libm::log(a)
}

/// Both tails of the gamma distribution with shape `a > 0` and scale 1 at `x >= 0`: P(a, x) below, Q(a, x)
/// above. Elsewhere NaN.
///
/// Relative accuracy of the smaller tail: 1e-13 for shapes from 1e-3 to 1e8 down to 1e-300, and as a
/// logarithm beyond. For shapes below 1e-3 the upper tail is computed from what is left of 1 in full relative
/// accuracy as well.
///
/// Method (after W. Gautschi, doi:10.1145/355972.355979, and A. R. DiDonato and A. H. Morris,
/// doi:10.1145/22721.23109): Temme's uniform expansion for shapes from 100 on and `x` near the shape, else a
/// power series below and Legendre's continued fraction above; for shapes below 1 and `x` < 1.5 the
/// alternating series, arranged around `expm1`. O(1) work, at most some hundred terms.
pub fn incomplete_gamma(a: f64, x: f64) -> Tails {
    if a.is_nan() || x.is_nan() || a <= 0.0 || x < 0.0 || a == f64::INFINITY {
        return Tails::nan();
    }
    if x == 0.0 {
        return Tails::none(Side::Lower);
    }
    if x == f64::INFINITY {
        return Tails::none(Side::Upper);
    }
    if a < 1.0 && x < 1.5 {
        return small_shape(a, x);
    }
    let d = x - a;
    if a >= 100.0 && d.abs() <= 0.35 * a {
        return uniform(a, x, d);
    }
    let log = gamma_kernel(a, x);
    if d <= 1.0 {
        Tails::new(Side::Lower, log, series(a, x))
    } else {
        // Q = x^a exp(-x) / Gamma(a) * f, and Gamma(a + 1) = a Gamma(a)
        Tails::new(Side::Upper, log, a * continued_fraction(a, x))
    }
}

/// `1 + x/(a+1) + x^2/((a+1)(a+2)) + ...`: P over the kernel.
fn series(a: f64, x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut n = a;
    loop {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term <= 1e-17 * sum {
            return sum;
        }
    }
}

/// Legendre's continued fraction in Lentz's form: Q over `x^a exp(-x) / Gamma(a)`.
fn continued_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut value = d;
    let mut n = 1.0;
    loop {
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / nonzero(numerator * d + b);
        c = nonzero(b + numerator / c);
        let change = d * c;
        value *= change;
        if (change - 1.0).abs() <= 2e-16 || n > 1e5 {
            return value;
        }
        n += 1.0;
    }
}

fn nonzero(x: f64) -> f64 {
    if x == 0.0 { 1e-300 } else { x }
}

fn small_shape(a: f64, x: f64) -> Tails {
    // x^a / Gamma(1 + a) = exp(log), P = exp(log) (1 + s), Q = (1 - exp(log)) - exp(log) s
    let log = a * libm::log(x) - log_gamma_1p(a);
    let mut s = 0.0;
    let mut power = 1.0;
    let mut n = 1.0;
    loop {
        power *= -x / n;
        let term = a * power / (a + n);
        s += term;
        if term.abs() <= 1e-17 * s.abs() || term == 0.0 {
            break;
        }
        n += 1.0;
    }
    if log + libm::log1p(s) < -core::f64::consts::LN_2 {
        Tails::new(Side::Lower, log, 1.0 + s)
    } else {
        Tails::new(Side::Upper, 0.0, -libm::expm1(log) - libm::exp(log) * s)
    }
}

fn uniform(a: f64, x: f64, d: f64) -> Tails {
    let square = poisson_deviance(a, x, d);
    let y = libm::sqrt(square);
    let eta = libm::sqrt(2.0 * square / a);
    let (side, sign) = if d < 0.0 { (Side::Lower, -1.0) } else { (Side::Upper, 1.0) };
    let correction = temme::correction(a, sign * eta) / libm::sqrt(core::f64::consts::TAU * a);
    Tails::new(side, -square, 0.5 * scaled_erfc(y) + sign * correction)
}

/// The `x` at which the tail on `side` of the gamma distribution with shape `a` and scale 1 has the natural
/// logarithm `log_p`.
///
/// Give the tail that is the smaller one: a probability close to 1 has no digits left. Newton's method on the
/// logarithms of both axes, kept inside a bracket. 0 where the result is too small for a float; NaN outside
/// the domain (`a > 0`, `log_p <= 0`).
#[must_use]
pub fn incomplete_gamma_inverse(a: f64, side: Side, log_p: f64) -> f64 {
    if a.is_nan() || log_p.is_nan() || a <= 0.0 || log_p > 0.0 || a == f64::INFINITY {
        return f64::NAN;
    }
    if log_p == f64::NEG_INFINITY {
        return if side == Side::Lower { 0.0 } else { f64::INFINITY };
    }
    if log_p == 0.0 {
        return if side == Side::Lower { f64::INFINITY } else { 0.0 };
    }
    let log_lower = if side == Side::Lower { log_p } else { libm::log(-libm::expm1(log_p)) };
    // P <= x^a / Gamma(a + 1): below this point there is less than what is asked for.
    let leading = (log_lower + log_gamma_1p(a)) / a;
    if leading < -600.0 {
        return libm::exp(leading);
    }
    // Solved for ln(x / a), which is near 0 where the digits of x count most.
    let log_a = libm::log(a);
    let start = if a < 0.5 || leading < -4.0 {
        leading.max(-690.0) - log_a
    } else {
        // E. B. Wilson and M. M. Hilferty (1931): the cube root is nearly normal.
        let tail = libm::exp(log_p.max(-700.0));
        let z = match side {
            Side::Lower => gaussian::lower_quantile(tail),
            Side::Upper => gaussian::upper_quantile(tail),
        };
        let root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * libm::sqrt(a));
        if root > 0.1 { 3.0 * libm::log(root) } else { leading - log_a }
    };
    let solution = newton_log_tail(log_p, side, start, |u| {
        let x = a * libm::exp(u);
        if x == 0.0 {
            return (leading.min(f64::MAX), a);
        }
        let log = incomplete_gamma(a, x).log_on(side);
        (log, libm::exp(gamma_kernel(a, x) + log_a - log))
    });
    a * libm::exp(solution)
}
