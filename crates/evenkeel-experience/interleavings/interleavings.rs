//! Sixty-four callers of one layer, under random and adversarial schedules of its locks.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer};
use evenkeel_experience::traffic::{
    AdmissionControl, Aimd, BreakerState, CallInfo, CircuitBreaker, ConcurrencyLimit, ConcurrencyLimiter,
    Gradient2, GradientController, Vegas,
};
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::sync::{Arc, Mutex};
use shuttle::{check_pct, check_random, thread};
use std::task::Waker;
use tower_layer::Layer;
use tower_service::Service;

const CALLERS: u32 = 64;
/// Schedules of each kind for each control. With `INTERLEAVINGS=10000` as many as that.
const SCHEDULES: usize = 60;

fn schedules() -> usize {
    std::env::var("INTERLEAVINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(SCHEDULES)
}

/// Counts the calls inside it, and is left in the middle of a schedule.
#[derive(Clone)]
struct Inner {
    inside: Arc<AtomicU32>,
    most: u32,
}

struct Inside {
    counter: Arc<AtomicU32>,
    fails: bool,
    entered: bool,
}

impl Service<bool> for Inner {
    type Response = ();
    type Error = ();
    type Future = Inside;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, fails: bool) -> Inside {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(inside <= self.most, "{inside} calls inside, {} may be", self.most);
        Inside { counter: Arc::clone(&self.inside), fails, entered: false }
    }
}

impl Future for Inside {
    type Output = Result<(), ()>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        thread::yield_now();
        if !self.entered {
            self.entered = true;
            return Poll::Pending;
        }
        Poll::Ready(if self.fails { Err(()) } else { Ok(()) })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::SeqCst);
    }
}

