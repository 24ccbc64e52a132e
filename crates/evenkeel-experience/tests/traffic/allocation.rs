//! Decisions about requests do not allocate.

use allocation_counter::measure;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_experience::traffic::{
    AdaptiveThrottle, CallOutcome, CircuitBreaker, ConcurrencyLimiter, Gcra, PriorityShedder, Rate,
    TokenBucket, Vegas,
};

#[test]
fn no_decision_allocates() {
    let rate = Rate::per_second(10).unwrap();
    let mut bucket = TokenBucket::new(5, rate).unwrap();
    let mut schedule = Gcra::new(5, rate).unwrap();
    let mut limiter = ConcurrencyLimiter::new(Vegas::new(5, 50).unwrap());
    let mut breaker = CircuitBreaker::builder().window(10, 10).build().unwrap();
    let mut throttle = AdaptiveThrottle::new(1.1, Duration::from_secs(120), 1).unwrap();
    let mut shedder = PriorityShedder::new(10).unwrap();
    let mut admitted = 0;
    let counted = measure(|| {
        for i in 0..10_000_i64 {
            let now = Timestamp::from_millis(30 * i);
            admitted += u32::from(bucket.take(now, 1).is_admitted());
            admitted += u32::from(schedule.take(now, 1).is_admitted());
            if let Some(permit) = limiter.acquire(now) {
                limiter.finish(now + Duration::from_millis(10), permit, i % 9 == 0);
            }
            if let Ok(permit) = breaker.acquire(now) {
                breaker.record(
                    now,
                    permit,
                    if i % 3 == 0 { CallOutcome::Failure } else { CallOutcome::Success },
                );
            }
            if throttle.admit(now) {
                throttle.record(now, i % 2 == 0);
            }
            admitted += u32::from(shedder.admit((i % 10) as usize));
        }
    });
    assert_eq!(counted.count_total, 0);
    assert!(admitted > 10_000);
}
