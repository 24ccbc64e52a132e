//! Concurrency limits.

use core::time::Duration;
use evenkeel_core::{Stage, Timestamp};
use evenkeel_experience::traffic::{
    Aimd, ConcurrencyLimit, ConcurrencyLimiter, Gradient2, GradientController, RequestSample, Vegas,
};
use evenkeel_stats::Generator;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn sample(ms: u64, in_flight: u32, dropped: bool) -> RequestSample {
    RequestSample { round_trip: Duration::from_millis(ms), in_flight, dropped }
}

#[test]
fn the_known_faults_of_gradient2_are_mended() {
    let build = |published: bool| {
        let builder = Gradient2::builder().limits(5, 50, 1000);
        if published { builder.as_published().build().unwrap() } else { builder.build().unwrap() }
    };
    let run = |published: bool, samples: &mut dyn Iterator<Item = RequestSample>| {
        let mut limit = build(published);
        limit.run(samples).for_each(drop);
        limit.limit()
    };
    // A server that times out at exactly five seconds, for good (issue 137).
    let timeouts =
        || (0..5000).map(|i| if i < 50 { sample(10, 1000, false) } else { sample(5000, 1000, true) });
    assert_eq!(run(true, &mut timeouts()), 1000);
    assert_eq!(run(false, &mut timeouts()), 5);
    // The same without anybody calling it a drop.
    let slow = || (0..5000).map(|i| if i < 50 { sample(10, 1000, false) } else { sample(5000, 1000, false) });
    assert_eq!(run(true, &mut slow()), 1000);
    assert_eq!(run(false, &mut slow()), 5);
    // Modest overload: latency twice the average, so the gradient is 3/4 at a tolerance of 3/2.
    let modest = || (0..200).map(|i| sample(if i < 20 { 100 } else { 200 }, 1000, false));
    assert!(run(false, &mut modest()) < run(true, &mut modest()));
    // And where nothing is wrong both grow.
    let fine = || (0..5000).map(|_| sample(10, 1000, false));
    assert_eq!((run(true, &mut fine()), run(false, &mut fine())), (1000, 1000));
}

/// A server with `workers` that each take about 10 ms, offered twice what it can do: the limit after a while,
/// and the mean time that requests took.
fn settle(limit: impl ConcurrencyLimit, workers: usize) -> (u32, f64) {
    let mut limiter = ConcurrencyLimiter::new(limit);
    let mut noise = Generator::new(8);
    // When each worker is free again; what is under way, by the time it ends.
    let mut free = vec![0_i64; workers];
    let mut under_way = BTreeMap::new();
    let (mut now, mut total, mut count) = (0_i64, 0_i64, 0_u32);
    let step = 10_000_000.0 / workers as f64 / 2.0;
    for i in 0..300_000_u32 {
        now += (step * noise.exponential()) as i64;
        while let Some((&(end, _), _)) = under_way.first_key_value()
            && end <= now
        {
            let (_, (permit, start)) = under_way.pop_first().unwrap();
            let took = end - start;
            limiter.finish(Timestamp::from_nanos(end), permit, took > 100_000_000);
            if i > 200_000 {
                total += took;
                count += 1;
            }
        }
        if let Some(permit) = limiter.acquire(Timestamp::from_nanos(now)) {
            let worker = (0..workers).min_by_key(|worker| free[*worker]).unwrap();
            let end = free[worker].max(now) + (10_000_000.0 * (0.8 + 0.4 * noise.uniform())) as i64;
            free[worker] = end;
            under_way.insert((end, i), (permit, now));
        }
    }
    (limiter.limit(), total as f64 / f64::from(count) / 1e6)
}

