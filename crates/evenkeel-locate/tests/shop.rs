//! A simulated shop with incidents.

use evenkeel_core::{Signal, Timestamp};
use evenkeel_locate::{Case, CaseBuilder, Graph, Metric};
use evenkeel_stats::Generator;
use std::time::Duration;

pub(crate) const STEP: Duration = Duration::from_millis(250);
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_700_000_000);
/// A minute before the fault and ten seconds of it.
pub(crate) const ROWS: usize = 280;
pub(crate) const FAULT: usize = 240;

/// The time of a row.
pub(crate) fn at(row: usize) -> Timestamp {
    START + STEP * u32::try_from(row).unwrap()
}

/// Noise around a level, with a share of it as spread, and another level from the fault on.
pub(crate) fn column(seed: u64, normal: f64, faulty: f64) -> Vec<f64> {
    let mut generator = Generator::new(seed);
    let mut noise = || (0..4).map(|_| generator.uniform() - 0.5).sum::<f64>();
    (0..ROWS).map(|row| (if row < FAULT { normal } else { faulty }) * (1.0 + 0.1 * noise())).collect()
}

pub(crate) fn metric(component: &str, metric: &str, values: Vec<f64>) -> Metric<'static> {
    Metric::new(Signal::new(component, metric), values)
}

pub(crate) fn graph() -> Graph {
    Graph::from_edges([
        ("edge", "cart", 50.0),
        ("edge", "catalog", 50.0),
        ("cart", "payments", 20.0),
        ("cart", "store", 50.0),
        ("catalog", "store", 50.0),
    ])
    .unwrap()
}

/// The shop when nothing is wrong but what `faulty` says: (component, metric) to a factor from the fault on.
pub(crate) fn shop<'a>(faulty: &[(&str, &str, f64)]) -> CaseBuilder<'a> {
    let mut case = Case::builder(START, STEP, at(FAULT + 4));
    let mut seed = 0;
    for component in ["edge", "cart", "catalog", "payments", "store"] {
        for (name, level) in [
            ("latency_p99", 0.02),
            ("error_ratio", 0.001),
            ("cpu", 0.2),
            ("memory", 2e8),
            ("pool_used", 0.3),
            ("requests", 50.0),
        ] {
            seed += 1;
            let factor = faulty
                .iter()
                .find(|fault| (fault.0, fault.1) == (component, name))
                .map_or(1.0, |fault| fault.2);
            case = case.metric(metric(component, name, column(seed, level, level * factor)));
        }
    }
    case
}

/// The store's pool runs dry: it is slow, and its callers are slow, too, the more so the faster it is when
/// all is well.
pub(crate) const DRY_POOL: [(&str, &str, f64); 6] = [
    ("store", "pool_used", 3.3),
    ("store", "latency_p99", 30.0),
    ("cart", "latency_p99", 35.0),
    ("catalog", "latency_p99", 32.0),
    ("edge", "latency_p99", 40.0),
    ("edge", "error_ratio", 200.0),
];
