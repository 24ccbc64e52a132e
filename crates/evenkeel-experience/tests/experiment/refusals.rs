//! What is refused, and how.

use evenkeel_core::{Error, Stage};
use evenkeel_experience::experiment::false_discovery::{benjamini_hochberg, e_benjamini_hochberg};
use evenkeel_experience::experiment::sample_size::{means_per_arm, means_power, rates_power};
use evenkeel_experience::experiment::{
    Cuped, EffectSize, GroupSequential, MannWhitney, MeanComparison, Proportion, RateComparison, SampleRatio,
    SequentialSampleRatio, Sides, Spending, Welch,
};

const GOOD: [f64; 3] = [1.0, 2.0, 4.0];

#[test]
fn samples_that_cannot_be_used() {
    for bad in [f64::NAN, f64::INFINITY, 1e300] {
        let broken = [1.0, bad, 2.0];
        assert_eq!(MannWhitney::new(&broken, &GOOD).unwrap_err(), Error::Missing { at: 1 });
        assert_eq!(Welch::new(&GOOD, &broken).unwrap_err(), Error::Missing { at: 1 });
        assert_eq!(EffectSize::new(&GOOD, &broken).unwrap_err(), Error::Missing { at: 1 });
    }
    assert_eq!(MannWhitney::new(&[], &GOOD).unwrap_err(), Error::TooShort { needed: 1, got: 0 });
    assert_eq!(Welch::new(&[1.0], &GOOD).unwrap_err(), Error::TooShort { needed: 2, got: 1 });
    assert!(Cuped::new(&GOOD, &GOOD[..2], &GOOD, &GOOD).is_err());
    assert!(Cuped::new(&[1.0; 3], &GOOD, &[1.0; 3], &GOOD).is_err());
    assert!(MannWhitney::new(&[1.0; 100], &[2.0; 101]).unwrap().exact().is_err());
    assert!(Proportion::new(0, 0).is_err() && Proportion::new(3, 2).is_err());
}

#[test]
fn parameters_out_of_range_are_named() {
    let message = |e: Error| e.to_string();
    let welch = Welch::new(&GOOD, &[5.0, 6.0, 9.0]).unwrap();
    for bad in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(message(welch.interval(bad).unwrap_err()).contains("confidence must be in (0, 1)"));
        assert!(MeanComparison::new(bad, 100.0).is_err());
        assert!(RateComparison::new(bad).is_err());
        assert!(GroupSequential::pocock(3, bad).is_err());
        assert!(e_benjamini_hochberg(&[1.0], bad).is_err());
        assert!(means_power(10.0, 10.0, 0.5, bad).is_err());
        assert!(rates_power(10.0, 0.1, 0.2, bad).is_err());
    }
    assert!(GroupSequential::obrien_fleming(0, 0.05).is_err());
    assert!(GroupSequential::obrien_fleming(51, 0.05).is_err());
    for looks in [&[0.5, 0.5][..], &[0.5, 0.2], &[0.5, 1.1], &[0.0, 1.0], &[f64::NAN], &[]] {
        assert!(GroupSequential::spending(looks, 0.05, Spending::Pocock, Sides::One).is_err(), "{looks:?}");
    }
    assert!(GroupSequential::spending(&[1.0], 0.05, Spending::Power(0.0), Sides::One).is_err());
    let design = GroupSequential::pocock(3, 0.05).unwrap();
    assert!(design.drift_for_power(0.01).is_err() && design.drift_for_power(1.0).is_err());
    assert_eq!((design.crosses(3, 9.0), design.crosses(0, f64::NAN)), (None, None));
    assert!(benjamini_hochberg(&[0.5, 1.1]).is_err() && benjamini_hochberg(&[f64::NAN]).is_err());
    assert!(means_per_arm(0.0, 0.05, 0.8).is_err());
    assert!(means_per_arm(0.5, 0.05, 0.05).is_err());
    assert!(SampleRatio::new(&[1, 2], &[0.5]).is_err());
    assert!(SampleRatio::new(&[0, 0], &[0.5, 0.5]).is_err());
    assert!(SampleRatio::new(&[1, 2], &[0.5, -0.5]).is_err());
    assert!(SequentialSampleRatio::new(&[1.0]).is_err());
    assert!(SequentialSampleRatio::with_concentration(&[1.0, 1.0], 0.0).is_err());
    let mut ratio = SequentialSampleRatio::new(&[1.0, 1.0]).unwrap();
    assert!(ratio.update(2).is_none() && ratio.update_counts(&[1]).is_err());
}
