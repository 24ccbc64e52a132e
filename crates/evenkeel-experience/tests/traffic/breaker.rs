//! Circuit breakers and ejections.

use core::time::Duration;
use evenkeel_core::{Snapshot, Timestamp, restore};
use evenkeel_experience::traffic::{
    BreakerState, CallOutcome, CallPermit, CircuitBreaker, HostRequests, OutlierEjection,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> CircuitBreaker {
    CircuitBreaker::builder()
        .window(10, 5)
        .probes(3)
        .open_for(5 * SECOND)
        .patience(60 * SECOND)
        .build()
        .unwrap()
}

fn fail(breaker: &mut CircuitBreaker, now: Timestamp, times: u32) {
    for _ in 0..times {
        let permit = breaker.acquire(now).unwrap();
        breaker.record(now, permit, CallOutcome::Failure);
    }
}

#[test]
fn probes_that_are_cancelled_give_their_places_back() {
    let mut breaker = breaker();
    fail(&mut breaker, Timestamp::EPOCH, 5);
    let later = Timestamp::EPOCH + 5 * SECOND;
    for _ in 0..100 {
        let permits: Vec<CallPermit> = (0..3).map(|_| breaker.acquire(later).unwrap()).collect();
        assert!(breaker.acquire(later).is_err());
        let mut permits = permits.into_iter();
        drop(permits.next());
        breaker.record(later, permits.next().unwrap(), CallOutcome::Ignored);
        // The third one is dropped with the iterator.
    }
    for _ in 0..3 {
        let permit = breaker.acquire(later).unwrap();
        breaker.record(later, permit, CallOutcome::Success);
    }
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn probes_that_never_end_do_not_hold_it_half_open() {
    let mut breaker = breaker();
    fail(&mut breaker, Timestamp::EPOCH, 5);
    let later = Timestamp::EPOCH + 5 * SECOND;
    let hung: Vec<CallPermit> = (0..3).map(|_| breaker.acquire(later).unwrap()).collect();
    assert_eq!(breaker.acquire(later).unwrap_err().retry_after, 60 * SECOND);
    assert!(breaker.acquire(later + 60 * SECOND).is_err());
    assert_eq!(breaker.state(), BreakerState::Open);
    let again = later + 65 * SECOND;
    let probe = breaker.acquire(again).unwrap();
    // The old ones end after all: they count nowhere.
    for permit in hung {
        breaker.record(again, permit, CallOutcome::Success);
    }
    assert_eq!((breaker.state(), breaker.late()), (BreakerState::HalfOpen, 3));
    breaker.record(again, probe, CallOutcome::Failure);
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
}

#[test]
fn slow_calls_from_before_say_nothing_about_now() {
    let mut breaker = breaker();
    let slow: Vec<CallPermit> = (0..20).map(|_| breaker.acquire(Timestamp::EPOCH).unwrap()).collect();
    fail(&mut breaker, Timestamp::EPOCH, 5);
    let later = Timestamp::EPOCH + 5 * SECOND;
    drop(breaker.acquire(later));
    for permit in slow {
        breaker.record(later, permit, CallOutcome::Success);
    }
    assert_eq!((breaker.state(), breaker.late()), (BreakerState::HalfOpen, 20));
}

#[test]
fn a_clock_that_goes_back_does_not_open_or_close_it() {
    let mut breaker = breaker();
    let start = Timestamp::from_seconds(1000);
    fail(&mut breaker, start, 5);
    assert!(breaker.acquire(Timestamp::MIN).is_err());
    assert_eq!(breaker.acquire(Timestamp::EPOCH).unwrap_err().retry_after, 5 * SECOND);
    assert!(breaker.acquire(start + 5 * SECOND).is_ok());
    breaker.force_open(start);
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn a_saved_breaker_goes_on() {
    let mut noise = Generator::new(5);
    let mut breaker = breaker();
    let mut now = Timestamp::EPOCH;
    let mut states = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        now = now + Duration::from_millis(noise.uniform_below(1000));
        if let Ok(permit) = breaker.acquire(now) {
            let outcome = if noise.bernoulli(0.4) { CallOutcome::Failure } else { CallOutcome::Success };
            breaker.record(now, permit, outcome);
        }
        states.insert(format!("{:?}", breaker.state()));
        let text = serde_json::to_string(&breaker.snapshot()).unwrap();
        breaker = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    }
    assert_eq!(states.len(), 3);
    let text = serde_json::to_string(&breaker.snapshot()).unwrap();
    let broken = text.replace("\"minimum\":5", "\"minimum\":0");
    assert_ne!(text, broken);
    assert!(restore::<CircuitBreaker, _>(&mut serde_json::Deserializer::from_str(&broken)).is_err());
}

proptest! {
    #[test]
    fn a_half_open_breaker_never_has_more_probes_than_it_should(
        actions in prop::collection::vec((0_u8..5, 0_u64..3000), 1..400),
    ) {
        let mut breaker = CircuitBreaker::builder()
            .window(4, 2).probes(3).open_for(SECOND).patience(10 * SECOND).build().unwrap();
        let mut now = Timestamp::EPOCH;
        let mut held: Vec<CallPermit> = Vec::new();
        // Probes under way of the current half-open state.
        for (action, ms) in actions {
            now = now + Duration::from_millis(ms);
            match action {
                0 | 1 => {
                    if let Ok(permit) = breaker.acquire(now) {
                        held.push(permit);
                    }
                }
                2 => if let Some(permit) = held.pop() { breaker.record(now, permit, CallOutcome::Failure) },
                3 => if let Some(permit) = held.pop() { breaker.record(now, permit, CallOutcome::Success) },
                _ => drop(held.pop()),
            }
            if breaker.state() == BreakerState::Open {
                prop_assert!(breaker.acquire(now).is_err() || breaker.state() == BreakerState::HalfOpen);
            }
        }
        // Whatever happened: with everything given back, it closes after enough good probes.
        held.clear();
        now = now + 100 * SECOND;
        drop(breaker.acquire(now));
        now = now + 100 * SECOND;
        drop(breaker.acquire(now));
        now = now + SECOND;
        for _ in 0..20 {
            if let Ok(permit) = breaker.acquire(now) {
                breaker.record(now, permit, CallOutcome::Success);
            }
            now = now + SECOND;
        }
        prop_assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn never_more_hosts_out_than_may_be(
        percent in 0_u32..=100,
        hosts in 1_usize..40,
        one in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut noise = Generator::new(seed);
        let mut ejection = OutlierEjection::builder(hosts)
            .max_percent(percent).minimum_hosts(1).volume(1).factor(0.1).always_one(one).build().unwrap();
        let mut now = Timestamp::EPOCH;
        for _ in 0..50 {
            now = now + Duration::from_secs(noise.uniform_below(100));
            let counts: Vec<HostRequests> = (0..hosts)
                .map(|_| {
                    let total = noise.uniform_below(50);
                    HostRequests { total, successes: noise.uniform_below(total + 1) }
                })
                .collect();
            let report = ejection.look(now, &counts).unwrap();
            let out = ejection.ejected();
            prop_assert!(out as u64 * 100 <= u64::from(percent) * hosts as u64 || (one && out == 1));
            prop_assert!(report.ejected.iter().all(|host| ejection.is_ejected(*host)));
            prop_assert!(report.withheld.iter().all(|host| !ejection.is_ejected(*host)));
        }
    }
}

#[test]
fn ejections_last_longer_each_time() {
    let mut ejection = OutlierEjection::builder(20).build().unwrap();
    let mut hosts = [HostRequests { total: 100, successes: 100 }; 20];
    hosts[3].successes = 10;
    let mut now = Timestamp::EPOCH;
    for times in 1..=12_u32 {
        assert_eq!(ejection.look(now, &hosts).unwrap().ejected, [3]);
        let lasts = (30 * times).min(300);
        now = now + (lasts - 1) * SECOND;
        assert!(ejection.look(now, &hosts).unwrap().returned.is_empty());
        now = now + SECOND;
    }
    assert!(ejection.look(now, &hosts[1..]).is_err());
    hosts[0].successes = 101;
    assert!(ejection.look(now, &hosts).is_err());
    assert!(OutlierEjection::builder(0).build().is_err());
    assert!(OutlierEjection::builder(3).factor(f64::NAN).build().is_err());
    assert!(OutlierEjection::builder(3).max_percent(101).build().is_err());
    let build = CircuitBreaker::builder;
    assert!(build().window(0, 1).build().is_err() && build().threshold(0.0).build().is_err());
    assert!(build().probes(0).build().is_err() && build().open_for(Duration::ZERO).build().is_err());
}
