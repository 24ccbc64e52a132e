//! Exponential weights against their definition.

use evenkeel_core::Stage;
use evenkeel_series::Ewm;
use evenkeel_series::rolling::Decay;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::close;
use proptest::prelude::*;

#[test]
fn settings_are_validated() {
    for decay in [
        Decay::Alpha(0.0),
        Decay::Alpha(1.1),
        Decay::Alpha(f64::NAN),
        Decay::Span(0.5),
        Decay::Span(f64::INFINITY),
        Decay::HalfLife(0.0),
        Decay::HalfLife(-1.0),
        Decay::CenterOfMass(-0.1),
        Decay::CenterOfMass(f64::NAN),
    ] {
        assert!(Ewm::builder(decay).build().is_err(), "{decay:?}");
    }
    assert!(Ewm::builder(Decay::Alpha(0.5)).min_periods(0).build().is_err());
}

#[test]
fn four_ways_to_say_the_same() {
    let alpha = |decay| Ewm::builder(decay).build().unwrap().alpha();
    assert_close!(alpha(Decay::Span(19.0)), 0.1, 1e-15, 0.0);
    assert_close!(alpha(Decay::CenterOfMass(9.0)), 0.1, 1e-15, 0.0);
    assert_close!(alpha(Decay::HalfLife(1.0)), 0.5, 1e-15, 0.0);
    assert_close!(alpha(Decay::HalfLife(1e9)), std::f64::consts::LN_2 * 1e-9, 1e-8, 0.0);
}

#[test]
fn equal_values_have_no_variance() {
    let mut ewm = Ewm::builder(Decay::Alpha(0.1)).build().unwrap();
    for said in ewm.run([0.3; 1000]).skip(1).flatten() {
        assert_eq!((said.mean(), said.variance()), (0.3, Some(0.0)));
    }
}

/// Weighted mean and unbiased variance by their definition, with `adjust`.
fn by_definition(values: &[f64], alpha: f64, ignore: bool) -> (f64, f64) {
    let mut weights = Vec::new();
    let mut age = 0;
    for x in values.iter().rev() {
        if x.is_nan() {
            age += i32::from(!ignore);
        } else {
            weights.push((*x, (1.0 - alpha).powi(age)));
            age += 1;
        }
    }
    let sum: f64 = weights.iter().map(|(_, w)| w).sum();
    let squares: f64 = weights.iter().map(|(_, w)| w * w).sum();
    let mean = weights.iter().map(|(x, w)| x * w).sum::<f64>() / sum;
    let variance = weights.iter().map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / sum;
    (mean, variance * sum * sum / (sum * sum - squares))
}

proptest! {
    #[test]
    fn weights_are_powers(values in prop::collection::vec(prop_oneof![5 => -1e3..1e3, 1 => Just(f64::NAN)], 1..60), alpha in 0.05..0.95, ignore: bool) {
        let mut ewm = Ewm::builder(Decay::Alpha(alpha)).ignore_missing(ignore).build().unwrap();
        let said = ewm.run(values.iter().copied()).last().flatten();
        let observed = values.iter().filter(|x| !x.is_nan()).count();
        prop_assert_eq!(said.is_some(), observed > 0);
        if let Some(said) = said {
            let (mean, variance) = by_definition(&values, alpha, ignore);
            prop_assert!(close(said.mean(), mean, 1e-9, 1e-9));
            if let Some(v) = said.variance() { prop_assert!(close(v, variance, 1e-6, 1e-6), "{} {}", v, variance); }
            prop_assert!(said.variance().is_some() || observed == 1);
        }
    }

    #[test]
    fn scaling_and_shifting_go_through(values in prop::collection::vec(-1e3..1e3, 2..60), scale in 0.01..100.0, shift in -1e3..1e3, adjust: bool) {
        let last = |values: Vec<f64>| Ewm::builder(Decay::Span(5.0)).adjust(adjust).build().unwrap().run(values).last().flatten().unwrap();
        let (before, after) = (last(values.clone()), last(values.iter().map(|x| x * scale + shift).collect()));
        prop_assert!(close(after.mean(), before.mean() * scale + shift, 1e-9, 1e-9));
        prop_assert!(close(after.sd().unwrap(), before.sd().unwrap() * scale, 1e-6, 1e-6));
    }
}
