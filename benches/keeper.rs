//! Time of an observation and of a quiet tick of the observer, and of a diagnosis over many metrics.

#![expect(clippy::unwrap_used, reason = "settings are known to be valid")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::keeper::{Observer, SignalId, Symptom};
use evenkeel::locate::{Case, Fusion, Localizer, Metric};
use evenkeel::prelude::{Signal, Timestamp};
use evenkeel_benches::noise;

/// A fleet of components of ten metrics each, and their observer, which has seen a hundred rows.
struct Fleet {
    observer: Observer,
    signals: Vec<Signal>,
    ids: Vec<SignalId>,
    now: Timestamp,
}

impl Fleet {
    fn new(size: usize) -> Self {
        let builder = Observer::builder(Symptom::requests("users", 0.01).unwrap()).max_names(1_000_000);
        let mut observer = builder.build().unwrap();
        let signals: Vec<Signal> =
            (0..size).map(|i| Signal::new(format!("c{}", i / 10), format!("m{}", i % 10))).collect();
        let ids = signals.iter().map(|signal| observer.signal(signal).unwrap()).collect();
        let mut fleet = Self { observer, signals, ids, now: Timestamp::from_seconds(1_700_000_000) };
        for _ in 0..100 {
            fleet.go_on();
            fleet.feed();
            fleet.tick();
        }
        fleet
    }

    fn go_on(&mut self) {
        self.now = self.now + Duration::from_secs(10);
    }

    fn value(&self, i: usize) -> f64 {
        (i % 37) as f64 + (self.now.as_seconds() % 7) as f64
    }

    fn feed(&mut self) {
        for (i, id) in self.ids.iter().enumerate() {
            self.observer.observe_by_id(self.now, *id, self.value(i));
        }
        self.observer.request(self.now, 1000, 0);
    }

    fn feed_by_name(&mut self) {
        for (i, signal) in self.signals.iter().enumerate() {
            self.observer.observe(self.now, signal, self.value(i));
        }
    }

    fn tick(&mut self) {
        self.observer.tick(self.now).for_each(|event| {
            black_box(event);
        });
    }
}

fn observe(c: &mut Criterion) {
    let mut fleet = Fleet::new(1000);
    c.bench_function("keeper: 1,000 values by interned signals", |b| {
        b.iter(|| {
            fleet.go_on();
            fleet.feed();
            fleet.tick();
        });
    });
    c.bench_function("keeper: 1,000 values by name", |b| {
        b.iter(|| {
            fleet.go_on();
            fleet.feed_by_name();
            fleet.tick();
        });
    });
}

fn quiet_tick(c: &mut Criterion) {
    for size in [1_000, 10_000] {
        let mut fleet = Fleet::new(size);
        c.bench_function(&format!("keeper: {size} signals, quiet tick"), |b| {
            b.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    fleet.go_on();
                    fleet.feed();
                    let started = std::time::Instant::now();
                    fleet.tick();
                    spent += started.elapsed();
                }
                spent
            });
        });
    }
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

criterion_group!(benches, observe, quiet_tick, localize);
criterion_main!(benches);
