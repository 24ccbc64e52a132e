//! What a decision about a call and its end cost, here and in other crates: nanoseconds, the median of rounds in which each takes its
//! turn, and allocations. Time is that of the processor in this thread, so that other work on the machine disturbs it less.

use core::hint::black_box;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use cpu_time::ThreadTime;
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::layer::AdmissionLayer;
use evenkeel_experience::traffic::{
    AdaptiveThrottle, AdmissionControl, Aimd, CallInfo, CallOutcome, CircuitBreaker, ConcurrencyLimit,
    ConcurrencyLimiter, Gcra, Gradient2, GradientController, HostGate, OutlierEjection, PriorityShedder,
    Rate, TokenBucket, Vegas, Windowed,
};
use failsafe::StateMachine;
use failsafe::backoff::constant;
use failsafe::failure_policy::consecutive_failures;
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use std::future::{Ready, ready};
use std::num::NonZeroU32;
use std::time::Instant;
use tokio::sync::Semaphore;
use tower::{Layer, Service, ServiceBuilder, service_fn};

const ROUNDS: usize = 15;
const STEPS: u64 = 200_000;

struct Case {
    name: &'static str,
    step: Box<dyn FnMut(u64)>,
    nanos: Vec<f64>,
}

fn case(name: &'static str, step: impl FnMut(u64) + 'static) -> Case {
    Case { name, step: Box::new(step), nanos: Vec::new() }
}

fn now(i: u64) -> Timestamp {
    Timestamp::from_nanos(700_000 * i.cast_signed())
}

/// A decision and the end of the call, the time passed in.
fn control(name: &'static str, mut control: impl AdmissionControl + 'static) -> Case {
    case(name, move |i| {
        let call = black_box(CallInfo::new().with_priority((i % 8) as usize).with_key((i % 8) as usize));
        match control.admit(now(i), &call) {
            Ok(permit) => control.finish(
                now(i) + Duration::from_micros(9_000 + i % 1_000),
                permit,
                CallOutcome::Success,
            ),
            Err(refusal) => _ = black_box(refusal),
        }
    })
}

fn limiter(name: &'static str, limit: impl ConcurrencyLimit + 'static) -> Case {
    control(name, ConcurrencyLimiter::new(limit))
}

