//! The regularized incomplete beta function, both tails, and its inverse.

use super::{Side, Tails, log_beta, poisson_deviance, stirling_error};
use crate::scalar_search::newton_log_tail;
use evenkeel_core::gaussian::{self, LN_SQRT_TAU};

/// Natural logarithm of `x^a y^b / B(a, b)`, where `y = 1 - x`, for `a, b > 0` and `x, y` in (0, 1): the part
/// that both tails have in common. Both `x` and `y` are asked for, so that neither loses its digits next
/// to 1.
///
/// Computed by Loader's saddle point, without cancellation of large terms.
#[must_use]
pub fn beta_kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let d = b * x - a * y;
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let width = libm::log(small) - libm::log1p(small / large);
    0.5 * width - LN_SQRT_TAU - poisson_deviance(a, n * x, d) - poisson_deviance(b, n * y, -d)
        + stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
}

/// Both tails of the beta distribution with shapes `a, b > 0` at `x` in [0, 1], where `y = 1 - x`. Elsewhere
/// NaN.
///
/// Relative accuracy of the smaller tail: 1e-11, mostly 1e-13, for shapes from 1e-2 to 1e6 down to 1e-300,
/// and as a logarithm beyond. With a shape `s` below 1e-2 the tail that is left of 1 loses accuracy like
/// `1e-16 / s`.
///
/// Method (after A. R. DiDonato and A. H. Morris, doi:10.1145/131766.131776): a power series where
/// `b x <= 0.7`, mirrored where `a y <= 0.7`, else their continued fraction on the side of the mean where it
/// converges fast. O(sqrt(a + b)) work at worst, some ten to hundred terms as a rule.
pub fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> Tails {
    let valid = |s: f64| s > 0.0 && s < f64::INFINITY;
    if !valid(a) || !valid(b) || !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
        return Tails::nan();
    }
    if x == 0.0 {
        return Tails::none(Side::Lower);
    }
    if y == 0.0 {
        return Tails::none(Side::Upper);
    }
    // Below the mean the lower tail is computed, above it the upper one.
    if b * x <= a * y { below(a, b, x, y) } else { below(b, a, y, x).mirrored() }
}

/// At or below the mean.
fn below(a: f64, b: f64, x: f64, y: f64) -> Tails {
    if x <= 0.7 && b * x <= 0.7 {
        return series(a, b, x, y);
    }
    if y <= 0.7 && a * y <= 0.7 {
        return series(b, a, y, x).mirrored();
    }
    Tails::new(Side::Lower, beta_kernel(a, b, x, y), 1.0 / fraction(a, b, x, y))
}

/// `I_x(a, b) = x^a / (a B(a, b)) (1 + a sum (1-b)(2-b)...(n-b) x^n / (n! (a + n)))`.
fn series(a: f64, b: f64, x: f64, y: f64) -> Tails {
    let mut power = 1.0;
    let mut sum = 0.0;
    let mut n = 1.0;
    loop {
        power *= (n - b) / n * x;
        let term = power / (a + n);
        sum += term;
        if term.abs() <= 1e-17 * sum.abs() || term == 0.0 {
            break;
        }
        n += 1.0;
    }
    let log_y = if x < 0.5 { libm::log1p(-x) } else { libm::log(y) };
    // The kernel holds y^b, which the series does not.
    Tails::new(Side::Lower, beta_kernel(a, b, x, y) - b * log_y, 1.0 / a + sum)
}

/// DiDonato and Morris' continued fraction: `x^a y^b / B(a, b)` over `I_x(a, b)`.
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let nonzero = |v: f64| if v == 0.0 { 1e-300 } else { v };
    let slack = a * y - b * x + 1.0;
    let mut value = nonzero(a * slack / (a + 1.0));
    let mut c = value;
    let mut d = 0.0;
    let mut m = 1.0;
    loop {
        let odd = a + 2.0 * m - 1.0;
        let numerator = ((a + m - 1.0) / odd * x) * ((a + b + m - 1.0) / odd * x) * (m * (b - m));
        let denominator = m + m * (b - m) * x / odd + (a + m) / (a + 2.0 * m + 1.0) * (slack + m * (2.0 - x));
        d = 1.0 / nonzero(denominator + numerator * d);
        c = nonzero(denominator + numerator / c);
        let change = c * d;
        value *= change;
        if (change - 1.0).abs() <= 3e-16 || m > 1e6 {
            return value;
        }
        m += 1.0;
    }
}

/// The point `(x, 1 - x)` at which the tail on `side` of the beta distribution with shapes `a`, `b` has the
/// natural logarithm `log_p`. Both coordinates are accurate relative to themselves.
///
/// Give the tail that is the smaller one: a probability close to 1 has no digits left. Newton's method on the
/// log odds and the logarithm of the tail, kept inside a bracket. NaN outside the domain (`a, b > 0`,
/// `log_p <= 0`).
#[must_use]
pub fn incomplete_beta_inverse(a: f64, b: f64, side: Side, log_p: f64) -> (f64, f64) {
    if side == Side::Upper {
        let (y, x) = incomplete_beta_inverse(b, a, Side::Lower, log_p);
        return (x, y);
    }
    let valid = |s: f64| s > 0.0 && s < f64::INFINITY;
    if !valid(a) || !valid(b) || log_p.is_nan() || log_p > 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if log_p == f64::NEG_INFINITY {
        return (0.0, 1.0);
    }
    if log_p == 0.0 {
        return (1.0, 0.0);
    }
    let leading = (log_p + libm::log(a) + log_beta(a, b)) / a;
    if leading < -600.0 {
        return (libm::exp(leading), 1.0);
    }
    let start = if a > 1.0 && b > 1.0 {
        // Log odds are nearly normal with this mean and variance.
        let z = gaussian::lower_quantile(libm::exp(log_p.max(-700.0)));
        libm::log(a / b) + z * libm::sqrt(1.0 / a + 1.0 / b)
    } else {
        let log_x = leading.min(-1e-9);
        log_x - libm::log(-libm::expm1(log_x))
    };
    let odds = newton_log_tail(log_p, Side::Lower, start, |odds| {
        let (x, y) = coordinates(odds);
        let log = incomplete_beta(a, b, x, y).log_lower();
        (log, libm::exp(beta_kernel(a, b, x, y) - log))
    });
    coordinates(odds)
}

/// The point with these log odds.
fn coordinates(odds: f64) -> (f64, f64) {
    let e = libm::exp(-odds.abs());
    let (small, large) = (e / (1.0 + e), 1.0 / (1.0 + e));
    if odds < 0.0 { (small, large) } else { (large, small) }
}
