//! Time of exact likelihoods, whole fits and online updates.

#![expect(clippy::unwrap_used, reason = "criterion makes the functions, and settings are known to be valid")]

use core::hint::black_box;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use evenkeel::models::arima::ArimaParameters;
use evenkeel::models::ces::AutoCes;
use evenkeel::models::decomposed::Decomposed;
use evenkeel::models::simple_smoothing::SimpleSmoothing;
use evenkeel::models::state_space::{StateSpace, Structural};
use evenkeel::models::theta::{Theta, ThetaKind};
use evenkeel::models::{Arima, Auto, AutoArima, AutoEts, SparseAr};
use evenkeel::prelude::{Fit, Forecaster, Prediction, Stage};
use evenkeel_benches::{arima_212, noise, seasonal};

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

/// What is compared with [`peers`].
fn chosen(c: &mut Criterion) {
    let mut group = c.benchmark_group("choice");
    group.sample_size(10);
    let (plain, hours, weeks) = (arima_212(960), seasonal(900, 24), seasonal(1_000, 168));
    group.bench_function("AutoArima, n = 960", |b| {
        b.iter(|| AutoArima::new().fit(black_box(&plain)).unwrap());
    });
    group.bench_function("AutoEts, no season, n = 960", |b| {
        b.iter(|| AutoEts::new(1).fit(black_box(&plain)).unwrap());
    });
    group.bench_function("AutoEts, season 24, n = 900", |b| {
        b.iter(|| AutoEts::new(24).fit(black_box(&hours)).unwrap());
    });
    group.bench_function("AutoCes, season 24, n = 900", |b| {
        b.iter(|| AutoCes::new(24).fit(black_box(&hours)).unwrap());
    });
    let theta = Theta::new(ThetaKind::DynamicOptimized, 24);
    group.bench_function("DOTM, season 24, n = 900", |b| b.iter(|| theta.fit(black_box(&hours)).unwrap()));
    let theta = Theta::new(ThetaKind::DynamicOptimized, 1);
    group.bench_function("DOTM, no season, n = 900", |b| b.iter(|| theta.fit(black_box(&hours)).unwrap()));
    let mstl = Decomposed::mstl([24, 168], AutoEts::new(1));
    group.bench_function("MSTL of 24 and 168 with ETS, n = 1,000", |b| {
        b.iter(|| mstl.fit(black_box(&weeks)).unwrap());
    });
    let sparse = SparseAr::new();
    group.bench_function("SparseAr, n = 1,000", |b| b.iter(|| sparse.fit(black_box(&weeks)).unwrap()));
    let auto = Auto::new();
    group.bench_function("Auto, n = 1,000", |b| b.iter(|| auto.fit(black_box(&weeks)).unwrap()));
}

/// The same works by other Rust libraries.
#[cfg(feature = "peers")]
fn peers(c: &mut Criterion) {
    use anofox_forecast::core::TimeSeries;
    use anofox_forecast::models::Forecaster as _;
    use anofox_forecast::models::arima::AutoARIMA;
    use anofox_forecast::models::exponential::AutoETS;
    use anofox_forecast::models::theta::DynamicTheta;
    use augurs_core::Fit as _;
    use augurs_mstl::MSTLModel;

    let hourly = |values: &[f64]| {
        let start = chrono::DateTime::from_timestamp(0, 0).unwrap();
        let times =
            (0..).take(values.len()).map(|h| start + chrono::TimeDelta::try_hours(h).unwrap()).collect();
        TimeSeries::univariate(times, values.to_vec()).unwrap()
    };
    let mut group = c.benchmark_group("choice");
    group.sample_size(10);
    let (plain, hours, weeks) = (arima_212(960), seasonal(900, 24), seasonal(1_000, 168));
    let (dated, dated_hours) = (hourly(&plain), hourly(&hours));
    group.bench_function("AutoArima, n = 960 (anofox-forecast)", |b| {
        b.iter(|| AutoARIMA::new().fit(black_box(&dated)).unwrap());
    });
    group.bench_function("AutoEts, no season, n = 960 (anofox-forecast)", |b| {
        b.iter(|| AutoETS::new().fit(black_box(&dated)).unwrap());
    });
    group.bench_function("AutoEts, no season, n = 960 (augurs)", |b| {
        b.iter(|| augurs_ets::AutoETS::new(1, "ZZN").unwrap().fit(black_box(&plain)).unwrap());
    });
    group.bench_function("AutoEts, season 24, n = 900 (anofox-forecast)", |b| {
        b.iter(|| AutoETS::with_period(24).fit(black_box(&dated_hours)).unwrap());
    });
    group.bench_function("DOTM, no season, n = 900 (anofox-forecast)", |b| {
        b.iter(|| DynamicTheta::optimized().fit(black_box(&dated_hours)).unwrap());
    });
    group.bench_function("MSTL of 24 and 168 with ETS, n = 1,000 (augurs)", |b| {
        b.iter(|| {
            let ets = augurs_ets::AutoETS::new(1, "ZZN").unwrap().into_trend_model();
            MSTLModel::new(vec![24, 168], ets).fit(black_box(&weeks)).unwrap()
        });
    });
}

#[cfg(not(feature = "peers"))]
fn peers(_: &mut Criterion) {}

fn state_space(c: &mut Criterion) {
    let mut group = c.benchmark_group("state space");
    let trend = StateSpace::new(2, 1)
        .transition(&[1.0, 1.0, 0.0, 1.0])
        .design(&[1.0, 0.0])
        .observation_covariance(&[1.0])
        .state_covariance(&[0.09, 0.0, 0.0, 1e-4]);
    let history = trend.simulate(&[0.0, 0.1], 100_000, 1).unwrap();
    group.bench_function("likelihood of a local linear trend, 100000", |b| {
        b.iter(|| trend.log_likelihood(black_box(&history)).unwrap());
    });
    let season: Vec<f64> = (0..500_u32)
        .zip(&history)
        .map(|(t, x)| x + 3.0 * (core::f64::consts::TAU * f64::from(t % 12) / 12.0).sin())
        .collect();
    let basic = Structural::basic(12);
    group.bench_function("fit of a basic structural model, s = 12, 500", |b| {
        b.iter(|| basic.fit(black_box(&season)).unwrap());
    });
    let mut model = basic.fit(&season).unwrap();
    let mut stream = noise(4096).into_iter().cycle();
    group.bench_function("update", |b| b.iter(|| model.update(black_box(stream.next().unwrap()))));
}

criterion_group!(benches, arima, smoothing, state_space, chosen, peers);
criterion_main!(benches);
