//! The localizers of the library.

use super::Entry;
use core::time::Duration;
use evenkeel_locate::logs::LogChange;
use evenkeel_locate::traces::{CallChange, TraceTime};
use evenkeel_locate::{
    Calibration, CallGap, ExcessFlow, ExplainAway, Fusion, MetricShift, NSigma, RobustScorer,
    SymptomCorrelation,
};

const NAMES: [&str; 14] = [
    "evenkeel",
    "evenkeel, names shuffled",
    "metric-shift",
    "metric-shift, no guard",
    "explain-away",
    "symptom-correlation",
    "excess-flow",
    "call-gap",
    "trace-time",
    "call-change",
    "log-change",
    "n-sigma",
    "robust-scorer",
    "robust-scorer, bytes",
];

/// Whether a localizer takes part in a benchmark when nothing is asked for: those that can say something
/// there.
pub(crate) fn is_usual(task: &str, name: &str) -> bool {
    match name {
        "explain-away" | "symptom-correlation" | "excess-flow" => task != "sockshop",
        "call-gap" | "trace-time" | "call-change" | "log-change" => task == "nezha",
        "robust-scorer, bytes" => task == "sockshop",
        _ => true,
    }
}

/// The names of all localizers of the library.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter()
}

/// All localizers of the library.
#[must_use]
pub fn all() -> Vec<Entry> {
    names().filter_map(by_name).collect()
}

/// The localizer of a name, one of [`names`]. `"evenkeel"` is the recommended default, [`Fusion`].
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    let calibration = Calibration::default();
    match name {
        "evenkeel" => Some(Entry::new(name, Fusion::default()).with_calibration(calibration)),
        "evenkeel, names shuffled" => {
            Some(Entry::new(name, Fusion::default()).with_calibration(calibration).shuffled())
        }
        "metric-shift" => Some(Entry::new(name, MetricShift::default()).with_calibration(calibration)),
        "metric-shift, no guard" => {
            let localizer = MetricShift::builder().guard(Duration::ZERO).build().ok()?;
            Some(Entry::new(name, localizer).with_calibration(calibration))
        }
        "explain-away" => Some(Entry::new(name, ExplainAway::default()).with_calibration(calibration)),
        "symptom-correlation" => Some(Entry::new(name, SymptomCorrelation::default())),
        "excess-flow" => Some(Entry::new(name, ExcessFlow)),
        "call-gap" => Some(Entry::new(name, CallGap::default())),
        "trace-time" => Some(Entry::new(name, TraceTime)),
        "call-change" => Some(Entry::new(name, CallChange)),
        "log-change" => Some(Entry::new(name, LogChange)),
        "n-sigma" => Some(Entry::new(name, NSigma)),
        "robust-scorer" => Some(Entry::new(name, RobustScorer::new())),
        "robust-scorer, bytes" => Some(Entry::new(name, RobustScorer::new().in_bytes())),
        _ => None,
    }
}