#[test]
fn limits_find_what_a_server_can_do() {
    let check = |what: &str, (limit, took): (u32, f64)| {
        println!("{what}: limit {limit}, {took:.1} ms");
        // Twenty workers of 10 ms: a queue of 5000 would take seconds.
        assert!(limit <= 150 && took < 40.0, "{what}: {limit}, {took}");
    };
    let workers = 20;
    check("Vegas", settle(Vegas::new(20, 5000).unwrap(), workers));
    check("Gradient2", settle(Gradient2::builder().limits(5, 20, 5000).build().unwrap(), workers));
    let min_rtt = Duration::from_millis(10);
    check("Envoy", settle(GradientController::new(3, 20, 5000, min_rtt).unwrap(), workers));
    check("AIMD", settle(Aimd::new(5, 20, 5000, 0.9, Duration::from_millis(30)).unwrap(), workers));
}

#[test]
fn a_measurement_lowers_the_limit_until_it_is_done() {
    let mut limit = GradientController::new(3, 100, 1000, Duration::from_millis(10)).unwrap();
    assert!(limit.measure(0).is_err() && limit.measure(51).is_err());
    limit.measure(20).unwrap();
    assert_eq!(limit.limit(), 3);
    for i in 0..20 {
        assert!(limit.is_measuring());
        limit.update(sample(20 + i, 3, false));
    }
    assert!(!limit.is_measuring());
    assert_eq!((limit.limit(), limit.reference()), (100, Duration::from_millis(29)));
}

#[test]
fn no_place_is_lost() {
    let mut limiter = ConcurrencyLimiter::new(Aimd::new(1, 10, 10, 0.9, Duration::from_secs(1)).unwrap());
    let now = Timestamp::EPOCH;
    for _ in 0..1000 {
        // A task that panics with its permit, one that is cancelled, one in another thread.
        let permit = limiter.acquire(now).unwrap();
        let task = AssertUnwindSafe(move || {
            let _held = permit;
            std::panic::resume_unwind(Box::new("gone"));
        });
        assert!(catch_unwind(task).is_err());
        drop(limiter.acquire(now));
        let permit = limiter.acquire(now).unwrap();
        std::thread::spawn(move || drop(permit)).join().unwrap();
    }
    assert_eq!((limiter.in_flight(), limiter.rejected()), (0, 0));
    // A permit of another limiter teaches nothing here, and goes home.
    let mut other = ConcurrencyLimiter::new(Aimd::new(1, 10, 10, 0.9, Duration::from_secs(1)).unwrap());
    let foreign = other.acquire(now).unwrap();
    let before = limiter.limit();
    assert_eq!(limiter.finish(now, foreign, true), before);
    assert_eq!(other.in_flight(), 0);
}

#[test]
fn settings_out_of_range() {
    let second = Duration::from_secs(1);
    assert!(Aimd::new(0, 1, 1, 0.9, second).is_err() && Aimd::new(5, 4, 9, 0.9, second).is_err());
    assert!(Aimd::new(1, 1, 1, 1.0, second).is_err() && Aimd::new(1, 1, 1, f64::NAN, second).is_err());
    assert!(Aimd::new(1, 1, 1, 0.9, Duration::ZERO).is_err());
    assert!(Vegas::new(0, 1).is_err() && Vegas::with_settings(1, 2, 0.0, 30).is_err());
    assert!(Vegas::with_settings(1, 2, 1.0, 0).is_err() && Vegas::new(1, u32::MAX).is_err());
    let gradient = Gradient2::builder;
    assert!(gradient().smoothing(f64::NAN).build().is_err() && gradient().tolerance(0.9).build().is_err());
    assert!(gradient().window(0, 1).build().is_err() && gradient().drift(0.5).build().is_err());
    assert!(gradient().queue(u32::MAX).build().is_err() && gradient().limits(3, 2, 5).build().is_err());
    assert!(GradientController::new(1, 1, 1, Duration::ZERO).is_err());
    assert!(GradientController::with_settings(1, 1, 1, second, -1.0, 10).is_err());
    assert!(GradientController::with_settings(1, 1, 1, second, 0.2, 0).is_err());
}
