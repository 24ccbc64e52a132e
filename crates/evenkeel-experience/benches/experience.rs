//! What an update costs: `cargo bench -p evenkeel-experience`.

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, criterion_group, criterion_main};
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::experiment::{
    Arm, BoundedComparison, MannWhitney, MeanComparison, RateComparison, SequentialSampleRatio,
};
use evenkeel_experience::slo::{BurnRateMonitor, CalendarBudget, Events, Objective, Period, RollingBudget};
use evenkeel_experience::traffic::{
    AdaptiveThrottle, Aimd, CallOutcome, CircuitBreaker, ConcurrencyLimiter, Gcra, Gradient2,
    GradientController, PriorityShedder, Rate, RequestSample, TokenBucket, Vegas,
};
use evenkeel_stats::Generator;

const DAY: Duration = Duration::from_secs(86_400);

/// Times one call with a step that counts up.
fn each(c: &mut Criterion, name: &str, mut call: impl FnMut(u64)) {
    let mut i = 0;
    c.bench_function(name, |b| {
        b.iter(|| {
            i += 1;
            call(black_box(i));
        });
    });
}

/// A hundred requests a second, one in 200 of them bad.
fn request(i: u64) -> At<Events> {
    let bad = u64::from(i.is_multiple_of(200));
    At::new(Timestamp::from_millis(10 * i.cast_signed()), Events::new(1 - bad, bad))
}

fn service_levels(c: &mut Criterion) {
    let objective: Objective = "99.9%".parse().expect("an objective");
    let mut monitor = BurnRateMonitor::builder(objective).build().expect("a monitor");
    each(c, "slo/burn rate, 4 rules", |i| {
        black_box(monitor.update(request(i)));
    });
    let mut plain = BurnRateMonitor::builder(objective).without_evidence().build().expect("a monitor");
    each(c, "slo/burn rate, 4 rules, without evidence", |i| {
        black_box(plain.update(request(i)));
    });
    let mut rolling = RollingBudget::new(objective, 28 * DAY, DAY / 24).expect("a budget");
    each(c, "slo/rolling budget, 672 buckets", |i| {
        black_box(rolling.update(request(i)));
    });
    let mut month = CalendarBudget::new(objective, Period::Month, 0).expect("a budget");
    each(c, "slo/calendar budget", |i| {
        black_box(month.update(request(i)));
    });
}

fn traffic(c: &mut Criterion) {
    let rate = Rate::per_second(1000).expect("a rate");
    let now = |i: u64| Timestamp::from_nanos(700_000 * i.cast_signed());
    let mut bucket = TokenBucket::new(100, rate).expect("a bucket");
    each(c, "traffic/token bucket", |i| {
        black_box(bucket.take(now(i), 1).is_admitted());
    });
    let mut schedule = Gcra::new(100, rate).expect("a schedule");
    each(c, "traffic/GCRA", |i| {
        black_box(schedule.take(now(i), 1).is_admitted());
    });
    let sample = |i: u64| RequestSample {
        round_trip: Duration::from_micros(9_000 + i * 7 % 3_000),
        in_flight: 60,
        dropped: i.is_multiple_of(500),
    };
    let mut aimd = Aimd::new(5, 50, 100, 0.9, Duration::from_millis(30)).expect("a limit");
    each(c, "traffic/AIMD sample", |i| {
        black_box(aimd.update(sample(i)));
    });
    let mut vegas = Vegas::new(50, 100).expect("a limit");
    each(c, "traffic/Vegas sample", |i| {
        black_box(vegas.update(sample(i)));
    });
    let mut gradient = Gradient2::builder().build().expect("a limit");
    each(c, "traffic/Gradient2 sample", |i| {
        black_box(gradient.update(sample(i)));
    });
    let mut envoy = GradientController::new(3, 50, 100, Duration::from_millis(10)).expect("a limit");
    each(c, "traffic/gradient controller sample", |i| {
        black_box(envoy.update(sample(i)));
    });
    let mut limiter = ConcurrencyLimiter::new(Vegas::new(50, 100).expect("a limit"));
    each(c, "traffic/limiter, acquire and finish", |i| {
        if let Some(permit) = limiter.acquire(now(i)) {
            limiter.finish(now(i + 10), permit, false);
        }
    });
    let mut breaker = CircuitBreaker::builder().build().expect("a breaker");
    each(c, "traffic/breaker, acquire and record", |i| {
        if let Ok(permit) = breaker.acquire(now(i)) {
            let failed = i.is_multiple_of(10);
            breaker.record(now(i), permit, if failed { CallOutcome::Failure } else { CallOutcome::Success });
        }
    });
    let mut throttle = AdaptiveThrottle::new(2.0, 120 * Duration::from_secs(1), 1).expect("a throttle");
    each(c, "traffic/adaptive throttle, admit and record", |i| {
        if throttle.admit(now(i)) {
            throttle.record(now(i), !i.is_multiple_of(3));
        }
    });
    let mut shedder = PriorityShedder::new(128).expect("a shedder");
    each(c, "traffic/priority shedder, admit", |i| {
        black_box(shedder.admit((i % 128) as usize));
    });
}

fn experiments(c: &mut Criterion) {
    let arm = |i: u64| if i.is_multiple_of(2) { Arm::Control } else { Arm::Treatment };
    let mut noise = Generator::new(1);
    let values: Vec<f64> = (0..4096).map(|_| noise.uniform()).collect();
    let value = |i: u64| values[(i % 4096) as usize];
    let mut means = MeanComparison::new(0.05, 5000.0).expect("a test");
    each(c, "experiment/means", |i| {
        black_box(means.update((arm(i), value(i))));
    });
    let mut bounded = BoundedComparison::new(0.05).expect("a test");
    each(c, "experiment/bounded means", |i| {
        black_box(bounded.update((arm(i), value(i))));
    });
    let mut rates = RateComparison::new(0.05).expect("a test");
    each(c, "experiment/rates", |i| {
        black_box(rates.update((arm(i), value(i) < 0.1)));
    });
    let mut shares = SequentialSampleRatio::new(&[0.5, 0.5]).expect("a test");
    each(c, "experiment/sample ratio", |i| {
        black_box(shares.update((i % 2) as usize));
    });
    let (x, y) = values.split_at(2048);
    c.bench_function("experiment/Mann-Whitney with limits, 2048 and 2048", |b| {
        b.iter(|| MannWhitney::new(black_box(x), black_box(y)).and_then(|test| test.shift_interval(0.95)));
    });
}

criterion_group! {
    name = all;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = service_levels, traffic, experiments
}
criterion_main!(all);
