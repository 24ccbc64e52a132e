//! Which component is the cause? From a call graph and the recent past of a few metrics.
//!
//! ```text
//! cargo run -p evenkeel --example locate
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to people")]

use evenkeel::Unit;
use evenkeel::locate::{Case, Fusion, Graph, Metric};
use evenkeel::prelude::*;
use evenkeel::stats::Generator;
use std::time::Duration;

fn main() -> Result<(), Error> {
    // The edge calls the cart and the catalog, both call the store. The store becomes slow at the 200th sample.
    let graph = Graph::from_edges([
        ("edge", "cart", 60.0),
        ("edge", "catalog", 40.0),
        ("cart", "store", 60.0),
        ("catalog", "store", 40.0),
    ])?;
    let (start, step) = (Timestamp::from_seconds(1_772_409_600), Duration::from_secs(1));
    let mut noise = Generator::new(2);
    let mut metric = |of: &str, name: &str, unit: Unit, normal: f64, faulty: f64| {
        let values: Vec<f64> = (0..240)
            .map(|i| (if i < 200 { normal } else { faulty }) * (1.0 + 0.04 * noise.normal()))
            .collect();
        Metric::new(Signal::new(of, name), values).unit(unit)
    };
    let case = Case::builder(start, step, start + 200 * step)
        .metrics([
            metric("edge", "latency_p99", Unit::Seconds, 0.090, 0.700),
            metric("cart", "latency_p99", Unit::Seconds, 0.050, 0.640),
            metric("catalog", "latency_p99", Unit::Seconds, 0.040, 0.630),
            metric("store", "latency_p99", Unit::Seconds, 0.010, 0.610),
            metric("store", "cpu_seconds", Unit::None, 0.2, 0.95),
            metric("cart", "cpu_seconds", Unit::None, 0.3, 0.3),
        ])
        .graph(&graph)
        .symptom_at("edge")
        .build()?;

    match Fusion::default().diagnose(&case) {
        None => println!("nothing stands out"),
        Some(diagnosis) => {
            for cause in diagnosis.causes() {
                let kind = cause.kind.map_or_else(String::new, |kind| format!(", {kind}"));
                println!("{:3.0} %  {}{kind}", 100.0 * cause.probability(), cause.component);
                for evidence in &cause.evidence {
                    println!("        {evidence}");
                }
            }
        }
    }
    Ok(())
}