/// A whole call of a service that answers at once.
fn service<S>(name: &'static str, mut service: S) -> Case
where
    S: Service<u64, Response = u64> + 'static,
{
    case(name, move |i| {
        let cx = &mut Context::from_waker(Waker::noop());
        if let Poll::Ready(Ok(())) = service.poll_ready(cx) {
            let call = pin!(service.call(black_box(i)));
            assert!(matches!(call.poll(cx), Poll::Ready(Ok(_))), "{name}");
        } else {
            panic!("{name} is not ready");
        }
    })
}

fn echo() -> impl Service<u64, Response = u64, Error = (), Future = Ready<Result<u64, ()>>> + Clone {
    service_fn(|n: u64| ready(Ok::<u64, ()>(n)))
}

fn cases() -> Vec<Case> {
    let rate = || Rate::per_second(1_000_000_000).expect("a rate");
    let slow = || Rate::new(1, Duration::from_secs(3600)).expect("a rate");
    let quota = |n| Quota::per_second(NonZeroU32::new(n).expect("not zero"));
    let gradient2 = || Gradient2::builder().build().expect("a limit");
    let breaker = || CircuitBreaker::builder().build().expect("a breaker");
    let ejection = || OutlierEjection::builder(8).build().expect("an ejection");
    let second = Duration::from_secs(1);

    let by_governor = RateLimiter::direct(quota(1_000_000_000));
    let clock = FakeRelativeClock::default();
    let by_governor_without_clock = RateLimiter::direct_with_clock(quota(1_000_000_000), clock);
    let refusing = RateLimiter::direct(Quota::with_period(3600 * second).expect("a period"));
    let semaphore = std::sync::Arc::new(Semaphore::new(100));
    let by_failsafe = StateMachine::new(consecutive_failures(5, constant(30 * second)), ());

    let mut unfinished = ConcurrencyLimiter::new(gradient2());
    let aimd = || Aimd::new(5, 50, 100, 0.9, second).expect("a limit");
    vec![
        control("decision: `TokenBucket`", TokenBucket::new(100, rate()).expect("a bucket")),
        control("decision: `Gcra`", Gcra::new(100, rate()).expect("a schedule")),
        control("decision: `Gcra`, refused", Gcra::new(1, slow()).expect("a schedule")),
        case("decision: governor, clock passed in", move |_| {
            black_box(by_governor_without_clock.check().is_ok());
        }),
        case("decision: governor, its clock", move |_| {
            black_box(by_governor.check().is_ok());
        }),
        case("decision: governor, its clock, refused", move |_| {
            black_box(refusing.check().is_ok());
        }),
        case("decision, its place given back: `ConcurrencyLimiter`, `Gradient2`", move |i| {
            _ = black_box(unfinished.acquire(now(i)));
        }),
        limiter("decision and end: `Aimd`", aimd()),
        limiter("decision and end: `Vegas`", Vegas::new(50, 100).expect("a limit")),
        limiter("decision and end: `Gradient2`", gradient2()),
        limiter(
            "decision and end: `GradientController`",
            GradientController::new(3, 50, 100, Duration::from_millis(10)).expect("a limit"),
        ),
        limiter(
            "decision and end: `Windowed`, mean, `Gradient2`",
            Windowed::mean(gradient2(), 100).expect("a window"),
        ),
        limiter(
            "decision and end: `Windowed`, 95 %, `Aimd`",
            Windowed::quantile(aimd(), 100, 0.95).expect("a window"),
        ),
        case("decision and end: `Semaphore` of tokio, fixed limit", move |_| {
            black_box(semaphore.try_acquire().is_ok());
        }),
        control(
            "decision and end: `AdaptiveThrottle`",
            AdaptiveThrottle::new(2.0, 120 * second, 1).expect("a throttle"),
        ),
        control("decision and end: `PriorityShedder`", PriorityShedder::new(8).expect("a shedder")),
        control("decision and end: `CircuitBreaker`", breaker()),
        case("decision and end: failsafe, its clock", move |_| {
            if by_failsafe.is_call_permitted() {
                by_failsafe.on_success();
            }
        }),
        control("decision and end: `HostGate`", HostGate::new(ejection(), 3600 * second).expect("a gate")),
        case("a reading of `Instant`", |_| {
            black_box(Instant::now());
        }),
        service("call: the service alone", echo()),
        service(
            "call: layer, `Gcra`",
            AdmissionLayer::new(Gcra::new(1_000_000_000, rate()).expect("a schedule")).layer(echo()),
        ),
        service(
            "call: layer, `ConcurrencyLimiter`, `Gradient2`",
            AdmissionLayer::new(ConcurrencyLimiter::new(gradient2())).layer(echo()),
        ),
        service("call: layer, `CircuitBreaker`", AdmissionLayer::new(breaker()).layer(echo())),
        service(
            "call: layer, `ConcurrencyLimiter`, `Gradient2`, clock set",
            AdmissionLayer::with_clock(ConcurrencyLimiter::new(gradient2()), || Timestamp::EPOCH)
                .layer(echo()),
        ),
        service(
            "call: `ConcurrencyLimit` of tower",
            ServiceBuilder::new().concurrency_limit(100).service(echo()),
        ),
        service(
            "call: `LoadShed`, `ConcurrencyLimit` of tower",
            ServiceBuilder::new()
                .load_shed()
                .concurrency_limit(100)
                .service(service_fn(|n: u64| ready(Ok::<u64, std::convert::Infallible>(n)))),
        ),
        service(
            "call: `RateLimit` of tower",
            ServiceBuilder::new().rate_limit(u64::MAX, second).service(echo()),
        ),
    ]
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _context = runtime.enter();
    let mut cases = cases();
    let mut step = 0;
    for round in 0..=ROUNDS {
        for case in &mut cases {
            let started = ThreadTime::now();
            for i in step..step + STEPS {
                (case.step)(i);
            }
            // The first round warms up.
            if round > 0 {
                case.nanos.push(started.elapsed().as_nanos() as f64 / STEPS as f64);
            }
        }
        step += STEPS;
    }
    println!("| what | ns, median | ns, least | allocations |\n| --- | --- | --- | --- |");
    for case in &mut cases {
        let counted = allocation_counter::measure(|| (step..step + 1_000).for_each(|i| (case.step)(i)));
        case.nanos.sort_by(f64::total_cmp);
        let (median, least) = (case.nanos[ROUNDS / 2], case.nanos[0]);
        println!("| {} | {median:.1} | {least:.1} | {} |", case.name, counted.count_total as f64 / 1_000.0);
    }
}
