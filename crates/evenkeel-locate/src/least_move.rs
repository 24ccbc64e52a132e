//! The smallest change of a metric that matters.

use crate::case::{Case, Metric};
use crate::metric_kind::guess_unit;
use evenkeel_core::{MetricKind, Unit};
use std::collections::HashMap;

/// A share of requests, of attempts, of time that nobody feels: one in a thousand.
const SHARE: f64 = 1e-3;
/// A time that nobody feels, in seconds.
const SECONDS: f64 = 1e-3;
/// A mebibyte.
const BYTES: f64 = 1_048_576.0;
/// One event in twenty seconds.
const EVENTS: f64 = 0.05;
/// Where all of a quantity is small, what is nothing to anybody is smaller still: this part of the largest
/// usual level of it.
const OF_LEVEL: f64 = 1e-3;
/// And this part of what is usually nothing is nothing anywhere: a nanosecond, a byte.
const SMALLEST: f64 = 1e-6;
/// The part of the largest level where the unit is not known, so that one large column does not hide what the
/// others do.
const OF_PEERS: f64 = 1e-4;

/// What columns are compared with: those of the same quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Quantity<'a> {
    /// Of a known unit, whatever the metric.
    Of(Unit, MetricKind),
    /// Of an unknown unit, which metrics of one name share.
    Named(&'a str),
}

/// What is too small a move of a column to matter, in the column's unit; 0 where that is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LeastMove {
    /// Whatever the column does otherwise.
    pub(crate) known: f64,
    /// For a column that never moved before and so has no scale of its own.
    pub(crate) from_nothing: f64,
}

/// The least move of each column that can matter, by the usual levels of all.
pub(crate) fn least_moves(case: &Case<'_>, levels: &[Option<f64>]) -> Vec<LeastMove> {
    let mut largest: HashMap<Quantity<'_>, f64> = HashMap::new();
    // Few names make many metrics, and reading a name takes longer than finding it.
    let mut units: HashMap<&str, (Unit, f64)> = HashMap::new();
    let quantities: Vec<(Quantity<'_>, Unit, f64)> =
        case.metrics().iter().map(|metric| quantity(metric, &mut units)).collect();
    for (&(quantity, _, in_unit), level) in quantities.iter().zip(levels) {
        let level = level.unwrap_or(0.0).abs() / in_unit;
        let most = largest.entry(quantity).or_default();
        *most = most.max(level);
    }
    let least = |metric: &Metric<'_>, (quantity, unit, in_unit): (Quantity<'_>, Unit, f64)| {
        let level = largest.get(&quantity).copied().unwrap_or(0.0);
        let at_most =
            |least: f64| if level > 0.0 { (OF_LEVEL * level).clamp(SMALLEST * least, least) } else { least };
        let least = match unit {
            Unit::Ratio => SHARE,
            Unit::Seconds => at_most(SECONDS),
            // How much memory is much depends on who uses it, but there is no part of a byte.
            Unit::Bytes => return LeastMove { known: in_unit, from_nothing: at_most(BYTES) * in_unit },
            Unit::PerSecond => at_most(EVENTS),
            Unit::Count => 1.0,
            // Be it a share, a number or a rate of them.
            _ if matches!(metric.metric_kind(), MetricKind::Errors | MetricKind::Availability) => SHARE,
            _ => return LeastMove { known: 0.0, from_nothing: OF_PEERS * level },
        };
        LeastMove { known: least * in_unit, from_nothing: least * in_unit }
    };
    case.metrics().iter().zip(quantities).map(|(metric, quantity)| least(metric, quantity)).collect()
}

/// What is measured, in what unit, and how many of the column's units make one of that.
fn quantity<'a>(
    metric: &'a Metric<'_>,
    units: &mut HashMap<&'a str, (Unit, f64)>,
) -> (Quantity<'a>, Unit, f64) {
    let name = metric.signal().metric.as_str();
    let (unit, in_unit) = match metric.metric_unit() {
        Unit::None => *units.entry(name).or_insert_with(|| guess_unit(name)),
        unit => (unit, 1.0),
    };
    let quantity = match unit {
        Unit::None => Quantity::Named(name),
        unit => Quantity::Of(unit, metric.metric_kind()),
    };
    (quantity, unit, in_unit)
}
