//! Readiness holds nothing, and what waits or fails in it counts.

use super::scripted::{Books, Script, Scripted, SetClock, finish, poll};
use core::task::{Context, Waker};
use core::time::Duration;
use evenkeel_experience::traffic::layer::{AdmissionError, AdmissionLayer};
use evenkeel_experience::traffic::{Aimd, BreakerState, CircuitBreaker, ConcurrencyLimiter, RefusalReason};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Layer, Service};

#[test]
fn services_that_are_ready_and_not_called_hold_nothing() {
    let layer = AdmissionLayer::new(Books::new(1));
    let inner = Scripted::new(Script::default());
    let mut idle: Vec<_> = (0..100).map(|_| layer.layer(inner.clone())).collect();
    for service in &mut idle {
        assert!(service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
    }
    assert_eq!(layer.with_control(|books| books.out()), 0);
    // Nor do calls that nobody polls.
    let _unpolled: Vec<_> = idle.iter_mut().map(|service| service.call(())).collect();
    assert_eq!(finish(layer.layer(inner).call(())), Ok("done"));
}

#[test]
fn one_layer_is_one_limit_and_two_are_two() {
    let (one, other) = (AdmissionLayer::new(Books::new(2)), AdmissionLayer::new(Books::new(2)));
    let inner = Scripted::new(Script { done_after: u32::MAX, ..Script::default() });
    let mut from_layer = one.layer(inner.clone());
    let mut services = [from_layer.clone(), one.layer(inner.clone()), one.clone().layer(inner.clone())];
    let mut held = Box::pin(from_layer.call(()));
    let mut held_too = Box::pin(services[0].call(()));
    assert!(poll(held.as_mut()).is_pending() && poll(held_too.as_mut()).is_pending());
    for service in &mut services {
        assert!(finish(service.call(())).unwrap_err().refusal().is_some());
    }
    assert!(poll(Box::pin(other.layer(inner).call(())).as_mut()).is_pending());
}

#[test]
fn a_breaker_opens_for_a_service_that_is_never_ready_and_leaves_it_alone() {
    let breaker = CircuitBreaker::builder().window(10, 5).build().unwrap();
    let layer = AdmissionLayer::new(breaker);
    let inner = Scripted::new(Script { readiness_fails: true, ..Script::default() });
    let counts = Arc::clone(&inner.counts);
    let mut service = layer.layer(inner);
    for _ in 0..5 {
        assert_eq!(finish(service.call(())), Err(AdmissionError::Inner("not ready")));
    }
    assert_eq!(layer.with_control(|breaker| breaker.state()), BreakerState::Open);
    for _ in 0..100 {
        let refusal = finish(service.call(())).unwrap_err().refusal().unwrap();
        assert_eq!(refusal.reason, RefusalReason::CircuitOpen);
        assert!(refusal.retry_after.is_some());
    }
    assert_eq!(counts.asked.load(Ordering::Relaxed), 5);
}

#[test]
fn a_refusal_leaves_no_reservation_in_the_service() {
    let global = GlobalConcurrencyLimitLayer::new(1);
    let layer = AdmissionLayer::new(Books::new(0));
    let mut refusing = layer.layer(global.layer(Scripted::new(Script::default())));
    for _ in 0..3 {
        assert!(finish(refusing.call(())).is_err());
    }
    // The service that was refused is still there, and the only place of the semaphore is free.
    let mut beside = global.layer(Scripted::new(Script::default()));
    assert!(beside.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn time_spent_waiting_for_readiness_is_latency() {
    let clock = SetClock::default();
    let limit = Aimd::new(1, 10, 100, 0.5, Duration::from_millis(50)).unwrap();
    let layer = AdmissionLayer::with_clock(ConcurrencyLimiter::new(limit), clock.reading());
    let mut service = layer.layer(Scripted::new(Script { ready_after: 1, ..Script::default() }));
    let mut call = Box::pin(service.call(()));
    assert!(poll(call.as_mut()).is_pending());
    clock.advance(51);
    assert!(poll(call.as_mut()).is_ready());
    assert_eq!(layer.with_control(|limiter| limiter.limit()), 5);
    // Time before the first poll is the caller's.
    let late = service.call(());
    clock.advance(51);
    let mut late = Box::pin(late);
    assert!(poll(late.as_mut()).is_pending());
    assert!(poll(late.as_mut()).is_ready());
    assert_eq!(layer.with_control(|limiter| limiter.limit()), 5);
}
