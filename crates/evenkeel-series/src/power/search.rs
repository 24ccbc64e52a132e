//! The largest value of a function of one exponent.

use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

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
    } else if top < best.1 {
        // Where only some exponents count, the golden section may end on the wrong side of an edge.
        at(best.0)
    } else {
        inside
    }
}

/// The exponent that `search` finds best, by its own measure where that is good enough, else among those that `holds`. The second search
/// is for samples whose best exponent cannot be used: it costs several times as much.
///
/// # Errors
/// [`Error::Numerical`] if none holds.
pub(super) fn usable(
    search: impl Fn(&dyn Fn(f64) -> bool) -> f64,
    holds: impl Fn(f64) -> bool,
) -> Result<f64, Error> {
    let free = search(&|_| true);
    if holds(free) {
        return Ok(free);
    }
    let held = search(&holds);
    if holds(held) { Ok(held) } else { Err(Error::Numerical { what: "no exponent keeps the values apart" }) }
}

/// Whether a transform keeps ascending values apart, and gives them back to nine digits.
pub(super) fn is_invertible(
    ascending: &[f64],
    apply: impl Fn(f64) -> Option<f64>,
    invert: impl Fn(f64) -> f64,
) -> bool {
    let mut before = f64::NEG_INFINITY;
    ascending.iter().all(|x| {
        let Some(z) = apply(*x) else { return false };
        let apart = z > before;
        before = z;
        apart && (invert(z) - x).abs() <= 1e-9 * x.abs()
    })
}

/// The observed values, each once, ascending.
pub(super) fn distinct(values: &[f64]) -> Vec<f64> {
    let mut seen: Vec<f64> = values.iter().filter_map(|x| observed(*x)).collect();
    seen.sort_by(f64::total_cmp);
    seen.dedup_by(|a, b| a == b);
    seen
}

/// The place of the largest value on both sides of 0, in a range that is doubled until the largest value lies inside.
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
