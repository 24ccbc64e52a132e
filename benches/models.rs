//! Time of exact likelihoods, whole fits and online updates.

#![expect(clippy::unwrap_used, reason = "criterion makes the functions, and settings are known to be valid")]

use core::hint::black_box;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evenkeel::models::{Arima, ArimaParameters, SimpleSmoothing};
use evenkeel::prelude::{Fit, Forecaster, Prediction, Stage};
use evenkeel_benches::{arima_212, noise};

fn arima(c: &mut Criterion) {
    let mut group = c.benchmark_group("ARIMA(2,1,2)");
    for n in [960, 10_000] {
        let history = arima_212(n);
        let settings = Arima::new(2, 1, 2);
        let mut likelihood = settings.likelihood(&history).unwrap();
        let parameters = ArimaParameters::new([1.2, -0.5], [0.4, 0.2]);
        group.bench_function(BenchmarkId::new("exact likelihood", n), |b| {
            b.iter(|| likelihood.log_likelihood(black_box(&parameters)).unwrap());
        });
        group.bench_function(BenchmarkId::new("fit", n), |b| {
            b.iter(|| settings.fit(black_box(&history)).unwrap());
        });
    }
    let mut model = Arima::new(2, 1, 2).fit(&arima_212(960)).unwrap();
    let mut stream = noise(4096).into_iter().cycle();
    group.bench_function("update", |b| b.iter(|| model.update(black_box(stream.next().unwrap()))));
    let mut day = vec![Prediction::default(); 1440];
    group.bench_function("forecast of 1440", |b| b.iter(|| model.forecast_into(black_box(&mut day))));
}

fn smoothing(c: &mut Criterion) {
    let mut group = c.benchmark_group("simple exponential smoothing");
    let history = arima_212(960);
    group.bench_function("fit of 960", |b| {
        b.iter(|| SimpleSmoothing::new().fit(black_box(&history)).unwrap());
    });
    let mut model = SimpleSmoothing::new().fit(&history).unwrap();
    group.bench_function("update", |b| b.iter(|| model.update(black_box(100.0))));
}

criterion_group!(benches, arima, smoothing);
criterion_main!(benches);
