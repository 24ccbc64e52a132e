//! The localizers of the library.

use super::Entry;
use core::time::Duration;
use evenkeel_locate::{Calibration, Fusion, MetricShift, NSigma, RobustScorer};

const NAMES: [&str; 7] = [
    "evenkeel",
    "evenkeel, names shuffled",
    "metric-shift",
    "metric-shift, no guard",
    "n-sigma",
    "robust-scorer",
    "robust-scorer, bytes",
];

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
        "n-sigma" => Some(Entry::new(name, NSigma)),
        "robust-scorer" => Some(Entry::new(name, RobustScorer::new())),
        "robust-scorer, bytes" => Some(Entry::new(name, RobustScorer::new().in_bytes())),
        _ => None,
    }
}
