//! Each control in the layer does what it does alone.

use super::scripted::{Script, Scripted, SetClock, finish, poll};
use core::task::{Context, Poll};
use core::time::Duration;
use evenkeel_core::Stage;
use evenkeel_experience::traffic::layer::AdmissionLayer;
use evenkeel_experience::traffic::{
    AdaptiveThrottle, AdmissionControl, Aimd, BreakerState, CallInfo, CallOutcome, CircuitBreaker,
    ConcurrencyLimiter, Gcra, HostGate, OutlierEjection, PriorityShedder, Rate, Refusal, RefusalReason,
    TokenBucket,
};
use std::future::{Ready, ready};
use tower::{Layer, Service, service_fn};

/// Answers with the number that it is sent.
fn echo() -> impl Service<u64, Response = u64, Error = (), Future = Ready<Result<u64, ()>>> + Clone {
    service_fn(|n: u64| ready(Ok::<u64, ()>(n)))
}

/// Answers with the status that it is sent, as an HTTP service would.
fn by_status(answer: &Result<u64, ()>) -> CallOutcome {
    match answer {
        Ok(0..500) => CallOutcome::Success,
        Ok(503 | 504) => CallOutcome::Overloaded,
        Ok(_) | Err(()) => CallOutcome::Failure,
    }
}

#[test]
fn rates() {
    let rate = Rate::per_second(10).unwrap();
    let check = |control: Box<dyn AdmissionControl<Permit = ()> + Send>| {
        let clock = SetClock::default();
        let layer = AdmissionLayer::with_clock(control, clock.reading())
            .describe(|cost: &u64| CallInfo::new().with_cost(*cost));
        let mut service = layer.layer(echo());
        assert_eq!(finish(service.call(3)), Ok(3));
        assert_eq!(finish(service.call(2)), Ok(2));
        let refusal = finish(service.call(2)).unwrap_err().refusal().unwrap();
        let expected = Refusal::retry_after(RefusalReason::RateLimit, Duration::from_millis(200));
        assert_eq!(refusal, expected);
        let too_large = finish(service.call(6)).unwrap_err().refusal().unwrap();
        assert_eq!(too_large, Refusal::new(RefusalReason::TooLarge));
        clock.advance(199);
        assert!(finish(service.call(2)).is_err());
        clock.advance(1);
        assert_eq!(finish(service.call(2)), Ok(2));
    };
    check(Box::new(TokenBucket::new(5, rate).unwrap()));
    check(Box::new(Gcra::new(5, rate).unwrap()));
}

#[test]
fn a_limit_learns_latency_and_overload_and_nothing_from_errors() {
    let clock = SetClock::default();
    let limit = Aimd::new(1, 10, 100, 0.5, Duration::from_millis(50)).unwrap();
    let layer =
        AdmissionLayer::with_clock(ConcurrencyLimiter::new(limit), clock.reading()).classify(by_status);
    let limit = || layer.with_control(|limiter| (limiter.limit(), limiter.in_flight()));
    let mut service = layer.layer(echo());
    for status in [500, 404] {
        assert_eq!(finish(service.call(status)), Ok(status));
        assert_eq!(limit(), (10, 0));
    }
    assert_eq!(finish(service.call(503)), Ok(503));
    assert_eq!(limit(), (5, 0));
    // More than half of it in use, so it grows with each success.
    let slow = layer.clone().classify(evenkeel_experience::traffic::layer::ByResult);
    let mut slow = slow.layer(Scripted::new(Script { done_after: 1, ..Script::default() }));
    let mut calls: Vec<_> = (0..5).map(|_| Box::pin(slow.call(()))).collect();
    for call in &mut calls {
        assert!(poll(call.as_mut()).is_pending());
    }
    let refusal = finish(slow.call(())).unwrap_err().refusal().unwrap();
    assert_eq!(refusal, Refusal::new(RefusalReason::ConcurrencyLimit));
    clock.advance(10);
    for call in calls {
        assert!(finish(call).is_ok());
    }
    assert_eq!(limit(), (8, 0));
}

#[test]
fn a_breaker_opens_and_closes() {
    let clock = SetClock::default();
    let breaker =
        CircuitBreaker::builder().window(10, 5).probes(2).open_for(Duration::from_secs(5)).build().unwrap();
    let layer = AdmissionLayer::with_clock(breaker, clock.reading()).classify(by_status);
    let state = || layer.with_control(|breaker| breaker.state());
    let mut service = layer.layer(echo());
    for _ in 0..5 {
        assert_eq!(finish(service.call(500)), Ok(500));
    }
    assert_eq!(state(), BreakerState::Open);
    clock.advance(4_000);
    let refusal = finish(service.call(200)).unwrap_err().refusal().unwrap();
    assert_eq!(refusal, Refusal::retry_after(RefusalReason::CircuitOpen, Duration::from_secs(1)));
    clock.advance(1_000);
    // Probes that are cancelled do not use up the probes.
    let hanging = layer.clone().classify(evenkeel_experience::traffic::layer::ByResult);
    let mut hanging = hanging.layer(Scripted::new(Script { done_after: u32::MAX, ..Script::default() }));
    for _ in 0..10 {
        let mut probes = [Box::pin(hanging.call(())), Box::pin(hanging.call(()))];
        assert!(probes.iter_mut().all(|probe| poll(probe.as_mut()).is_pending()));
        assert!(finish(service.call(200)).is_err());
    }
    assert_eq!(state(), BreakerState::HalfOpen);
    assert_eq!((finish(service.call(200)), finish(service.call(200))), (Ok(200), Ok(200)));
    assert_eq!(state(), BreakerState::Closed);
}

