//! Power transforms.

use evenkeel_core::Error;
use evenkeel_series::transform::{BoxCox, YeoJohnson};
use evenkeel_testing::reference::close;
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;

#[test]
fn input_is_validated() {
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

/// What an exponent is for: a scale to work on and come back from.
fn assert_usable(
    name: &str,
    values: &[f64],
    apply: impl Fn(f64) -> Option<f64>,
    invert: impl Fn(f64) -> f64,
) {
    let z: Vec<f64> =
        values.iter().map(|x| apply(*x).unwrap_or_else(|| panic!("{name}: {x} refused"))).collect();
    for (x, z) in values.iter().zip(&z) {
        assert!((invert(*z) - x).abs() <= 1e-9 * x.abs(), "{name}: {x} comes back as {}", invert(*z));
    }
    let distinct =
        |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(distinct(&z), distinct(values), "{name}: values became one");
}

/// All estimators on a sample, all of which have to be usable.
fn assert_all_usable(name: &str, values: &[f64]) {
    let b = BoxCox::most_likely(values).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_usable(&format!("{name}, Box-Cox"), values, |x| b.apply(x), |z| b.invert(z));
    let y = YeoJohnson::most_likely(values).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_usable(&format!("{name}, Yeo-Johnson"), values, |x| y.apply(x), |z| y.invert(z));
    if values.len() >= 12 {
        let g = BoxCox::guerrero(values, 4).unwrap();
        assert_usable(&format!("{name}, Guerrero"), values, |x| g.apply(x), |z| g.invert(z));
        let a = BoxCox::most_likely_around(values, 4).unwrap();
        assert_usable(&format!("{name}, around a line"), values, |x| a.apply(x), |z| a.invert(z));
    }
}

/// A large level and a small spread have a likelihood that is nearly flat in the exponent: its top may lie
/// where a double holds nothing of the sample (scipy/scipy#6873, #16674, #19016, #19604).
#[test]
fn chosen_exponents_hold_their_sample() {
    let arrivals = [
        15013173.0,
        15524598.84,
        16145110.08,
        16282314.86,
        15850144.66,
        15798809.06,
        15893406.71,
        16642285.24,
        16673532.39,
        15305571.37,
        14797627.54,
        15167733.04,
        16111390.71,
        15345859.54,
        15099945.71,
        15214866.11,
        15859518.1,
        17425665.02,
    ];
    assert_all_usable("arrivals", &arrivals);
    // Hardly less likely than the best of all exponents, -6.3.
    let (chosen, best) = (BoxCox::most_likely(&arrivals).unwrap(), BoxCox::new(-6.2668).unwrap());
    let lost = best.log_likelihood(&arrivals).unwrap() - chosen.log_likelihood(&arrivals).unwrap();
    assert!((0.0..0.6).contains(&lost), "{lost} lost at {}", chosen.lambda());
    assert_all_usable("years", &[2003.0, 1950.0, 1997.0, 2000.0, 2009.0]);
    let mut source = Source::new(41);
    for sample in 0..400 {
        let level = 10_f64.powf(16.0 * source.uniform() - 6.0);
        let spread = 10_f64.powf(-4.2 + 3.2 * source.uniform());
        let skew = [-1.0, 0.0, 1.0][sample % 3];
        let values: Vec<f64> = (0..3 + sample % 40)
            .map(|_| {
                let z = source.normal();
                let z = if skew == 0.0 { z } else { skew * ((0.8 * z).exp() - 1.4) };
                level * (1.0 + spread * z).max(0.01)
            })
            .collect();
        assert_all_usable(&format!("sample {sample}, level {level:e}, spread {spread:e}"), &values);
    }
}

/// Values that differ in the last bits only have equal logarithms: no exponent tells them apart, and that is
/// an error.
#[test]
fn what_no_exponent_holds_is_an_error() {
    let close: Vec<f64> = (0..9).map(|i| 1e15 + f64::from(i)).collect();
    assert!(matches!(BoxCox::most_likely(&close), Err(Error::Numerical { .. })));
    assert!(matches!(YeoJohnson::most_likely(&close), Err(Error::Numerical { .. })));
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
