//! Time of a quiet tick of the keeper, and of a diagnosis over many metrics.

#![expect(clippy::unwrap_used, reason = "settings are known to be valid")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::keeper::Keeper;
use evenkeel::locate::{Case, Fusion, Localizer, Metric};
use evenkeel::prelude::{Signal, Timestamp};
use evenkeel::remedy::{ErrorRatio, Remediator, Verb};
use evenkeel_benches::noise;

fn quiet_tick(c: &mut Criterion) {
    let machine: Remediator =
        Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).build().unwrap();
    let mut keeper: Keeper<Verb> = Keeper::builder(0.01, machine).build().unwrap();
    let signals: Vec<Signal> =
        (0..1000).map(|i| Signal::new(format!("c{}", i / 10), format!("m{}", i % 10))).collect();
    let mut now = Timestamp::from_seconds(1_700_000_000);
    let mut feed = |keeper: &mut Keeper<Verb>| {
        now = now + Duration::from_secs(10);
        for (i, signal) in signals.iter().enumerate() {
            keeper.observe(signal, now, (i % 37) as f64 + (now.as_seconds() % 7) as f64);
        }
        keeper.request(now, 1000, 0);
        now
    };
    for _ in 0..100 {
        let now = feed(&mut keeper);
        let _ = keeper.tick(now);
    }
    c.bench_function("keeper: 1,000 signals, quiet tick", |b| {
        b.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                let now = feed(&mut keeper);
                let started = std::time::Instant::now();
                let _ = black_box(keeper.tick(now));
                spent += started.elapsed();
            }
            spent
        });
    });
}

fn localize(c: &mut Criterion) {
    let (metrics, rows) = (10_000, 660);
    let values = noise(metrics + rows);
    let (start, step) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
    let columns = (0..metrics).map(|i| {
        Metric::new(Signal::new(format!("c{}", i / 20), format!("latency {}", i % 20)), &values[i..i + rows])
    });
    let case = Case::builder(start, step, start + 600 * step).metrics(columns).build().unwrap();
    let fusion = Fusion::default();
    c.bench_function("locate: 10,000 metrics x 660, rank", |b| b.iter(|| fusion.rank(black_box(&case))));
}

criterion_group!(benches, quiet_tick, localize);
criterion_main!(benches);
