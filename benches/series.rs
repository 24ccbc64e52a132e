//! Time of resampling, rolling statistics and order statistics.

#![expect(clippy::unwrap_used, reason = "criterion makes the functions, and settings are known to be valid")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel::prelude::{At, Stage, Timestamp};
use evenkeel::series::denoise::Loess;
use evenkeel::series::quantile::mad;
use evenkeel::series::rolling::{Decay, RollingExtremes};
use evenkeel::series::segmentation::{Cost, Pelt};
use evenkeel::series::{Aggregate, Ewm, Mstl, Resample, RollingMoments, Stl, median};
use evenkeel_benches::{noise, seasonal};

const N: usize = 10_000;

fn primitives(c: &mut Criterion) {
    let values = noise(N);
    let samples: Vec<At<f64>> = values
        .iter()
        .zip(0..)
        .map(|(x, i)| At::new(Timestamp::from_millis(i64::from(i) * 10_007 % 100_000_000), *x))
        .collect();
    let mut group = c.benchmark_group("series");
    group.throughput(Throughput::Elements(N as u64));
    let resample = Resample::new(Duration::from_secs(60), Aggregate::Mean).unwrap();
    group.bench_function("resample", |b| {
        b.iter(|| resample.apply(black_box(&samples).iter().copied()).unwrap());
    });
    group.bench_function("median", |b| b.iter(|| median(black_box(&values))));
    group.bench_function("MAD", |b| b.iter(|| mad(black_box(&values))));
    let mut moments = RollingMoments::builder(288).build().unwrap();
    group.bench_function("rolling moments", |b| {
        b.iter(|| moments.run(values.iter().copied()).flatten().count());
    });
    let mut extremes = RollingExtremes::builder(288).build().unwrap();
    group.bench_function("rolling extremes", |b| {
        b.iter(|| extremes.run(values.iter().copied()).flatten().count());
    });
    let mut ewm = Ewm::builder(Decay::Alpha(0.1)).build().unwrap();
    group.bench_function("exponentially weighted", |b| {
        b.iter(|| ewm.run(values.iter().copied()).flatten().count());
    });
}

fn decompositions(c: &mut Criterion) {
    let values = seasonal(N, 288);
    let mut group = c.benchmark_group("decomposition");
    group.sample_size(10);
    let every =
        Stl::new(288).seasonal(Loess::new(7)).trend(Loess::new(551)).low_pass(Loess::new(289)).inner(5);
    group.bench_function("STL of 288, every value fitted", |b| {
        b.iter(|| every.fit(black_box(&values)).unwrap());
    });
    let robust = every.inner(2).outer(15);
    group.bench_function("STL of 288, every value fitted, robust", |b| {
        b.iter(|| robust.fit(black_box(&values)).unwrap());
    });
    group.bench_function("STL of 288", |b| b.iter(|| Stl::new(288).fit(black_box(&values)).unwrap()));
    group.bench_function("STL of 288, robust", |b| {
        b.iter(|| Stl::new(288).robust().fit(black_box(&values)).unwrap());
    });
    let minutes = seasonal(50_000, 1440);
    group.bench_function("MSTL of 1440 and 10080, 50,000 values", |b| {
        b.iter(|| Mstl::new([1440, 10_080]).fit(black_box(&minutes)).unwrap());
    });
}

fn segmentation(c: &mut Criterion) {
    let values = noise(2_000);
    let mut group = c.benchmark_group("segmentation");
    group.bench_function("PELT, squares, 2,000 values without a change", |b| {
        b.iter(|| Pelt::new(Cost::L2).fit(black_box(&values)).unwrap());
    });
}

/// The decompositions above, at the same settings.
#[cfg(feature = "peers")]
fn peers(c: &mut Criterion) {
    let values = seasonal(N, 288);
    let mut group = c.benchmark_group("decomposition");
    group.sample_size(10);
    for robust in [false, true] {
        let mut stl = stlrs::params();
        stl.seasonal_length(7).seasonal_degree(1).trend_length(551).low_pass_length(289).robust(robust);
        stl.seasonal_jump(1).trend_jump(1).low_pass_jump(1);
        if robust {
            stl.inner_loops(2).outer_loops(15);
        } else {
            stl.inner_loops(5).outer_loops(0);
        }
        let name = if robust {
            "STL of 288, every value fitted, robust (stlrs)"
        } else {
            "STL of 288, every value fitted (stlrs)"
        };
        group.bench_function(name, |b| b.iter(|| stl.fit(black_box(&values), 288).unwrap()));
    }
}

#[cfg(not(feature = "peers"))]
fn peers(_: &mut Criterion) {}

criterion_group!(benches, primitives, decompositions, segmentation, peers);
criterion_main!(benches);
