//! Settings and readings that make no sense.

use evenkeel_core::{Error, Prediction, Timestamp};
use evenkeel_remedy::scaling::queueing::{FiniteQueue, GeneralService, MultiServer};
use evenkeel_remedy::scaling::{
    Behavior, DemandQuantile, PodAverage, Pods, ProportionalIntegral, Scaler, ScalingRule, Stabilizer,
    WaitingTime,
};
use proptest::prelude::*;
use std::time::Duration;

fn refused<T>(result: Result<T, Error>, parameter: &str) {
    match result.err() {
        Some(Error::Parameter { name, .. }) => assert_eq!(name, parameter),
        other => panic!("{parameter}: {other:?}"),
    }
}

#[test]
fn bad_settings_are_refused() {
    let pods = || PodAverage::new(50.0);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        refused(PodAverage::new(bad), "target");
        refused(WaitingTime::new(bad, 0.1, 0.1), "service");
        refused(WaitingTime::new(1.0, 0.1, bad), "share");
        refused(DemandQuantile::new(bad, 0.9), "capacity");
        refused(ProportionalIntegral::builder(bad).build(), "target");
        refused(MultiServer::new(bad, 1.0, 1), "arrivals");
        refused(MultiServer::smallest(1.0, bad, 0.0, 0.5), "service");
        refused(FiniteQueue::new(1.0, bad, 1), "service");
        refused(GeneralService::new(1.0, bad, 1.0), "mean");
    }
    for bad in [-0.1, 1.0, f64::NAN] {
        refused(pods().unwrap().tolerance(bad), "tolerance");
        refused(Scaler::builder(pods().unwrap(), 1, 2).tolerance(bad).build(), "tolerance");
        refused(DemandQuantile::new(1.0, bad), "quantile");
        refused(ProportionalIntegral::builder(1.0).gain(bad).build(), "gain");
    }
    refused(ProportionalIntegral::builder(1.0).reset_time(Duration::ZERO).build(), "reset time");
    refused(Stabilizer::builder(0, 4).build(), "least");
    refused(Stabilizer::builder(5, 4).build(), "most");
    refused(Behavior::new(Duration::MAX), "window");
    let new = || Behavior::new(Duration::ZERO).unwrap();
    refused(new().replicas(0, Duration::from_secs(1)), "number");
    refused(new().percent(1, Duration::ZERO), "period");
    let full = (0..16).fold(new(), |b, _| b.replicas(1, Duration::from_secs(1)).unwrap());
    refused(full.replicas(1, Duration::from_secs(1)), "policies");
    refused(MultiServer::new(1.0, 1.0, 0), "servers");
    refused(WaitingTime::new(1.0, 0.0, 0.5).unwrap().servers(0), "servers");
    refused(FiniteQueue::new(1.0, 1.0, 0), "capacity");
    let hopeless = MultiServer::smallest(1e9, 1.0, 0.0, 0.5);
    assert!(matches!(hopeless, Err(Error::Numerical { .. })), "{hopeless:?}");
}

#[test]
fn readings_that_are_no_numbers_are_missing() {
    let now = Timestamp::EPOCH;
    let mut queue = WaitingTime::new(1.0, 0.1, 0.1).unwrap();
    let mut feedback = ProportionalIntegral::builder(0.6).build().unwrap();
    for bad in [f64::NAN, f64::INFINITY, -1.0, 1e101] {
        assert_eq!(queue.recommend(now, 4, &bad), None, "{bad}");
        assert_eq!(feedback.recommend(now, 4, &bad), None, "{bad}");
    }
    let mut pods = PodAverage::new(50.0).unwrap();
    assert_eq!(pods.recommend(now, 4, &Pods::new(&[f64::NAN; 4], 0, 0)), None);
    // One that answers nonsense is a pod without a value.
    assert_eq!(Pods::new(&[70.0, f64::INFINITY], 1, 0), Pods::new(&[70.0], 2, 0));
    // The largest and smallest of loads give sizes.
    assert_eq!(queue.recommend(now, 4, &0.0), Some(1));
    assert_eq!(queue.recommend(now, 4, &1e100), Some(1_000_000));
    let mut demand = DemandQuantile::new(1e-100, 0.99).unwrap();
    assert_eq!(demand.recommend(now, 1, &Prediction::new(1e100, 0.0).unwrap()), Some(u32::MAX));
    assert_eq!(demand.recommend(now, 1, &Prediction::new(-5.0, 0.0).unwrap()), Some(1));
}

