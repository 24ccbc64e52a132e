//! Sixty-four callers at once, by threads. The same by model checking: `interleavings/`.

use super::scripted::{Books, SetClock, finish, poll};
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer};
use evenkeel_experience::traffic::{
    AdmissionControl, Aimd, CallOutcome, CircuitBreaker, ConcurrencyLimit, ConcurrencyLimiter, Gcra,
    Gradient2, GradientController, Rate, RefusalReason, Vegas,
};
use evenkeel_stats::Generator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use tower::{Layer, Service, service_fn};

const CALLERS: u64 = 64;
const CALLS: u64 = 150;

/// What callers saw.
#[derive(Debug, Default)]
struct Seen {
    inside: AtomicU32,
    most: AtomicU32,
    answered: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    cancelled: AtomicU64,
    panicked: AtomicU64,
}

/// Counts who is inside, however it is left.
struct Inside<'a>(&'a AtomicU32);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Calls that end well, fail, panic or are cancelled, from all callers at once.
fn hammer<A: AdmissionControl + Send>(layer: &AdmissionLayer<A>, failures: f64) -> Seen
where
    A::Permit: Send,
{
    let seen = Seen::default();
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let seen = &seen;
            scope.spawn(move || {
                let mut noise = Generator::new(caller);
                let mut service = layer.layer(service_fn(|kind: u8| async move {
                    let inside = seen.inside.fetch_add(1, Ordering::SeqCst) + 1;
                    let _inside = Inside(&seen.inside);
                    seen.most.fetch_max(inside, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    thread::yield_now();
                    match kind {
                        0 => Err("failed"),
                        1 => std::panic::resume_unwind(Box::new("as told")),
                        _ => Ok(()),
                    }
                }));
                for _ in 0..CALLS {
                    let kind =
                        if noise.bernoulli(failures) { 0 } else { 1 + (noise.uniform_below(10) as u8) };
                    if kind == 2 {
                        let mut call = Box::pin(service.call(kind));
                        let is_refused = poll(call.as_mut()).is_ready();
                        (if is_refused { &seen.refused } else { &seen.cancelled })
                            .fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let call = service.call(kind);
                    let count = match catch_unwind(AssertUnwindSafe(|| finish(call))) {
                        Ok(Ok(())) => &seen.answered,
                        Ok(Err(AdmissionError::Inner(_))) => &seen.failed,
                        Ok(Err(AdmissionError::Refused(_))) => &seen.refused,
                        Err(_) => &seen.panicked,
                    };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
    let all = [&seen.answered, &seen.failed, &seen.refused, &seen.cancelled, &seen.panicked];
    assert_eq!(all.into_iter().map(count).sum::<u64>(), CALLERS * CALLS);
    assert_eq!(seen.inside.load(Ordering::SeqCst), 0);
    seen
}

#[test]
fn books_balance() {
    let layer = AdmissionLayer::new(Books::new(8));
    let seen = hammer(&layer, 0.2);
    assert!(seen.most.load(Ordering::SeqCst) <= 8);
    let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
    layer.with_control(|books| {
        assert_eq!(books.out(), 0);
        assert_eq!(books.refused, count(&seen.refused));
        assert_eq!(books.ended("success"), count(&seen.answered));
        assert_eq!(books.ended("failure"), count(&seen.failed) + count(&seen.panicked));
        assert_eq!(books.ended("ignored"), count(&seen.cancelled));
        assert_eq!(books.ended.values().sum::<u64>(), books.admitted());
    });
}

#[test]
fn no_limit_is_exceeded_and_no_place_lost() {
    fn check(what: &str, limit: impl ConcurrencyLimit + Send, most: u32) {
        let layer = AdmissionLayer::new(ConcurrencyLimiter::new(limit));
        let seen = hammer(&layer, 0.1);
        let reached = seen.most.load(Ordering::SeqCst);
        println!("{what}: at most {reached} inside of {most}, {:?}", seen);
        assert!(reached <= most, "{what}: {reached}");
        layer.with_control(|limiter| {
            assert_eq!(limiter.in_flight(), 0, "{what}");
            assert_eq!(limiter.rejected(), seen.refused.load(Ordering::Relaxed), "{what}");
            // As many as the limit says can be had now, and not one more.
            let now = Timestamp::MAX;
            let limit = limiter.limit();
            let permits: Vec<_> = (0..limit).map(|_| limiter.acquire(now)).collect();
            assert!(permits.iter().all(Option::is_some) && limiter.acquire(now).is_none(), "{what}");
        });
    }
    let long = Duration::from_secs(3600);
    check("AIMD", Aimd::new(1, 4, 8, 0.9, long).unwrap(), 8);
    check("Vegas", Vegas::new(4, 8).unwrap(), 8);
    check("Gradient2", Gradient2::builder().limits(1, 4, 8).build().unwrap(), 8);
    check("gradient controller", GradientController::new(1, 4, 8, Duration::from_millis(1)).unwrap(), 8);
}

#[test]
fn as_many_as_the_bucket_holds_get_through() {
    let layer = AdmissionLayer::with_clock(
        Gcra::new(100, Rate::per_second(1).unwrap()).unwrap(),
        SetClock::default().reading(),
    );
    let seen = hammer(&layer, 0.1);
    assert_eq!(seen.refused.load(Ordering::Relaxed), CALLERS * CALLS - 100);
}

#[test]
fn as_many_probes_as_were_asked_for_are_inside() {
    let clock = SetClock::default();
    let breaker = CircuitBreaker::builder()
        .window(10, 10)
        .probes(3)
        .open_for(Duration::from_secs(1))
        .patience(Duration::from_secs(3600))
        .build()
        .unwrap();
    let layer = AdmissionLayer::with_clock(breaker, clock.reading());
    for round in 0..5 {
        layer.with_control(|breaker| breaker.force_open(clock.reading()()));
        clock.advance(1_000);
        // Failures only, cancelled calls and panics: it never closes, and opens as soon as three have failed.
        let seen = hammer(&layer, 0.9);
        let most = seen.most.load(Ordering::SeqCst);
        println!("round {round}: {seen:?}");
        assert!((1..=3).contains(&most), "{most}");
        let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
        assert_eq!(count(&seen.answered) + count(&seen.failed) + count(&seen.panicked), 3);
    }
    // Permits are conserved: exactly three probes are to be had.
    clock.advance(1_000);
    layer.with_control(|breaker| {
        let now = clock.reading()();
        let probes: Vec<_> = (0..4).map(|_| breaker.admit(now, &Default::default())).collect();
        assert_eq!(probes.iter().filter(|probe| probe.is_ok()).count(), 3);
        for probe in probes {
            match probe {
                Ok(permit) => breaker.finish(now, permit, CallOutcome::Ignored),
                Err(refusal) => assert_eq!(refusal.reason, RefusalReason::CircuitOpen),
            }
        }
    });
}
