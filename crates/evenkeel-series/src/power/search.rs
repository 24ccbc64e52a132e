//! The largest value of a function of one exponent.

/// Exponents are searched up to this size.
pub(super) const MOST: f64 = 32.0;

const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The place of the largest value: the best of a grid of so many steps, and the golden section around it. What is not a number is never
/// the largest.
pub(super) fn largest(low: f64, high: f64, steps: u32, f: impl Fn(f64) -> f64) -> f64 {
    let at = |i: u32| low + (high - low) * f64::from(i) / f64::from(steps);
    let value = |x: f64| {
        let value = f(x);
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    };
    let mut best = (0, f64::NEG_INFINITY);
    for i in 0..=steps {
        let here = value(at(i));
        if here > best.1 {
            best = (i, here);
        }
    }
    let (mut a, mut b) = (at(best.0.saturating_sub(1)), at((best.0 + 1).min(steps)));
    let (mut c, mut d) = (b - GOLDEN * (b - a), a + GOLDEN * (b - a));
    let (mut fc, mut fd) = (value(c), value(d));
    for _ in 0..80 {
        if fc >= fd {
            (b, d, fd) = (d, c, fc);
            c = b - GOLDEN * (b - a);
            fc = value(c);
        } else {
            (a, c, fc) = (c, d, fd);
            d = a + GOLDEN * (b - a);
            fd = value(d);
        }
    }
    let inside = if fc >= fd { c } else { d };
    // An end may be the best.
    let (first, last) = (value(low), value(high));
    let top = value(inside);
    if first > top && first >= last {
        low
    } else if last > top {
        high
    } else {
        inside
    }
}

/// The same on both sides of 0, in a range that is doubled until the largest value lies inside.
pub(super) fn largest_around_zero(f: impl Fn(f64) -> f64) -> f64 {
    let mut range = 2.0;
    loop {
        let found = largest(-range, range, 40, &f);
        if found.abs() < 0.95 * range || range >= MOST {
            return found;
        }
        range *= 2.0;
    }
}
