//! Policies.

mod combined;
mod models;
mod remedies;
#[cfg(feature = "toml")]
mod runbook_text;

use crate::stand::at;
use evenkeel_core::FaultKind::{BadChange, MemoryExhausted, PoolExhausted};
use evenkeel_core::{Cause, Diagnosis, FaultKind};
use evenkeel_remedy::policy::{Catalog, Measure, Remedy};
use evenkeel_remedy::verb::StandardVerb::{Drain, Restart, RollBack};

/// Causes of the store, with their probabilities.
fn causes(of: &[(FaultKind, f64)]) -> Diagnosis {
    let cause = |(kind, p): &(FaultKind, f64)| {
        let component = if *kind == BadChange { "store" } else { "store-1" };
        let mut cause = Cause::new(component, *p).unwrap();
        cause.kind = Some(*kind);
        cause
    };
    Diagnosis::new(at(0), of.iter().map(cause).collect()).unwrap()
}

/// A person costs 60; restarting 2, rolling back 8, draining 1.
fn catalog() -> Catalog {
    let remedy = |measure, cost: f64| Remedy::new(measure, cost).unwrap();
    let restart = remedy(Measure::instance(Restart), 2.0);
    let restart = restart.cures(PoolExhausted, 0.9).unwrap().cures(MemoryExhausted, 0.8).unwrap();
    let roll_back = remedy(Measure::component(RollBack), 8.0).cures(BadChange, 0.95).unwrap();
    let drain = remedy(Measure::instance(Drain), 1.0).cures(PoolExhausted, 0.3).unwrap();
    Catalog::new(60.0).unwrap().remedy(restart).remedy(roll_back).remedy(drain)
}