/// All callers at once: every fourth is cancelled in the middle, every third of the others fails. Gives how many
/// calls ended, failed or not.
fn call_from_everywhere<A>(layer: &AdmissionLayer<A>, most: u32) -> u32
where
    A: AdmissionControl + Send + 'static,
    A::Permit: Send,
{
    let inner = Inner { inside: Arc::new(AtomicU32::new(0)), most };
    let ended = Arc::new(AtomicU32::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (mut service, ended) = (layer.layer(inner.clone()), Arc::clone(&ended));
            thread::spawn(move || {
                let mut call = Box::pin(service.call(caller % 3 == 0));
                let cx = &mut Context::from_waker(Waker::noop());
                while let Poll::Pending = call.as_mut().poll(cx) {
                    if caller % 4 == 0 {
                        return;
                    }
                }
                ended.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap();
    }
    assert_eq!(inner.inside.load(Ordering::SeqCst), 0);
    ended.load(Ordering::SeqCst)
}

/// Under random schedules, and under those of the probabilistic concurrency tester with three preemptions.
fn check(test: impl Fn() + Send + Sync + Clone + 'static) {
    check_random(test.clone(), schedules());
    check_pct(test, schedules(), 3);
}

/// A clock that goes on by a millisecond each time it is read.
fn ticking() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let millis = std::sync::atomic::AtomicI64::new(0);
    move || Timestamp::from_millis(millis.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
}

fn limit_holds<L: ConcurrencyLimit + Send + 'static>(new: fn() -> L) {
    check(move || {
        let layer = AdmissionLayer::with_clock(ConcurrencyLimiter::new(new()), ticking());
        call_from_everywhere(&layer, 5);
        layer.with_control(|limiter| {
            assert_eq!(limiter.in_flight(), 0);
            let permits: Vec<_> = (0..limiter.limit()).map(|_| limiter.acquire(Timestamp::EPOCH)).collect();
            assert!(permits.iter().all(Option::is_some));
            assert!(limiter.acquire(Timestamp::EPOCH).is_none());
        });
    });
}

#[test]
fn aimd() {
    limit_holds(|| Aimd::new(1, 3, 5, 0.9, Duration::from_millis(20)).unwrap());
}

#[test]
fn vegas() {
    limit_holds(|| Vegas::new(3, 5).unwrap());
}

#[test]
fn gradient2() {
    limit_holds(|| Gradient2::builder().limits(1, 3, 5).build().unwrap());
}

#[test]
fn gradient_controller() {
    limit_holds(|| GradientController::new(1, 3, 5, Duration::from_millis(4)).unwrap());
}

/// Permits that are dropped by threads that do not hold the lock of the limiter. (Their places are references counted by `std`,
/// which `shuttle` takes as they are.)
#[test]
fn permits_dropped_outside_of_the_lock() {
    check(|| {
        let limit = Aimd::new(1, 5, 5, 0.9, Duration::from_secs(1)).unwrap();
        let limiter = Arc::new(Mutex::new(ConcurrencyLimiter::new(limit)));
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let limiter = Arc::clone(&limiter);
                thread::spawn(move || {
                    let permit = limiter.lock().unwrap().acquire(Timestamp::EPOCH);
                    drop(permit);
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(limiter.lock().unwrap().in_flight(), 0);
    });
}

#[test]
fn half_open_breaker() {
    check(|| {
        let breaker = CircuitBreaker::builder()
            .window(4, 4)
            .probes(3)
            .threshold(100.0)
            .open_for(Duration::from_nanos(1))
            .patience(Duration::from_secs(3600))
            .build()
            .unwrap();
        let layer = AdmissionLayer::with_clock(breaker, ticking());
        layer.with_control(|breaker| breaker.force_open(Timestamp::EPOCH));
        // It closes as soon as three probes have ended, one of them well, and then everybody may.
        call_from_everywhere(&layer, CALLERS);
        layer.with_control(|breaker| match breaker.state() {
            BreakerState::HalfOpen => {
                let now = Timestamp::EPOCH + Duration::from_secs(60);
                let permits: Vec<_> = (0..4).map(|_| breaker.admit(now, &CallInfo::new())).collect();
                // Places of cancelled probes are free again; of those that ended they are used up.
                assert!((1..=3).contains(&permits.iter().filter(|permit| permit.is_ok()).count()));
            }
            BreakerState::Closed | BreakerState::Open => {}
        });
    });
}

#[test]
fn a_breaker_that_stays_half_open_never_has_more_than_its_probes_inside() {
    check(|| {
        let breaker = CircuitBreaker::builder()
            .window(4, 4)
            .probes(3)
            .open_for(Duration::from_millis(1))
            .patience(Duration::from_secs(3600))
            .build()
            .unwrap();
        let time = Arc::new(std::sync::atomic::AtomicI64::new(0));
        let clock = Arc::clone(&time);
        let layer = AdmissionLayer::with_clock(breaker, move || {
            Timestamp::from_millis(clock.load(std::sync::atomic::Ordering::SeqCst))
        });
        layer.with_control(|breaker| breaker.force_open(Timestamp::EPOCH));
        time.store(1, std::sync::atomic::Ordering::SeqCst);
        // Every outcome is a failure, so after three of them it is open again, and time stands still.
        let failing =
            layer.clone().classify(|_: &Result<(), ()>| evenkeel_experience::traffic::CallOutcome::Failure);
        let inner = Inner { inside: Arc::new(AtomicU32::new(0)), most: 3 };
        let ended = Arc::new(AtomicU32::new(0));
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (mut service, ended) = (failing.layer(inner.clone()), Arc::clone(&ended));
                thread::spawn(move || {
                    let mut call = Box::pin(service.call(false));
                    let cx = &mut Context::from_waker(Waker::noop());
                    loop {
                        match call.as_mut().poll(cx) {
                            Poll::Pending if caller % 4 == 0 => return,
                            Poll::Pending => {}
                            Poll::Ready(Err(AdmissionError::Refused(_))) => return,
                            Poll::Ready(_) => break,
                        }
                    }
                    ended.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        let ended = ended.load(Ordering::SeqCst);
        layer.with_control(|breaker| {
            if breaker.state() == BreakerState::Open {
                assert_eq!(ended, 3);
            } else {
                // Those that were cancelled gave their places back: what is left of three is to be had.
                let now = Timestamp::from_millis(2);
                let had = (0..4).map(|_| breaker.admit(now, &CallInfo::new())).collect::<Vec<_>>();
                assert_eq!(had.iter().filter(|permit| permit.is_ok()).count() as u32, 3 - ended);
            }
        });
    });
}
