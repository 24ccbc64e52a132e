//! Time of distribution functions and sequential evidence.

#![expect(clippy::unwrap_used, reason = "criterion makes the functions, and settings are known to be valid")]

use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel::stats::sequential::{Alternative, BernoulliTest};
use evenkeel::stats::{Beta, Gamma, Generator, Normal, StudentT};

fn distributions(c: &mut Criterion) {
    let mut group = c.benchmark_group("distribution");
    let normal = Normal::new(0.0, 1.0).unwrap();
    group.bench_function("normal upper tail", |b| b.iter(|| normal.upper(black_box(3.7))));
    group.bench_function("normal upper quantile", |b| b.iter(|| normal.upper_quantile(black_box(1e-9))));
    let t = StudentT::new(5.0, 0.0, 1.0).unwrap();
    group.bench_function("Student t upper tail", |b| b.iter(|| t.upper(black_box(3.7))));
    let gamma = Gamma::new(2.5, 1.0).unwrap();
    group.bench_function("gamma upper tail", |b| b.iter(|| gamma.upper(black_box(12.0))));
    group.bench_function("gamma upper quantile", |b| b.iter(|| gamma.upper_quantile(black_box(1e-9))));
    let beta = Beta::new(3.0, 40.0).unwrap();
    group.bench_function("beta upper quantile", |b| b.iter(|| beta.upper_quantile(black_box(1e-9))));
}

fn sequential(c: &mut Criterion) {
    let mut group = c.benchmark_group("sequential");
    let mut test = BernoulliTest::new(0.01, Alternative::Less).unwrap();
    group.bench_function("Bernoulli e-process, 25 trials", |b| {
        b.iter(|| test.update_counts(black_box(0), 25));
    });
    let mut generator = Generator::new(1);
    group.bench_function("generator, normal", |b| b.iter(|| generator.normal()));
}

criterion_group!(benches, distributions, sequential);
criterion_main!(benches);
