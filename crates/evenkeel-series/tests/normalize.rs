//! Normalization: its scales, and back.

use evenkeel_core::{Error, Fit, Stage};
use evenkeel_series::{Normalization, Normalizer};
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
    assert!((of(Normalization::Standard).scale() - 1532.5_f64.sqrt()).abs() < 1e-12);
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
