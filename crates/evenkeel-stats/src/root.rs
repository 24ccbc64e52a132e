//! Root finding on one variable, always inside a bracket.

use crate::special::Side;

/// Solves `log tail(u) = target`, where `evaluate` gives the logarithm of the tail on `side` and the magnitude of its derivative.
///
/// Newton's method; a step that leaves the bracket, or is not finite, becomes a bisection or, while there is no bracket, a step of
/// bounded length. At most 200 evaluations, some 5 to 10 as a rule.
pub(crate) fn log_tail(target: f64, side: Side, start: f64, evaluate: impl Fn(f64) -> (f64, f64)) -> f64 {
    let rising = if side == Side::Lower { 1.0 } else { -1.0 };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut u = start;
    let mut reach = 1.0;
    for _ in 0..200 {
        let (log, slope) = evaluate(u);
        let excess = rising * (log - target);
        if excess == 0.0 {
            return u;
        }
        // A tail that has underflowed is too far out, and NaN can't be: both domains are closed.
        if excess < 0.0 {
            low = low.max(u);
        } else {
            high = high.min(u);
        }
        // Where the tail is flat, the tangent points beyond everything.
        let farthest = u.abs().max(16.0);
        let step = (-excess / slope).clamp(-farthest, farthest);
        let mut next = u + step;
        if next.is_nan() || next <= low || next >= high {
            next = if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                reach *= 2.0;
                if excess < 0.0 { u + reach } else { u - reach }
            };
        }
        if (next - u).abs() <= 4.0 * f64::EPSILON * u.abs().max(1e-3) || next == low || next == high {
            return next;
        }
        u = next;
    }
    u
}

/// The point in `[low, high]` where `f` changes sign, by the method of R. P. Brent (1973), to the last bits. `f(low)` and `f(high)`
/// must not have the same sign; if they do, the end nearer to zero is returned.
pub(crate) fn bracketed(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    if fa == 0.0 {
        return a;
    }
    if fb == 0.0 {
        return b;
    }
    if (fa < 0.0) == (fb < 0.0) {
        return if fa.abs() < fb.abs() { a } else { b };
    }
    let (mut c, mut fc) = (a, fa);
    let mut d = b - a;
    let mut e = d;
    for _ in 0..200 {
        if (fb < 0.0) == (fc < 0.0) {
            (c, fc) = (a, fa);
            d = b - a;
            e = d;
        }
        if fc.abs() < fb.abs() {
            (a, fa) = (b, fb);
            (b, fb) = (c, fc);
            (c, fc) = (a, fa);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + 1e-300;
        let middle = 0.5 * (c - b);
        if middle.abs() <= tolerance || fb == 0.0 {
            return b;
        }
        if e.abs() >= tolerance && fa.abs() > fb.abs() {
            let s = fb / fa;
            let (mut p, mut q) = if a == c {
                (2.0 * middle * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (2.0 * middle * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if 2.0 * p < (3.0 * middle * q - (tolerance * q).abs()).min((e * q).abs()) {
                e = d;
                d = p / q;
            } else {
                d = middle;
                e = d;
            }
        } else {
            d = middle;
            e = d;
        }
        (a, fa) = (b, fb);
        b += if d.abs() > tolerance { d } else { tolerance.copysign(middle) };
        fb = f(b);
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn brackets() {
        let cube = bracketed(0.0, 2.0, |x| x * x * x - 2.0);
        assert_abs_diff_eq!(cube, libm::cbrt(2.0), epsilon = 1e-15);
        assert_eq!(bracketed(1.0, 2.0, |x| x), 1.0);
        let flat = bracketed(-1.0, 4.0, |x| libm::pow(x - 1.0, 9.0));
        assert_abs_diff_eq!(flat, 1.0, epsilon = 1e-3);
    }

    #[test]
    fn follows_a_tail() {
        // The logistic distribution, from far away on both sides.
        for start in [-500.0, 0.0, 30.0] {
            let log = |u: f64| -libm::log1p(libm::exp(-u));
            let u = log_tail(-3.0, Side::Lower, start, |u| (log(u), 1.0 / (1.0 + libm::exp(u))));
            assert!((log(u) + 3.0).abs() < 1e-14, "{start} {u}");
            let v = log_tail(-3.0, Side::Upper, start, |u| (log(-u), 1.0 / (1.0 + libm::exp(-u))));
            assert!((u + v).abs() < 3e-14, "{start} {u}");
        }
    }
}
