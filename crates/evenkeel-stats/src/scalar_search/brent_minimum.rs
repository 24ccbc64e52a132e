//! Minimum of a function inside a bracket, by Brent's method.

/// The larger part of a bracket that golden section steps cut, as a share of the whole.
const GOLDEN: f64 = 0.381_966_011_250_105_1;

/// When [`brent_minimum`] stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrentTolerance {
    /// In units of the place of the minimum. Not below the square root of the precision, 1.5e-8: there the
    /// function is flat.
    pub relative: f64,
    /// In units of the argument; above 0.
    pub absolute: f64,
    /// The largest number of steps, each with one evaluation.
    pub steps: u32,
}

impl Default for BrentTolerance {
    /// 1e-7 relative, 1e-8 absolute, 80 steps.
    fn default() -> Self {
        Self { relative: 1e-7, absolute: 1e-8, steps: 80 }
    }
}

/// The place of a minimum of `f` in `[low, high]`: the only one, if there is only one.
///
/// To maximize, give the negative of the function. The ends themselves are not evaluated. NaN counts
/// as larger than any number, except at the first point.
///
/// *Method*: parabolas through the best three points, safeguarded by golden section steps: R. P. Brent,
/// Algorithms for Minimization without Derivatives (1973), chapter 5.
///
/// ```
/// use evenkeel_stats::scalar_search::{BrentTolerance, brent_minimum};
///
/// let place = brent_minimum(0.0, 4.0, BrentTolerance::default(), |x| x - x.ln());
/// assert!((place - 1.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn brent_minimum(low: f64, high: f64, tolerance: BrentTolerance, f: impl Fn(f64) -> f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let mut x = a + GOLDEN * (b - a);
    let (mut w, mut v) = (x, x);
    let mut fx = f(x);
    let (mut fw, mut fv) = (fx, fx);
    let (mut step, mut before) = (0.0_f64, 0.0_f64);
    for _ in 0..tolerance.steps {
        let middle = 0.5 * (a + b);
        let close = tolerance.relative * x.abs() + tolerance.absolute;
        if (x - middle).abs() <= 2.0 * close - 0.5 * (b - a) {
            break;
        }
        let mut golden = true;
        if before.abs() > close && fw.is_finite() && fv.is_finite() {
            // The parabola through x, w, v.
            let r = (x - w) * (fx - fv);
            let q = (x - v) * (fx - fw);
            let mut p = (x - v) * q - (x - w) * r;
            let mut q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            } else {
                q = -q;
            }
            if p.abs() < (0.5 * q * before).abs() && p > q * (a - x) && p < q * (b - x) {
                before = step;
                step = p / q;
                golden = false;
            }
        }
        if golden {
            before = if x < middle { b - x } else { a - x };
            step = GOLDEN * before;
        }
        let u = if step.abs() >= close { x + step } else { x + close.copysign(step) };
        let fu = f(u);
        if fu <= fx {
            if u < x {
                b = x;
            } else {
                a = x;
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
        } else {
            if u < x {
                a = u;
            } else {
                b = u;
            }
            if fu <= fw || w == x {
                (v, fv, w, fw) = (w, fw, u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    x
}
