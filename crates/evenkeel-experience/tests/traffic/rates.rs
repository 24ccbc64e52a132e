//! Rate limiters, throttles, shedding.

use core::time::Duration;
use evenkeel_core::{Stage, Timestamp};
use evenkeel_experience::traffic::{
    AdaptiveThrottle, Admission, Gcra, PriorityShedder, Rate, TokenBucket, rejection_probability,
};
use evenkeel_stats::Generator;
use proptest::prelude::*;

proptest! {
    #[test]
    fn bucket_and_schedule_decide_alike(
        capacity in 1_u64..50,
        tokens in 1_u64..1000,
        per in 1_u64..5_000_000_000,
        calls in prop::collection::vec((0_i64..2_000_000_000, 0_u64..60), 1..200),
    ) {
        let rate = Rate::new(tokens, Duration::from_nanos(per.max(1000))).unwrap();
        let mut bucket = TokenBucket::new(capacity, rate).unwrap();
        let mut schedule = Gcra::new(capacity, rate).unwrap();
        let mut now = 0;
        for (i, (step, cost)) in calls.into_iter().enumerate() {
            // Now and then a clock goes back.
            now += if i % 17 == 16 { -step } else { step };
            let time = Timestamp::from_nanos(now);
            let one = bucket.take(time, cost);
            prop_assert_eq!(one, schedule.take(time, cost));
            if let Admission::RetryAfter(wait) = one {
                // It would be admitted then, and not a nanosecond sooner.
                let (mut early, mut late) = (bucket, bucket);
                let latest = Timestamp::from_nanos(i64::MAX / 2).min(time);
                prop_assert!(!early.take(latest + (wait - Duration::from_nanos(1)), cost).is_admitted() || now < 0 || i > 15);
                prop_assert!(late.take(latest + wait + Duration::from_secs(3), cost).is_admitted());
            }
        }
    }

    #[test]
    fn no_interval_gets_more_than_rate_and_capacity(
        capacity in 1_u64..20,
        tokens in 1_u64..100,
        steps in prop::collection::vec(0_i64..500_000_000, 1..200),
    ) {
        let mut bucket = TokenBucket::new(capacity, Rate::per_second(tokens).unwrap()).unwrap();
        let (mut now, mut admitted) = (0_i64, Vec::new());
        for step in steps {
            now += step;
            if bucket.take(Timestamp::from_nanos(now), 1).is_admitted() {
                admitted.push(now);
            }
        }
        for (i, from) in admitted.iter().enumerate() {
            for (j, to) in admitted.iter().enumerate().skip(i) {
                let allowed = capacity as f64 + tokens as f64 * (to - from) as f64 / 1e9;
                prop_assert!((j - i + 1) as f64 <= allowed + 1e-9);
            }
        }
    }
}

#[test]
fn nothing_drifts() {
    // Thirty a second is not a whole number of nanoseconds a token.
    let mut bucket = TokenBucket::new(1, Rate::per_second(30).unwrap()).unwrap();
    let admitted = (0..3_600_000_i64).filter(|ms| bucket.take(Timestamp::from_millis(*ms), 1).is_admitted());
    // Asked every millisecond, it admits every 34th: after 33.33 the next whole one.
    let admitted = admitted.count();
    assert!((105_800..=108_001).contains(&admitted), "{admitted}");
    assert_eq!(bucket.take(Timestamp::MAX, 2), Admission::TooLarge);
    bucket.give_back(u64::MAX);
    assert_eq!(bucket.tokens(), 1.0);
}

#[test]
fn rates_that_are_none() {
    assert!(Rate::per_second(0).is_err() && Rate::new(1, Duration::ZERO).is_err());
    assert!(Rate::new(1, Duration::MAX).is_err() && Rate::per_second(u64::MAX).is_err());
    let rate = Rate::per_second(1).unwrap();
    assert!(TokenBucket::new(0, rate).is_err() && Gcra::new(u64::MAX, rate).is_err());
    assert!(AdaptiveThrottle::new(0.5, Duration::from_secs(120), 0).is_err());
    assert!(AdaptiveThrottle::new(f64::NAN, Duration::from_secs(120), 0).is_err());
    assert!(AdaptiveThrottle::new(2.0, Duration::ZERO, 0).is_err());
    assert!(PriorityShedder::new(0).is_err());
}

#[test]
fn a_throttled_backend_gets_k_times_what_it_accepts() {
    for k in [1.1, 2.0] {
        let mut throttle = AdaptiveThrottle::new(k, Duration::from_secs(120), 3).unwrap();
        let mut noise = Generator::new(4);
        let (mut sent, mut accepted) = (0_u32, 0_u32);
        for i in 0..200_000_i64 {
            let now = Timestamp::from_millis(10 * i);
            if throttle.admit(now) {
                // Ten a second are accepted of the hundred that are wanted.
                let accepts = noise.bernoulli((0.1 / (1.0 - throttle.probability())).min(1.0));
                throttle.record(now, accepts);
                if i > 50_000 {
                    sent += 1;
                    accepted += u32::from(accepts);
                }
            }
        }
        let ratio = f64::from(sent) / f64::from(accepted);
        assert!((ratio - k).abs() < 0.15 * k, "{ratio} for {k}");
    }
    assert_eq!(rejection_probability(0, 0, 2.0), 0.0);
    assert_eq!(rejection_probability(u64::MAX, u64::MAX, 1.0), 0.0);
}

#[test]
fn the_least_important_go_first_and_come_back() {
    let mut shedder = PriorityShedder::new(10).unwrap();
    let window = |shedder: &mut PriorityShedder, overloaded: bool| {
        let admitted: Vec<bool> = (0..10).map(|priority| shedder.admit(priority)).collect();
        // Never one that is less important than one that was shed.
        assert!(admitted.windows(2).all(|pair| pair[0] || !pair[1]));
        shedder.update(overloaded).unwrap()
    };
    for _ in 0..50 {
        window(&mut shedder, true);
    }
    assert_eq!(shedder.cutoff(), 1);
    assert!(shedder.admit(0) && !shedder.admit(1) && !shedder.admit(usize::MAX));
    for _ in 0..50 {
        window(&mut shedder, false);
    }
    assert_eq!(shedder.cutoff(), 10);
    // Without any traffic it recovers too.
    for _ in 0..20 {
        shedder.admit(9);
        shedder.update(true);
    }
    let low = shedder.cutoff();
    assert!(low < 10);
    for _ in 0..10 {
        shedder.update(false);
    }
    assert_eq!(shedder.cutoff(), 10);
}