proptest! {
    /// Against the definition: Erlang B is the truncated Poisson distribution's last term.
    #[test]
    fn erlang_b_is_a_truncated_poisson(load in 0.01_f64..60.0, servers in 1_u32..80) {
        let queue = MultiServer::new(load, 1.0, servers).unwrap();
        let mut term = 1.0;
        let mut sum = 1.0;
        for k in 1..=servers {
            term *= load / f64::from(k);
            sum += term;
        }
        prop_assert!((queue.blocking() / (term / sum) - 1.0).abs() < 1e-11);
        if queue.is_stable() {
            // Little's law, and more servers wait less.
            prop_assert!((queue.mean_requests() - load * queue.mean_time()).abs() < 1e-9 * (1.0 + load * queue.mean_time()));
            let more = MultiServer::new(load, 1.0, servers + 1).unwrap();
            prop_assert!(more.mean_wait() < queue.mean_wait());
        } else {
            prop_assert_eq!(queue.waiting(), 1.0);
            prop_assert_eq!(queue.mean_wait(), f64::INFINITY);
        }
    }

    /// One server fewer is too few.
    #[test]
    fn the_smallest_is_smallest(load in 0.01_f64..300.0, wait in 0.0_f64..3.0, share in 0.001_f64..1.0) {
        let queue = MultiServer::smallest(load, 1.0, wait, share).unwrap();
        prop_assert!(queue.is_stable() && queue.longer_than(wait) <= share);
        if queue.servers() > 1 {
            let fewer = MultiServer::new(load, 1.0, queue.servers() - 1).unwrap();
            prop_assert!(!fewer.is_stable() || fewer.longer_than(wait) > share);
        }
    }

    /// Both ends of the load, seen from the other end.
    #[test]
    fn a_full_queue_is_an_empty_one_from_behind(rho in 1.0_f64..30.0, capacity in 1_u32..200) {
        let full = FiniteQueue::new(rho, 1.0, capacity).unwrap();
        let empty = FiniteQueue::new(1.0 / rho, 1.0, capacity).unwrap();
        prop_assert!((full.mean_requests() + empty.mean_requests() - f64::from(capacity)).abs() < 1e-8 * f64::from(capacity));
        prop_assert!(full.blocking() >= empty.blocking());
        // What is let in is served.
        let served = 1.0 - (1.0 - full.blocking()) * rho;
        prop_assert!((served - empty.blocking()).abs() < 1e-9, "{served} {}", empty.blocking());
    }

    /// Missing pods never turn the direction, nor make it go further.
    #[test]
    fn missing_pods_only_calm(values in prop::collection::vec(0.0_f64..200.0, 1..20), missing in 0_u32..10, unready in 0_u32..10) {
        let rule = PodAverage::new(60.0).unwrap();
        let replicas = u32::try_from(values.len()).unwrap() + missing + unready;
        let with = rule.usage(replicas, &Pods::new(&values, missing, unready)).unwrap();
        let average = values.iter().sum::<f64>() / values.len() as f64;
        if average > 60.0 {
            prop_assert!(with.replicas >= replicas);
            let all = vec![average; replicas as usize];
            prop_assert!(with.replicas <= rule.usage(replicas, &Pods::new(&all, 0, 0)).unwrap().replicas + 1);
        } else {
            prop_assert!(with.replicas <= replicas);
        }
    }
}
