//! Order statistics against their definitions.

use evenkeel_series::median;
use evenkeel_series::quantile::{MAD_TO_SD, Quantile, QuantileDefinition, mad};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::close;
use proptest::prelude::*;

#[test]
fn settings_are_validated_and_nothing_has_no_quantile() {
    for p in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(Quantile::new(p).is_err());
    }
    assert!(QuantileDefinition::try_from(0).is_err() && QuantileDefinition::try_from(10).is_err());
    let missing = [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e101];
    assert_eq!(
        (Quantile::new(0.5).unwrap().of(&missing), median(&missing), mad(&missing)),
        (None, None, None)
    );
    assert_eq!(mad(&[1e100, -1e100, -1e100]), Some(0.0));
    assert_eq!(mad(&[1e100, 0.0, -1e100]), Some(1e100));
    assert_eq!(mad(&[1e100, 1e100, -1e100, -1e100]), Some(1e100));
    assert_eq!(median(&[7.0]), Some(7.0));
}

#[test]
fn numbers_and_names_are_the_same_order() {
    for (number, definition) in (1..).zip(QuantileDefinition::ALL) {
        assert_eq!(definition.number(), number);
        assert_eq!(QuantileDefinition::try_from(number), Ok(definition));
    }
}

/// Hyndman and Fan's table for four values, worked by hand at p = 0.3 and at p = 0.5.
#[test]
fn nine_definitions_of_four_values() {
    let values = [40.0, 10.0, 30.0, 20.0];
    let at =
        |p| QuantileDefinition::ALL.map(|d| Quantile::new(p).unwrap().definition(d).of(&values).unwrap());
    let expected = [20.0, 20.0, 10.0, 12.0, 17.0, 15.0, 19.0, 16.0 + 1.0 / 3.0, 16.5];
    for (actual, expected) in at(0.3).into_iter().zip(expected) {
        assert_close!(actual, expected, 1e-14, 0.0);
    }
    assert_eq!(at(0.5), [20.0, 25.0, 20.0, 20.0, 25.0, 25.0, 25.0, 25.0, 25.0]);
}

/// Between two ranks definition 3 takes the even one, and a place that misses a rank by rounding is at that
/// rank: 100 * 0.07 is 7.000000000000001 in doubles.
#[test]
fn places_at_a_rank_are_exact() {
    let values: Vec<f64> = (1..=4).map(f64::from).collect();
    let closest =
        |p| Quantile::new(p).unwrap().definition(QuantileDefinition::ClosestObservation).of(&values);
    assert_eq!((closest(0.375), closest(0.625)), (Some(2.0), Some(2.0)));
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    for p in [0.07, 0.14, 0.28, 0.29, 0.55, 0.56, 0.57, 0.58] {
        let at = |definition| Quantile::new(p).unwrap().definition(definition).of(&hundred);
        assert_eq!(at(QuantileDefinition::InvertedCdf), Some((100.0 * p).round()));
        assert_eq!(at(QuantileDefinition::AveragedInvertedCdf), Some((100.0 * p).round() + 0.5));
    }
}

#[test]
fn the_factor_is_that_of_the_normal_law() {
    assert_close!(MAD_TO_SD, 1.0 / evenkeel_core::gaussian::lower_quantile(0.75), 1e-14, 0.0);
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        prop_oneof![6 => -1e6..1e6, 2 => (-3_i32..3).prop_map(f64::from), 1 => Just(f64::NAN)],
        1..80,
    )
}

proptest! {
    #[test]
    fn selection_is_sorting(values in values(), p in 0.0..=1.0) {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        for definition in QuantileDefinition::ALL {
            let q = Quantile::new(p).unwrap().definition(definition).of(&values);
            prop_assert_eq!(q.is_some(), n > 0);
            if let Some(q) = q {
                prop_assert!(q >= sorted[0] && q <= sorted[n - 1]);
                // Within one rank of p n: true of all nine.
                let place = p * n as f64;
                let lower = sorted[((place - 1.5).floor().max(0.0) as usize).min(n - 1)];
                let upper = sorted[((place + 1.5).ceil() as usize).min(n - 1)];
                prop_assert!(q >= lower && q <= upper, "{:?} {} not in {}..{}", definition, q, lower, upper);
            }
        }
    }

    #[test]
    fn quantiles_rise_with_p(values in values(), p in 0.0..=1.0, more in 0.0..=1.0) {
        for definition in QuantileDefinition::ALL {
            let at = |p: f64| Quantile::new(p).unwrap().definition(definition).of(&values);
            prop_assert!(at(p) <= at(p + (1.0 - p) * more));
        }
    }

    #[test]
    fn order_does_not_matter_and_scale_goes_through(values in values(), scale in 0.01..100.0, shift in -1e3..1e3) {
        let mut turned = values.clone();
        turned.reverse();
        prop_assert_eq!(median(&values), median(&turned));
        prop_assert_eq!(mad(&values), mad(&turned));
        if let Some(m) = median(&values) {
            let moved: Vec<f64> = values.iter().map(|x| x * scale + shift).collect();
            prop_assert!(close(median(&moved).unwrap(), m * scale + shift, 1e-9, 1e-9));
            prop_assert!(close(mad(&moved).unwrap(), mad(&values).unwrap() * scale, 1e-9, 1e-6));
        }
    }
}
