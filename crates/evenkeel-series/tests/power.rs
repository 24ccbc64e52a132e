//! Power transforms.

use evenkeel_core::Error;
use evenkeel_series::{BoxCox, YeoJohnson};
use evenkeel_testing::reference::close;
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;

#[test]
fn input_is_judged() {
    assert!(BoxCox::new(33.0).is_err() && BoxCox::new(f64::NAN).is_err() && YeoJohnson::new(-40.0).is_err());
    assert!(matches!(BoxCox::most_likely(&[1.0, 0.0, 3.0, 4.0]), Err(Error::Parameter { .. })));
    assert!(matches!(BoxCox::guerrero(&[2.0; 30], 4), Err(Error::Numerical { .. })));
    assert!(matches!(BoxCox::guerrero(&[1.0, 2.0, 3.0], 2), Err(Error::TooShort { .. })));
    assert!(matches!(BoxCox::most_likely_around(&[1.0, 2.0, 3.0], 12), Err(Error::TooShort { .. })));
    assert!(YeoJohnson::most_likely(&[2.0; 9]).is_err() && YeoJohnson::most_likely(&[f64::NAN; 9]).is_err());
    let root = BoxCox::new(0.5).unwrap();
    assert_eq!((root.apply(-1.0), root.apply(f64::NAN), root.apply(1.0)), (None, None, Some(0.0)));
    assert_eq!((root.invert(-3.0), root.invert(1e300)), (0.0, 1e100));
    assert_eq!(BoxCox::new(-1.0).unwrap().invert(2.0), 1e100);
    assert_close!(YeoJohnson::new(1.0).unwrap().apply(-7.0).unwrap(), -7.0, 1e-14, 0.0);
}

/// Samples made normal by a known exponent give it back.
#[test]
fn exponents_are_found() {
    for lambda in [-1.0, 0.0, 0.5, 1.0] {
        let scale = BoxCox::new(lambda).unwrap();
        let mut source = Source::new(9);
        let z: Vec<f64> = (0..4000).map(|_| (0.25 * source.normal()).max(-0.95)).collect();
        let values: Vec<f64> =
            z.iter().map(|z| scale.invert(if lambda < 0.0 { z.min(0.95) } else { *z })).collect();
        let found = BoxCox::most_likely(&values).unwrap();
        assert_close!(found.lambda(), lambda, 0.0, 0.15, "{lambda}");
        // Any other is less likely.
        for other in [lambda - 0.5, lambda + 0.5] {
            let other = BoxCox::new(other).unwrap();
            assert!(other.log_likelihood(&values).unwrap() < found.log_likelihood(&values).unwrap());
        }
        let grown: Vec<f64> =
            (0..4000).map(|t| scale.invert((0.05 * z[t] + t as f64 / 4400.0).min(0.95))).collect();
        assert_close!(
            BoxCox::guerrero(&grown, 12).unwrap().lambda(),
            lambda,
            0.0,
            0.25,
            "{lambda} by Guerrero"
        );
        let around = BoxCox::most_likely_around(&grown, 12).unwrap();
        assert_close!(around.lambda(), lambda, 0.0, 0.25, "{lambda} around a line");
    }
}

proptest! {
    #[test]
    fn transforms_are_undone(x in -50.0..50.0, lambda in -2.0..3.0) {
        let (z, scale) = (YeoJohnson::new(lambda).unwrap(), BoxCox::new(lambda).unwrap());
        prop_assert!(close(z.invert(z.apply(x).unwrap()), x, 1e-6, 1e-6));
        let positive = x.abs() + 0.1;
        prop_assert!(close(scale.invert(scale.apply(positive).unwrap()), positive, 1e-6, 0.0));
        // Both rise.
        prop_assert!(z.apply(x) <= z.apply(x + 0.5) && scale.apply(positive) <= scale.apply(positive + 0.5));
    }

    #[test]
    fn units_do_not_matter(y in prop::collection::vec(1.0..100.0, 30..80), unit in 1e-3..1e3) {
        let scaled: Vec<f64> = y.iter().map(|x| x * unit).collect();
        let (a, b) = (BoxCox::most_likely(&y).unwrap(), BoxCox::most_likely(&scaled).unwrap());
        prop_assert!(close(a.lambda(), b.lambda(), 1e-4, 1e-4));
        prop_assert!(close(a.variation(&y, 6).unwrap(), a.variation(&scaled, 6).unwrap(), 1e-9, 1e-9));
        let mirrored: Vec<f64> = y.iter().map(|x| -x).collect();
        let (c, d) = (YeoJohnson::most_likely(&y).unwrap(), YeoJohnson::most_likely(&mirrored).unwrap());
        prop_assert!(close(c.lambda(), 2.0 - d.lambda(), 1e-3, 1e-3));
    }
}
