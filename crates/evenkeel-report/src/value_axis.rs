//! The axis of values: a range, and marks at round numbers.

use crate::quantity::quantity;
use evenkeel_core::{Unit, observed};

/// The least range that holds all observed values, a little wider; around a constant one, so that it is in the middle.
/// `None` without a value.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = (values.into_iter().filter_map(observed))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return None;
    }
    // Below this a range can't be told from a constant.
    let least = 1e-9 * low.abs().max(high.abs());
    let margin = if high - low > least {
        0.06 * (high - low)
    } else {
        (0.05 * high.abs()).max(0.5 * f64::from(u8::from(high == 0.0)))
    };
    // Values that are never negative, like most, get no axis below 0.
    let floor = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    Some(((low - margin).max(floor), high + margin))
}

/// Marks at round numbers, at most so many, with their labels.
pub(crate) fn marks((low, high): (f64, f64), most: usize, unit: Unit) -> Vec<(f64, String)> {
    // Round in the unit that is shown: a mark at 5 min, not at 300.3 s.
    let scale = match unit {
        Unit::Seconds if high.abs().max(low.abs()) >= 36_000.0 => 3_600.0,
        Unit::Seconds if high.abs().max(low.abs()) >= 600.0 => 60.0,
        _ => 1.0,
    };
    let (low, high) = (low / scale, high / scale);
    let rough = (high - low) / most.max(1) as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let distance = [1.0, 2.0, 5.0].iter().map(|m| m * power).find(|d| *d >= rough).unwrap_or(10.0 * power);
    let first = (low / distance).ceil();
    let at = |i: usize| (first + i as f64) * distance;
    let marks: Vec<f64> = (0..=most).map(at).take_while(|at| *at <= high).collect();
    let labels =
        |digits: usize| -> Vec<String> { marks.iter().map(|at| label(*at, scale, unit, digits)).collect() };
    // As many digits as tell the marks apart.
    let apart = |labels: &[String]| labels.windows(2).all(|pair| pair[0] != pair[1]);
    let labels = (3..=9).map(labels).find(|labels| apart(labels)).unwrap_or_else(|| labels(10));
    marks.iter().map(|at| at * scale).zip(labels).collect()
}

fn label(at: f64, scale: f64, unit: Unit, digits: usize) -> String {
    // A step of floating point beside zero is zero.
    let at = if at.abs() < 1e-12 { 0.0 } else { at };
    if digits == 3 {
        return quantity(at * scale, unit);
    }
    crate::quantity::digits(at * scale, digits)
}
