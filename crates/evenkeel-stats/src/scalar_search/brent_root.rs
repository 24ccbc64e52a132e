//! Root of a function inside a bracket, by Brent's method.

/// The point in `[low, high]` where `f` changes sign, to the last bits.
///
/// `f(low)` and `f(high)` must not have the same sign; if they do, the end whose value is nearer to zero is
/// returned.
///
/// *Method*: inverse quadratic interpolation and secant steps, safeguarded by bisection: R. P. Brent,
/// Algorithms for Minimization without Derivatives (1973), chapter 4. At most 200 evaluations, some 5 to 10
/// as a rule.
///
/// ```
/// use evenkeel_stats::scalar_search::brent_root;
///
/// let root = brent_root(0.0, 2.0, |x| x * x * x - 2.0);
/// assert!((root - 2_f64.cbrt()).abs() < 1e-15);
/// ```
#[must_use]
pub fn brent_root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
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