#[test]
fn a_throttle_sends_what_is_accepted_and_a_little_more() {
    let clock = SetClock::default();
    let throttle = AdaptiveThrottle::new(2.0, Duration::from_secs(24), 3).unwrap();
    let layer = AdmissionLayer::with_clock(throttle, clock.reading()).classify(by_status);
    let mut service = layer.layer(echo());
    let mut send = |status: fn(u32) -> u64| {
        (0..10_000).fold(0, |sent, i| {
            clock.advance(10);
            sent + u32::from(finish(service.call(status(i))).is_ok())
        })
    };
    // Plain errors are answers of a backend that works.
    assert_eq!(send(|_| 500), 10_000);
    let sent = send(|i| if i.is_multiple_of(10) { 200 } else { 503 });
    assert!((1_500..5_000).contains(&sent), "{sent}");
    assert_eq!(layer.with_control(|throttle| throttle.rejected()), u64::from(10_000 - sent));
}

#[test]
fn a_shedder_refuses_the_least_important() {
    let layer = AdmissionLayer::new(PriorityShedder::new(10).unwrap())
        .describe(|priority: &u64| CallInfo::new().with_priority(*priority as usize));
    let mut service = layer.layer(echo());
    for _ in 0..20 {
        assert!((0..10).filter(|priority| finish(service.call(*priority)).is_ok()).count() > 0);
        layer.with_control(|shedder| shedder.update(true));
    }
    let cutoff = layer.with_control(|shedder| shedder.cutoff()) as u64;
    assert!(cutoff < 10);
    for priority in 0..10 {
        let refused = finish(service.call(priority)).err().and_then(|error| error.refusal());
        let expected = (priority >= cutoff).then_some(Refusal::new(RefusalReason::Shed));
        assert_eq!(refused, expected);
    }
}

#[test]
fn a_gate_refuses_hosts_that_fail() {
    let clock = SetClock::default();
    let ejection = OutlierEjection::builder(10).build().unwrap();
    let gate = HostGate::new(ejection, Duration::from_secs(10)).unwrap();
    let layer = AdmissionLayer::with_clock(gate, clock.reading())
        .describe(|host: &u64| CallInfo::new().with_key(*host as usize))
        .classify(|host: &Result<u64, ()>| match host {
            Ok(4) => CallOutcome::Failure,
            _ => CallOutcome::Success,
        });
    let mut service = layer.layer(echo());
    for host in (0..10).cycle().take(2_000) {
        assert!(finish(service.call(host)).is_ok());
    }
    clock.advance(10_000);
    let refusal = finish(service.call(4)).unwrap_err().refusal().unwrap();
    assert_eq!(refusal, Refusal::retry_after(RefusalReason::Ejected, Duration::from_secs(30)));
    assert!((0..10).filter(|host| *host != 4).all(|host| finish(service.call(host)).is_ok()));
    // A host that nobody knows of.
    assert!(finish(service.call(99)).is_ok());
    clock.advance(30_000);
    assert!(finish(service.call(4)).is_ok());
}

#[test]
fn layers_stack() {
    // An outer breaker that takes the refusals of an inner limit for what they are.
    use evenkeel_experience::traffic::layer::AdmissionError;
    let breaker = CircuitBreaker::builder().window(4, 2).build().unwrap();
    let outer =
        AdmissionLayer::new(breaker).classify(|result: &Result<u64, AdmissionError<()>>| match result {
            Ok(_) => CallOutcome::Success,
            Err(AdmissionError::Refused(_)) => CallOutcome::Ignored,
            Err(AdmissionError::Inner(())) => CallOutcome::Failure,
        });
    let inner =
        AdmissionLayer::new(TokenBucket::new(1, Rate::new(1, Duration::from_secs(3600)).unwrap()).unwrap());
    let mut service = outer.layer(inner.layer(echo()));
    assert!(service.poll_ready(&mut Context::from_waker(core::task::Waker::noop())) == Poll::Ready(Ok(())));
    assert_eq!(finish(service.call(1)), Ok(1));
    for _ in 0..10 {
        let error = finish(service.call(1)).unwrap_err().into_inner().unwrap();
        assert_eq!(error.refusal().map(|why| why.reason), Some(RefusalReason::RateLimit));
    }
    assert_eq!(outer.with_control(|breaker| breaker.state()), BreakerState::Closed);
}
