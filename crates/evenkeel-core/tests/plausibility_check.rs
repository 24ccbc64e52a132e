//! The plausibility check.

use evenkeel_core::{Checked, PlausibilityCheck};
use proptest::prelude::*;

fn is_learned(checked: Checked) -> bool {
    matches!(checked, Checked::Plausible(_) | Checked::StartOver(_))
}

/// What is usual: any unit, zeros, both signs.
fn series() -> impl Strategy<Value = Vec<f64>> {
    (-6_i32..9, prop::collection::vec(prop_oneof![8 => -1.0..1.0, 1 => Just(0.0)], 30..200))
        .prop_map(|(exponent, values)| values.iter().map(|x| x * 10_f64.powi(exponent)).collect())
}

proptest! {
    /// Values within six orders of magnitude, and values below 10⁹, are learned as they are, whatever comes.
    #[test]
    fn what_is_usual_is_never_touched(values in series(), known in prop::option::of(0.0..1e9)) {
        let mut check = known.map_or_else(PlausibilityCheck::default, PlausibilityCheck::knowing);
        for x in values {
            prop_assert_eq!(check.check(x), Checked::Plausible(x));
        }
    }

    /// Up to seven wild values in a row leave the check as it was.
    #[test]
    fn wild_values_leave_no_trace(values in series(), wild in 1e16..1e100_f64, length in 1_usize..8, place in 9_usize..29) {
        let (mut check, mut without) = (PlausibilityCheck::default(), PlausibilityCheck::default());
        for (i, x) in values.iter().enumerate() {
            if i == place {
                for k in 0..length {
                    let wild = if k % 2 == 0 { wild } else { -wild };
                    prop_assert_eq!(check.check(wild), Checked::Implausible(wild));
                }
            }
            prop_assert_eq!(check.check(*x), without.check(*x));
        }
        prop_assert_eq!(check, without);
    }

    /// Wild first values are found with the eighth that follows, and everything is as if it had begun with
    /// that.
    #[test]
    fn wild_first_values_are_found(values in series(), wild in 1e17..1e100, length in 1_usize..8) {
        let mut check = PlausibilityCheck::default();
        for _ in 0..length {
            check.check(wild);
        }
        let over = values.iter().map(|x| check.check(*x)).position(|c| matches!(c, Checked::StartOver(_)));
        prop_assert_eq!(over, Some(7));
        // A check that knows better has never believed them.
        let mut knowing = PlausibilityCheck::of(&values);
        for _ in 0..length {
            prop_assert_eq!(knowing.check(wild), Checked::Implausible(wild));
        }
        knowing.reset();
        prop_assert_eq!(knowing, PlausibilityCheck::of(&values));
    }

    /// A change of the scale, however large, is believed after seven values.
    #[test]
    fn what_lasts_is_believed(values in series(), scale in 1e12..1e80) {
        let mut check = PlausibilityCheck::default();
        for x in &values {
            check.check(*x);
        }
        let learned = (0..20).filter(|i| is_learned(check.check(scale * (1.0 + 0.01 * f64::from(*i))))).count();
        prop_assert!(learned >= 13, "{}", learned);
        // And back: the small ones are learned at once, without starting over.
        for x in &values {
            prop_assert_eq!(check.check(*x), Checked::Plausible(*x));
        }
    }
}

#[test]
fn missing_values_change_nothing() {
    let mut check = PlausibilityCheck::default();
    check.check(1.0);
    let before = check;
    for x in [f64::NAN, f64::INFINITY, 1e101, -1e101] {
        assert_eq!(check.check(x), Checked::Missing);
    }
    assert_eq!(check, before);
}
