//! The pipeline keeps its promises.

use super::at;
use evenkeel_core::{At, Timestamp};
use evenkeel_series::Clean;
use evenkeel_series::clean::{Cleaned, Interpolation, OutlierRepair, Quality};
use evenkeel_testing::Source;
use proptest::prelude::*;
use std::time::Duration;

const STEP: Duration = Duration::from_secs(10);

fn bits(cleaned: &Cleaned) -> (Timestamp, Vec<u64>) {
    (cleaned.series().start(), cleaned.series().values().iter().map(|x| x.to_bits()).collect())
}

#[test]
fn what_cannot_be_cleaned_is_refused() {
    assert!(Clean::new().apply(&[]).is_err());
    assert!(Clean::new().apply(&[at(1, f64::NAN)]).is_err());
    assert!(Clean::new().apply(&[at(1, 1.0)]).is_err(), "no step");
    assert_eq!(Clean::new().step(STEP).apply(&[at(1, 1.0)]).unwrap().series().values(), [1.0]);
    assert!(Clean::new().step(Duration::ZERO).apply(&[at(1, 1.0)]).is_err());
    assert!(Clean::new().quality(Quality::new().gap(0.0)).apply(&[at(1, 1.0)]).is_err());
    let far = [at(0, 1.0), at(1, 1.0), at(2, 1.0), At::new(Timestamp::MAX, 1.0)];
    assert!(Clean::new().apply(&far).is_err(), "too many cells");
}

#[test]
fn a_counter_gives_its_rate() {
    let mut total = 0.0;
    let samples: Vec<_> = (0..100)
        .map(|i| {
            total = if i == 50 { 5.0 } else { total + 20.0 };
            at(10 * i, total)
        })
        .collect();
    let cleaned = Clean::new().apply(&samples).unwrap();
    assert!(cleaned.quality().is_counter() && cleaned.resampling().resets() == 1);
    let values = cleaned.series().values();
    assert!(values[0].is_nan() && values[1] == 2.0 && values[50] == 0.5 && values[99] == 2.0);
}

#[test]
fn outliers_stay_unless_asked() {
    let mut source = Source::new(1);
    let mut samples: Vec<_> = (0..200).map(|i| at(10 * i, source.normal())).collect();
    samples[70].value = 50.0;
    let cleaned = Clean::new().apply(&samples).unwrap();
    assert_eq!((cleaned.series().values()[70], cleaned.repaired().len()), (50.0, 0));
    assert_eq!(cleaned.quality().findings().len(), 1);
    let cleaned = Clean::new().outliers(OutlierRepair::new()).apply(&samples).unwrap();
    assert!(cleaned.series().values()[70].abs() < 4.0);
    assert!(cleaned.repaired().iter().any(|change| change.index() == 70 && change.old() == Some(50.0)));
}

#[test]
fn jitter_makes_no_holes() {
    let mut source = Source::new(9);
    let samples: Vec<_> = (0..500)
        .map(|i| {
            let off = (source.uniform() - 0.5) * 8e9;
            At::new(Timestamp::from_nanos(10_000_000_000 * i + off as i64), i as f64 % 7.0)
        })
        .collect();
    let cleaned = Clean::new().step(STEP).apply(&samples).unwrap();
    assert_eq!((cleaned.series().len(), cleaned.filled().len()), (500, 0));
    assert!(cleaned.series().values().iter().enumerate().all(|(i, x)| *x == (i % 7) as f64));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn clean_is_clean_whatever_the_order(
        seed: u64,
        samples in prop::collection::vec((0_i64..900, prop_oneof![9 => -50.0..50.0, 1 => Just(f64::NAN)]), 2..80),
        outliers: bool,
    ) {
        prop_assume!(samples.iter().any(|(_, x): &(i64, f64)| !x.is_nan()));
        let samples: Vec<_> = samples.into_iter().map(|(t, x)| at(t, x)).collect();
        let clean = Clean::new().step(STEP).quality(Quality::new().counter(false));
        let cleaned = clean.apply(&samples).unwrap();
        // In another order: the same.
        let mut shuffled = samples.clone();
        let mut source = Source::new(seed);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, source.below(i + 1));
        }
        prop_assert_eq!(bits(&cleaned), bits(&clean.apply(&shuffled).unwrap()));
        // Again: nothing is changed.
        let clean_samples: Vec<_> = cleaned.series().iter().collect();
        let again = clean.apply(&clean_samples).unwrap();
        prop_assert_eq!(bits(&cleaned), bits(&again));
        prop_assert_eq!(again.filled().len() + again.repaired().len(), 0);
        // What differs from the plain grid is what was reported.
        let plain = clean.clone().without_filling().apply(&samples).unwrap();
        let full = if outliers { clean.outliers(OutlierRepair::new()).fill(Interpolation::last()) } else { clean };
        let full = full.apply(&samples).unwrap();
        let mut replayed = plain.series().values().to_vec();
        for change in full.repaired().iter().chain(full.filled()) {
            prop_assert_eq!(replayed[change.index()].to_bits(), change.old().unwrap_or(f64::NAN).to_bits());
            replayed[change.index()] = change.new_value();
        }
        prop_assert_eq!(replayed.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), bits(&full).1);
    }
}
