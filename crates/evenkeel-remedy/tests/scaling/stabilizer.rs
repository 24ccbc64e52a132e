//! The stabilizer's laws, beside what the reference values show.

use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_remedy::scaling::{
    Behavior, Largest, PodAverage, Pods, Scaler, ScalingRule, Select, Stabilizer, WaitingTime, Workload,
};
use proptest::prelude::*;
use std::time::Duration;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn behavior() -> impl Strategy<Value = Behavior> {
    let policy = (any::<bool>(), 1_u32..50, 1_u64..400);
    let policies = prop::collection::vec(policy, 0..4);
    (0_u64..600, policies, 0..8).prop_map(|(window, policies, select)| {
        let start = Behavior::new(Duration::from_secs(window)).unwrap();
        let behavior = policies.into_iter().fold(start, |behavior, (percent, number, period)| {
            let period = Duration::from_secs(period);
            if percent { behavior.percent(number, period) } else { behavior.replicas(number, period) }
                .unwrap()
        });
        behavior.select(match select {
            0 => Select::Disabled,
            1..4 => Select::Least,
            _ => Select::Most,
        })
    })
}

proptest! {
    /// Whatever the windows, the size moves towards what is called for and not beyond, within its bounds,
    /// and never on a hold.
    #[test]
    fn windows_never_pull_apart(
        scale_out in behavior(),
        scale_in in behavior(),
        steps in prop::collection::vec((0_i64..90, 0_u32..60, any::<bool>(), 0_u8..10), 1..80),
    ) {
        let builder = Stabilizer::builder(3, 40).scale_out(scale_out).scale_in(scale_in);
        let mut stabilizer = builder.build().unwrap();
        let (mut now, mut replicas) = (0, 10);
        for (length, wanted, applied, hold) in steps {
            now += length;
            if hold == 0 {
                stabilizer.hold(at(now), replicas);
                continue;
            }
            let sizing = stabilizer.stabilize(at(now), replicas, wanted);
            let (low, high) = (replicas.min(wanted), replicas.max(wanted));
            prop_assert!((low..=high).contains(&sizing.stabilized()));
            prop_assert!((low.clamp(3, 40)..=high.clamp(3, 40)).contains(&sizing.to()), "{sizing}");
            if applied {
                replicas = sizing.to();
            }
        }
    }

    /// What moves in one direction within the period of a policy is never more than it allows.
    #[test]
    fn a_rate_is_never_exceeded(
        number in 1_u32..6,
        period in 10_i64..200,
        out: bool,
        steps in prop::collection::vec((1_i64..60, 0_u32..20), 1..100),
    ) {
        let limited = Behavior::new(Duration::ZERO).unwrap();
        let limited = limited.replicas(number, Duration::from_secs(period.unsigned_abs())).unwrap();
        let builder = Stabilizer::builder(1, 1000).scale_out(limited.clone()).scale_in(limited);
        let mut stabilizer = builder.without_silence_check().build().unwrap();
        let (mut now, mut replicas) = (0, 500_u32);
        let mut sizes = vec![];
        for (length, more) in steps {
            now += length;
            let wanted = if out { replicas + more } else { replicas - more };
            sizes.push((now, replicas));
            replicas = stabilizer.stabilize(at(now), replicas, wanted).to();
            // The size at the beginning of the period that ends now.
            let (then, before) = sizes.iter().find(|(then, _)| now - then < period).unwrap();
            prop_assert!(replicas.abs_diff(*before) <= number, "{before} at {then}, {replicas} at {now}");
        }
    }
}

#[test]
fn after_silence_and_at_first_nothing_shrinks_at_once() {
    let mut stabilizer = Stabilizer::builder(1, 50).build().unwrap();
    for second in (0..300).step_by(15) {
        assert_eq!(stabilizer.stabilize(at(second), 20, 5).to(), 20, "second {second}");
    }
    assert_eq!(stabilizer.stabilize(at(300), 20, 5).to(), 5);
    // An hour of silence: what 300 s of readings say counts again, not one of them.
    for second in (4_000..4_300).step_by(15) {
        assert_eq!(stabilizer.stabilize(at(second), 20, 5).to(), 20, "second {second}");
    }
    assert_eq!(stabilizer.stabilize(at(4_300), 20, 5).to(), 5);
    // And so does an outage that is reported.
    stabilizer.hold(at(4_315), 20);
    assert_eq!(stabilizer.stabilize(at(4_600), 20, 5).to(), 20);
    // Growing is not held up by either.
    assert_eq!(stabilizer.stabilize(at(9_000), 5, 9).to(), 9);
}

#[test]
fn what_was_not_applied_is_not_counted_and_what_others_did_is() {
    let slow = Behavior::new(Duration::ZERO).unwrap().replicas(2, Duration::from_secs(100)).unwrap();
    let mut stabilizer = Stabilizer::builder(1, 50).scale_out(slow).build().unwrap();
    assert_eq!(stabilizer.stabilize(at(0), 5, 20).to(), 7);
    // A guard refused it.
    assert_eq!(stabilizer.stabilize(at(10), 5, 20).to(), 7);
    // Somebody added two.
    assert_eq!(stabilizer.stabilize(at(20), 7, 20).to(), 7);
    assert_eq!(stabilizer.stabilize(at(109), 7, 20).to(), 7);
    assert_eq!(stabilizer.stabilize(at(110), 7, 20).to(), 9);
}

#[test]
fn clocks_that_run_backwards_are_counted_and_memory_is_bounded() {
    let mut stabilizer = Stabilizer::builder(1, 50).build().unwrap();
    let _ = stabilizer.stabilize(at(1_000), 10, 10);
    let _ = stabilizer.stabilize(at(0), 10, 10);
    assert_eq!(stabilizer.late(), 1);
    // Ten readings a second for an hour, each with a change.
    let mut replicas = 10;
    for i in 0..36_000 {
        let now = Timestamp::from_millis(2_000_000 + 100 * i);
        let wanted = 10 + u32::try_from(i % 7).unwrap();
        replicas = stabilizer.stabilize(now, replicas, wanted).to();
    }
    let saved = serde_json::to_string(&stabilizer).unwrap();
    assert!(saved.len() < 140_000, "{} bytes", saved.len());
}

#[test]
fn one_reading_of_two_never_shrinks_a_component() {
    let mut rule = Largest::new(PodAverage::new(50.0).unwrap(), WaitingTime::new(10.0, 0.1, 0.05).unwrap());
    let idle = Some(Pods::new(&[1.0; 8], 0, 0));
    let recommend = |rule: &mut Largest<_, _>, reading| rule.recommend(at(0), 8, &reading);
    assert_eq!(recommend(&mut rule, (idle, Some(1.0))), Some(1));
    assert_eq!(recommend(&mut rule, (idle, None)), Some(8));
    assert_eq!(recommend(&mut rule, (idle, Some(f64::NAN))), Some(8));
    assert_eq!(recommend(&mut rule, (None, Some(1.0))), Some(8));
    assert_eq!(recommend(&mut rule, (None, None)), None);
    let busy = Some(Pods::new(&[100.0; 8], 0, 0));
    assert_eq!(recommend(&mut rule, (busy, None)), Some(16));
}

#[test]
fn zero_replicas_are_left_alone() {
    let mut scaler = Scaler::builder(PodAverage::new(50.0).unwrap(), 1, 9).build().unwrap();
    let pods = Pods::new(&[90.0], 0, 0);
    assert_eq!(scaler.update(At::new(at(0), Workload::new(0, pods))), None);
}
