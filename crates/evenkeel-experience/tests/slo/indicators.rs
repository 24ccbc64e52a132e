//! Indicators.

use core::time::Duration;
use evenkeel_core::Stage;
use evenkeel_experience::slo::{Apdex, CounterIncrease, Counters, Events, events_of_histogram};

#[test]
fn counters_that_contradict_themselves_give_nothing() {
    let mut increase = CounterIncrease::new();
    let mut read = |valid, bad| increase.update(Counters { valid, bad });
    assert_eq!(read(100, 200), None);
    assert_eq!(read(100, 0), None);
    // More errors than requests between two readings.
    assert_eq!(read(101, 50), None);
    assert_eq!(read(201, 60), Some(Events::new(90, 10)));
    assert_eq!(read(u64::MAX, 60), Some(Events::new(u64::MAX - 201, 0)));
    assert_eq!((increase.inconsistent(), increase.resets()), (2, 0));
}

#[test]
fn histograms_that_are_none() {
    let of = |bounds: &[f64], counts: &[u64], valid, at| events_of_histogram(bounds, counts, valid, at);
    assert!(of(&[], &[], 0, 1.0).is_err());
    assert!(of(&[1.0], &[1, 2], 2, 1.0).is_err());
    assert!(of(&[1.0, 1.0], &[1, 2], 2, 1.0).is_err());
    assert!(of(&[2.0, 1.0], &[1, 2], 2, 1.0).is_err());
    assert!(of(&[f64::NAN], &[1], 2, f64::NAN).is_err());
    assert!(of(&[1.0, 2.0], &[2, 1], 2, 1.0).is_err());
    assert!(of(&[1.0, 2.0], &[1, 3], 2, 1.0).is_err());
    assert!(of(&[1.0, 2.0], &[1, 2], 2, f64::NAN).is_err());
    // Whatever the latency, an event would be good.
    assert!(of(&[1.0, f64::INFINITY], &[1, 2], 2, f64::INFINITY).is_err());
    assert_eq!(of(&[0.1, 1.0], &[1, 2], 5, 0.1 + 1e-12).unwrap(), Events::new(1, 4));
}

#[test]
fn apdex_refuses_targets_that_are_none() {
    assert!(Apdex::new(Duration::ZERO).is_err() && Apdex::new(Duration::MAX).is_err());
    let mut apdex = Apdex::new(Duration::from_secs(1)).unwrap();
    assert_eq!(apdex.index(), None);
    assert_eq!(apdex.update(Some(Duration::MAX)), Some(0.0));
}
