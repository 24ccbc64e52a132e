//! The search for the best exponent of a power transform.

use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::scalar_search::{bracket_on_grid, golden_section};

/// Exponents are searched up to this size.
pub(super) const MOST: f64 = 32.0;

/// Steps of the golden section.
const STEPS: u32 = 80;

/// The place of the largest value: the best of a grid of so many steps, and the golden section around it. NaN
/// is never the largest.
pub(super) fn largest(low: f64, high: f64, steps: u32, f: impl Fn(f64) -> f64) -> f64 {
    let value = |x: f64| {
        let value = f(x);
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    };
    let coarse = bracket_on_grid(low, high, steps, value, |a, b| a > b);
    let fine = golden_section(coarse.low, coarse.high, STEPS, value, |a, b| a >= b);
    let inside = if fine.left.1 >= fine.right.1 { fine.left } else { fine.right };
    // An end may be the best.
    let (first, last) = (value(low), value(high));
    if first > inside.1 && first >= last {
        low
    } else if last > inside.1 {
        high
    } else if inside.1 < coarse.best.1 {
        // Where only some exponents count, the golden section may end on the wrong side of an edge.
        coarse.best.0
    } else {
        inside.0
    }
}

/// The exponent that `search` finds best, by its own measure where that is good enough, else among those that
/// `holds`. The second search is for samples whose best exponent cannot be used: it costs several times as
/// much.
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

/// The place of the largest value on both sides of 0, in a range that is doubled until the largest value lies
/// inside.
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
