//! Normalization: its scales, and back.

use approx::assert_abs_diff_eq;
use evenkeel_core::{Error, Fit, Stage};
use evenkeel_series::transform::{Normalization, Normalizer};
use proptest::prelude::*;

const ALL: [Normalization; 3] = [Normalization::Standard, Normalization::Robust, Normalization::MinMax];

#[test]
fn what_has_no_spread_is_refused() {
    for kind in ALL {
        assert!(matches!(kind.fit(&[5.0; 9][..]), Err(Error::Numerical { .. })));
        assert!(matches!(kind.fit(&[5.0, f64::NAN][..]), Err(Error::TooShort { needed: 2, got: 1 })));
    }
    assert!(Normalizer::new(f64::NAN, 1.0).is_err() && Normalizer::new(0.0, -1.0).is_err());
}

#[test]
fn scales_are_those_of_the_history() {
    let history = [1.0, 2.0, 3.0, 4.0, f64::INFINITY, 90.0];
    let of = |kind: Normalization| kind.fit(&history[..]).unwrap();
    assert_eq!((of(Normalization::MinMax).center(), of(Normalization::MinMax).scale()), (1.0, 89.0));
    assert_eq!(
        (of(Normalization::Robust).center(), of(Normalization::Robust).scale()),
        (3.0, 1.482_602_218_505_601_9)
    );
    assert_eq!(of(Normalization::Standard).center(), 20.0);
    assert_abs_diff_eq!(of(Normalization::Standard).scale(), 1532.5_f64.sqrt(), epsilon = 1e-12);
    assert_eq!(of(Normalization::Standard).update(f64::NAN), None);
}

proptest! {
    #[test]
    fn there_and_back(history in prop::collection::vec(-1e6_f64..1e6, 3..50), x in -1e6_f64..1e6) {
        for kind in ALL {
            if let Ok(normalizer) = kind.fit(&history[..]) {
                let back = normalizer.invert(normalizer.apply(x).unwrap()).unwrap();
                prop_assert!((back - x).abs() <= 1e-9 * (1.0 + x.abs() + normalizer.center().abs()), "{:?}: {} {}", kind, x, back);
            }
        }
    }
}

mod by_ranks {
    use super::*;
    use evenkeel_core::gaussian;
    use evenkeel_series::transform::QuantileNormalization;

    #[test]
    fn ranks_are_those_of_the_history() {
        let history = [3.0, 1.0, f64::NAN, 2.0, 2.0, 10.0];
        let uniform = QuantileNormalization::uniform().fit(&history[..]).unwrap();
        let ranks = [1.0, 2.0, 3.0, 10.0].map(|x| uniform.apply(x).unwrap());
        assert_eq!(ranks, [0.1, 0.4, 0.7, 0.9]);
        assert_abs_diff_eq!(uniform.apply(2.5).unwrap(), 0.55, epsilon = 1e-15);
        // Beyond, with the slope from the first to the last: 0.8 / 9.
        assert_abs_diff_eq!(uniform.apply(19.0).unwrap(), 1.7, epsilon = 1e-12);
        assert!((uniform.apply(-8.0).unwrap() + 0.7).abs() < 1e-12);
        assert_eq!(uniform.apply(f64::NAN), None);
        let normal = QuantileNormalization::normal().fit(&history[..]).unwrap();
        assert_eq!(normal.apply(2.0), Some(gaussian::lower_quantile(0.4)));
    }

    #[test]
    fn few_knots_miss_few_ranks() {
        let history: Vec<f64> = (0..5000_u32).map(|i| f64::from(i * 7919 % 5003).powi(3)).collect();
        let all = QuantileNormalization::uniform().knots(5000).fit(&history[..]).unwrap();
        let few = QuantileNormalization::uniform().knots(100).fit(&history[..]).unwrap();
        assert_eq!((all.knots(), few.knots()), (5000, 100));
        let worst = history
            .iter()
            .map(|x| (all.apply(*x).unwrap() - few.apply(*x).unwrap()).abs())
            .fold(0.0, f64::max);
        assert!(worst < 0.01, "{worst}");
        assert!(worst > 0.0, "the distribution is not a line");
    }

    #[test]
    fn settings_and_histories_are_validated() {
        let fit = |knots, history: &[f64]| QuantileNormalization::normal().knots(knots).fit(history);
        assert!(matches!(fit(1, &[1.0, 2.0]), Err(Error::Parameter { name: "knots", .. })));
        assert!(matches!(fit(5, &[1.0, f64::NAN]), Err(Error::TooShort { needed: 2, got: 1 })));
        assert!(matches!(fit(5, &[1.0; 9]), Err(Error::Numerical { .. })));
    }

    proptest! {
        #[test]
        fn it_rises_and_can_be_inverted(history in prop::collection::vec(prop_oneof![-1e3_f64..1e3, (-4_i32..4).prop_map(f64::from)], 2..200), knots in 2_usize..50, x in -2e3_f64..2e3, dx in 1e-3_f64..1e3) {
            for kind in [QuantileNormalization::uniform(), QuantileNormalization::normal()] {
                let Ok(fitted) = kind.knots(knots).fit(&history[..]) else { continue };
                prop_assert!(fitted.knots() <= knots);
                let z = fitted.apply(x).unwrap();
                prop_assert!(fitted.apply(x + dx).unwrap() > z);
                let back = fitted.invert(z).unwrap();
                prop_assert!((back - x).abs() < 1e-6, "{} {}", x, back);
                let outermost = history.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                prop_assert_eq!(fitted.invert(fitted.apply(outermost).unwrap()), Some(outermost));
            }
        }
    }
}
