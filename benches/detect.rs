//! Time of an update of each detector; with the feature `peers` (of `benches/peers`) beside other crates that
//! do the same work.

#![expect(clippy::unwrap_used, reason = "criterion makes the functions, and settings are known to be valid")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use evenkeel::detect::adapt::{Standardize, Univariate, ValueAsScore};
use evenkeel::detect::change::{Bocpd, Focus, KolmogorovSmirnov, NormalGamma};
use evenkeel::detect::chart::{EwmaChart, PageHinkley, Shewhart};
use evenkeel::detect::ensemble::Tier;
use evenkeel::detect::forecast::Likelihood;
use evenkeel::detect::multivariate::{HalfSpaceTrees, RandomCutForest};
use evenkeel::detect::outlier::{Deviation, SeasonalProfile};
use evenkeel::detect::pattern::SymbolSurprise;
use evenkeel::detect::{Adwin, Alarm, Bank, Cusum, DefaultDetector, Dspot, RobustZ, Spot, Surprise};
use evenkeel::models::Arima;
use evenkeel::prelude::{At, Fit, Stage, Timed, Timestamp};
use evenkeel::stats::Generator;
use evenkeel_benches::{changing, noise};

const N: usize = 10_000;

/// Runs a stage over the stream; an element of the throughput is an update.
fn updates<S: Stage<f64> + Clone>(c: &mut Criterion, name: &str, stage: &S, stream: &[f64]) {
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(stream.len() as u64));
    group.bench_function(name, |b| {
        b.iter_batched_ref(
            || stage.clone(),
            |stage| stream.iter().filter(|x| black_box(stage.update(**x)).is_some()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
}

/// Values to warm up on, and values that are timed, of BOCPD.
const RUN: usize = 2_000;

fn bocpd_streams() -> [(&'static str, Vec<f64>); 2] {
    [("BOCPD", noise(2 * RUN)), ("BOCPD, mean changes every 100 values", changing(2 * RUN))]
}

fn bocpd() -> Bocpd<NormalGamma> {
    Bocpd::builder(NormalGamma::new(0.0, 0.01, 1.0, 1.0), 250.0).build().unwrap()
}

/// One that drops as little as changepoint's does.
#[cfg(feature = "peers")]
fn careful_bocpd() -> Bocpd<NormalGamma> {
    let builder = Bocpd::builder(NormalGamma::new(0.0, 0.01, 1.0, 1.0), 250.0);
    builder.truncation(1e-7).max_runs(2 * RUN).build().unwrap()
}

fn detectors(c: &mut Criterion) {
    let stream = noise(N);
    updates(c, "EWMA chart", &EwmaChart::builder(0.0, 1.0).build().unwrap(), &stream);
    updates(c, "CUSUM", &Cusum::builder(0.0, 1.0).build().unwrap(), &stream);
    updates(c, "Shewhart chart", &Shewhart::new(0.0, 1.0).unwrap(), &stream);
    updates(c, "Page-Hinkley", &PageHinkley::builder().build().unwrap(), &stream);
    updates(c, "FOCuS", &Focus::builder(0.0, 1.0).build().unwrap(), &stream);
    updates(c, "FOCuS, unknown mean", &Focus::unknown(1.0).build().unwrap(), &stream);
    let mut spot = ValueAsScore.then(Spot::builder(1e-3).build().unwrap());
    spot.run(noise(N)).for_each(drop);
    updates(c, "SPOT", &spot, &stream);
    let mut dspot = Dspot::builder(1e-3).build().unwrap();
    dspot.run(noise(N)).for_each(drop);
    updates(c, "DSPOT", &dspot, &stream);
    for (name, stream) in bocpd_streams() {
        let mut bocpd = bocpd();
        bocpd.run(stream[..RUN].iter().copied()).for_each(drop);
        updates(c, name, &bocpd, &stream[RUN..]);
    }
    let mut forest = Univariate(RandomCutForest::builder(1).build().unwrap());
    forest.run(noise(N)).for_each(drop);
    updates(c, "random cut forest, 50 trees of 256, shingle 8", &forest, &stream);
    for (name, tier) in [("recommended detector", Tier::Full), ("recommended detector, fast", Tier::Fast)] {
        let mut default = DefaultDetector::builder().tier(tier).build().unwrap();
        default.run(noise(N)).for_each(drop);
        updates(c, name, &default, &stream);
    }
    updates(c, "deviation from the recent past", &Deviation::builder().build().unwrap(), &stream);
    let mut trees = Univariate(HalfSpaceTrees::builder(1).build().unwrap());
    trees.run(noise(N)).for_each(drop);
    updates(c, "half-space trees", &trees, &stream);
    let mut symbols = SymbolSurprise::builder().build().unwrap();
    symbols.run(noise(N)).for_each(drop);
    updates(c, "symbol surprise", &symbols, &stream);
    updates(c, "ADWIN", &Adwin::builder().range(8.0).build().unwrap(), &stream);
    updates(c, "Kolmogorov-Smirnov, 30 and 70", &KolmogorovSmirnov::builder().build().unwrap(), &stream);
    updates(c, "robust z, 200", &RobustZ::builder().build().unwrap(), &stream);
    let standardized =
        Standardize::builder(500).build().unwrap().then(Cusum::builder(0.0, 1.0).build().unwrap());
    updates(c, "CUSUM, standardized", &standardized, &stream);
    let likelihood = Likelihood::new(Arima::new(2, 0, 1).fit(&stream).unwrap(), 10).unwrap();
    updates(c, "likelihood of ARIMA(2,0,1)", &likelihood, &stream);
    let surprise = Surprise::new(Arima::new(2, 0, 1).fit(&stream).unwrap());
    updates(c, "surprise of ARIMA(2,0,1)", &surprise, &stream);

    let line = Timed(surprise.then(Spot::builder(1e-3).build().unwrap()))
        .then(Alarm::builder(1e-3).build().unwrap());
    let timed: Vec<At<f64>> = stream
        .iter()
        .zip(0..)
        .map(|(x, i)| At::new(Timestamp::EPOCH + i * Duration::from_secs(60), *x))
        .collect();
    let profile = SeasonalProfile::builder().build().unwrap();
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(N as u64));
    group.bench_function("seasonal profile", |b| {
        b.iter_batched_ref(
            || profile.clone(),
            |profile| timed.iter().filter(|x| black_box(profile.update(**x)).is_some()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
    group.bench_function("ARIMA(2,0,1), surprise, SPOT, alarm", |b| {
        b.iter_batched_ref(
            || line.clone(),
            |line| timed.iter().filter(|x| black_box(line.update(**x)).is_some()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
}

/// A million charts, hit at random: every update misses the caches. An element is an update.
fn banks(c: &mut Criterion) {
    const SERIES: u64 = 1_000_000;
    let key = |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut generator = Generator::new(7);
    let inputs: Vec<(u64, f64)> = (0..100_000)
        .map(|_| (key((generator.uniform() * SERIES as f64) as u64), generator.uniform()))
        .collect();
    let mut group = c.benchmark_group("bank of 1,000,000 EWMA charts");
    group.throughput(Throughput::Elements(inputs.len() as u64));
    group.sample_size(20);
    for (shards, name) in [(1, "one after the other"), (64, "all at once, 64 shards")] {
        let chart = EwmaChart::builder(0.0, 1.0).build().unwrap();
        let mut bank = Bank::builder(chart, 2_000_000).shards(shards).build::<u64>().unwrap();
        for i in 0..SERIES {
            bank.update(&key(i), 0.0);
        }
        let mut outputs = Vec::new();
        group.bench_function(name, |b| b.iter(|| bank.update_all(black_box(&inputs), &mut outputs)));
    }
}

#[cfg(feature = "peers")]
fn peers(c: &mut Criterion) {
    use libspot_rs::{SpotConfig, SpotDetector};
    use nexus_stats::detection::CusumF64;
    use nexus_stats::smoothing::EmaF64;

    let stream = noise(N);
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(N as u64));
    let cusum = CusumF64::builder(0.0).slack(0.5).threshold(1e9).build().unwrap();
    group.bench_function("CUSUM (nexus-stats)", |b| {
        b.iter_batched_ref(
            || cusum.clone(),
            |cusum| stream.iter().filter(|x| black_box(cusum.update(**x)).is_ok()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
    // Its EWMA smooths without scoring: less work than a chart.
    let ema = EmaF64::builder().alpha(0.2).build().unwrap();
    group.bench_function("EWMA, no limits (nexus-stats)", |b| {
        b.iter_batched_ref(
            || ema.clone(),
            |ema| stream.iter().filter(|x| black_box(ema.update(**x)).is_ok()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
    let config = SpotConfig { q: 1e-3, level: 0.98, max_excess: 512, ..SpotConfig::default() };
    group.bench_function("SPOT (libspot-rs)", |b| {
        b.iter_batched_ref(
            || {
                let mut spot = SpotDetector::new(config.clone()).unwrap();
                spot.fit(&noise(N)).unwrap();
                spot
            },
            |spot| stream.iter().filter(|x| black_box(spot.step(**x)).is_ok()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
}

/// The total variation between an exact posterior of the run length and another, given as run lengths and
/// their probabilities.
#[cfg(feature = "peers")]
fn distance(exact: &[f64], other: impl Iterator<Item = (usize, f64)>) -> f64 {
    let mut rest = exact.to_vec();
    other.for_each(|(run, p)| rest[run] -= p);
    0.5 * rest.iter().map(|p| p.abs()).sum::<f64>()
}

#[cfg(feature = "peers")]
#[expect(clippy::print_stdout, reason = "how exact both are belongs to how long they take")]
fn learning_peers(c: &mut Criterion) {
    use changepoint::rv::dist::NormalInvGamma;
    use changepoint::{BocpdLike, BocpdTruncated};

    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(RUN as u64));
    // It takes the first value for the last one before a change, and is the same from there on.
    let prior = || NormalInvGamma::new_unchecked(0.0, 100.0, 1.0, 1.0);
    for (name, stream) in bocpd_streams() {
        let (mut ours, mut theirs) = (careful_bocpd(), BocpdTruncated::new(250.0, prior()));
        let mut exact = changepoint::Bocpd::new(250.0, prior());
        let (mut our_distance, mut their_distance) = (0.0_f64, 0.0_f64);
        theirs.step(&stream[0]);
        exact.step(&stream[0]);
        let (mut our_start, mut their_start) = (ours.clone(), theirs.clone());
        for (i, x) in stream.iter().enumerate().skip(1) {
            ours.update(*x);
            let truth = exact.step(x);
            their_distance = their_distance.max(distance(truth, theirs.step(x).iter().copied().enumerate()));
            let kept = ours.run_length().map(|(run, p)| (run as usize, p));
            our_distance = our_distance.max(distance(truth, kept));
            if i + 1 == RUN {
                (our_start, their_start) = (ours.clone(), theirs.clone());
            }
        }
        println!(
            "{name}: total variation from the exact posterior at most {our_distance:.1e}, changepoint's {their_distance:.1e}"
        );
        assert!(our_distance < 1e-4, "the posteriors are not the same: {our_distance}");
        group.bench_function(format!("{name}, as exact as changepoint"), |b| {
            b.iter_batched_ref(
                || our_start.clone(),
                |bocpd| stream[RUN..].iter().filter(|x| black_box(bocpd.update(**x)).is_some()).count(),
                criterion::BatchSize::LargeInput,
            );
        });
        group.bench_function(format!("{name}, truncated (changepoint)"), |b| {
            b.iter_batched_ref(
                || their_start.clone(),
                |bocpd| stream[RUN..].iter().map(|x| black_box(bocpd.step(x)).len()).sum::<usize>(),
                criterion::BatchSize::LargeInput,
            );
        });
    }
    let stream = noise(N);
    group.throughput(Throughput::Elements(N as u64));
    let builder = rcf3::Forest::builder(1).shingle_size(8).num_trees(50).capacity(256);
    let mut forest = builder.internal_shingling(true).build().unwrap();
    let narrow: Vec<[f32; 1]> = stream.iter().map(|x| [*x as f32]).collect();
    narrow.iter().for_each(|x| forest.update(x).unwrap());
    group.bench_function("random cut forest, 50 trees of 256, shingle 8 (rcf3)", |b| {
        b.iter_batched_ref(
            || forest.clone(),
            |forest| narrow.iter().map(|x| black_box(forest.update_and_score(x).unwrap())).sum::<f64>(),
            criterion::BatchSize::LargeInput,
        );
    });
}

#[cfg(not(feature = "peers"))]
fn learning_peers(_: &mut Criterion) {}

#[cfg(not(feature = "peers"))]
fn peers(_: &mut Criterion) {}

criterion_group!(benches, detectors, banks, peers, learning_peers);
criterion_main!(benches);
