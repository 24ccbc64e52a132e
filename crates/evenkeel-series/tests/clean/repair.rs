//! Repairs: against R, and their properties.

use evenkeel_core::Stage;
use evenkeel_series::clean::{Hampel, Interpolation, InterpolationMethod, OutlierRepair, Repaired};
use evenkeel_series::median;
use evenkeel_series::quantile::mad;
use evenkeel_testing::reference::{self, Number, Unmatched};
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "interp.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    #[serde(rename = "R")]
    r: Option<Values>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    na_interp: Option<Vec<Number>>,
    tsclean: Option<Vec<Number>>,
}

#[derive(Deserialize)]
struct Entry {
    freq: usize,
}

/// Replays `models/interp.json`: R forecast's `na.interp` and `tsclean`.
#[test]
fn filled_and_cleaned_as_r_does() {
    let periods: BTreeMap<String, Entry> = reference::load("models", "series.json");
    let cases: Vec<Case> = reference::load("models", FILE);
    let gaps = Unmatched::of("models", &[FILE]);
    let mut replayed = 0;
    for case in cases {
        let Some(y) = reference::series(&case.series) else {
            println!("skipped: {} is not here", case.series);
            continue;
        };
        let Some(expected) = case.r else { continue };
        // What is not in the file is hourly data of the M4 competition.
        let period = periods.get(&case.series).map_or(24, |entry| entry.freq);
        let period = Some(period).filter(|period| *period > 1);
        let size = y.iter().filter(|x| x.is_finite()).fold(0.0, |size: f64, x| size.max(x.abs()));
        let kind = if period.is_some() { "seasonal" } else { "plain" };
        let same = |name: &str, repaired: &Repaired, expected: &[Number]| {
            // What is a gap of the replay must at least be near.
            let open = gaps.reason(FILE, &format!("{kind} {name} {}", case.series)).is_some();
            let mut far = 0;
            for (i, (actual, expected)) in repaired.values().iter().zip(expected).enumerate() {
                if open {
                    far += usize::from((actual - expected.0).abs() > 0.05 * size);
                } else {
                    assert_close!(*actual, expected.0, 1e-9, 1e-10 * size, "{name} {}[{i}]", case.series);
                }
            }
            assert_eq!(repaired.values().len(), expected.len(), "{name} {}", case.series);
            assert!(20 * far <= expected.len(), "{name} {}: {far} are far off", case.series);
        };
        if let Some(expected) = &expected.na_interp {
            let interpolation = period.map_or(Interpolation::linear(), Interpolation::seasonal);
            same("na.interp", &interpolation.apply(&y).unwrap(), expected);
            replayed += 1;
        }
        if let Some(expected) = &expected.tsclean {
            let repair = OutlierRepair::new();
            let repair = period.map_or(repair, |period| repair.period(period));
            same("tsclean", &repair.apply(&y).unwrap(), expected);
            replayed += 1;
        }
    }
    assert!(replayed > 0, "nothing was replayed");
    gaps.finish();
}

#[test]
fn settings_are_validated() {
    assert!(Interpolation::seasonal(1).apply(&[1.0]).is_err());
    assert!(Interpolation::linear().apply(&[f64::NAN]).is_err());
    assert!(OutlierRepair::new().fences(-1.0).apply(&[1.0]).is_err());
    assert!(OutlierRepair::new().iterations(0).apply(&[1.0]).is_err());
    assert!(OutlierRepair::new().period(1).apply(&[1.0]).is_err());
    for hampel in
        [Hampel::new(0), Hampel::new(40_000), Hampel::new(3).threshold(f64::NAN), Hampel::new(3).least(-1.0)]
    {
        assert!(hampel.apply(&[]).is_err() && hampel.filter().is_err());
    }
    assert!(Interpolation::linear().apply(&[]).unwrap().values().is_empty());
    assert!(OutlierRepair::new().apply(&[]).unwrap().values().is_empty());
}

#[test]
fn long_gaps_and_ends_are_left_as_told() {
    let nan = f64::NAN;
    let y = [nan, 1.0, nan, 3.0, nan, nan, 6.0, nan];
    let filled = |interpolation: Interpolation| interpolation.apply(&y).unwrap().into_values();
    assert_eq!(filled(Interpolation::linear()), [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0]);
    assert_eq!(filled(Interpolation::last()), [1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 6.0, 6.0]);
    let inside = filled(Interpolation::linear().inside_only());
    assert!(inside[0].is_nan() && inside[7].is_nan() && inside[5] == 5.0);
    let short = filled(Interpolation::linear().limit(1));
    assert!(short[4].is_nan() && short[5].is_nan() && short[2] == 2.0 && short[0] == 1.0);
}

#[test]
fn monotone_curves_do_not_swing_out() {
    let mut y = vec![0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 10.0, 10.0, 10.0];
    y[2] = f64::NAN;
    y[3] = f64::NAN;
    let range = |method| {
        let values = Interpolation::new(method).apply(&y).unwrap().into_values();
        values.iter().fold((0.0, 10.0), |(low, high): (f64, f64), x| (low.min(*x), high.max(*x)))
    };
    assert_eq!(range(InterpolationMethod::Monotone), (0.0, 10.0));
    let (low, high) = range(InterpolationMethod::Spline);
    assert!(low < -0.1 || high > 10.1, "{low} {high}");
}

#[test]
fn a_season_that_cannot_be_had_is_not_claimed() {
    let y: Vec<f64> = (0..20).map(|i| if i == 7 { f64::NAN } else { f64::from(i % 10) }).collect();
    assert!(!Interpolation::seasonal(10).apply(&y).unwrap().is_seasonal());
    let y: Vec<f64> = (0..40).map(|i| if i == 7 { f64::NAN } else { f64::from(i % 10) }).collect();
    let filled = Interpolation::seasonal(10).apply(&y).unwrap();
    assert!(filled.is_seasonal());
    assert_close!(filled.values()[7], 7.0, 1e-6, 0.0);
}

#[test]
fn the_stream_sees_what_the_history_sees() {
    let mut source = Source::new(5);
    let y: Vec<f64> = (0..500).map(|i| if i % 50 == 17 { 40.0 } else { source.normal() }).collect();
    let mut filter = Hampel::new(4).filter().unwrap();
    let streamed: Vec<f64> = filter.run(y.iter().copied()).map(Option::unwrap).collect();
    for (i, said) in streamed.iter().enumerate() {
        let window = &y[i.saturating_sub(8)..=i];
        let (center, reach) = (median(window).unwrap(), 3.0 * 1.482_602_218_505_601_9 * mad(window).unwrap());
        let expected = if (y[i] - center).abs() > reach { center } else { y[i] };
        assert_eq!(*said, expected, "{i}");
    }
    assert!(filter.changed() >= 10);
}

fn any_values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        prop_oneof![8 => -1e3..1e3, 2 => Just(f64::NAN), 1 => Just(0.0), 1 => Just(1e100), 1 => Just(f64::INFINITY)],
        1..80,
    )
}

/// Nothing is changed without being reported, and nothing is reported that is no change.
fn changes_are_complete(before: &[f64], repaired: &Repaired) -> Result<(), TestCaseError> {
    let mut replayed: Vec<f64> =
        before.iter().map(|x| if x.abs() <= 1e100 { *x } else { f64::NAN }).collect();
    for change in repaired.changes() {
        let old = replayed[change.index()];
        prop_assert_eq!(change.old().unwrap_or(f64::NAN).to_bits(), old.to_bits());
        prop_assert_ne!(change.new_value().to_bits(), old.to_bits());
        replayed[change.index()] = change.new_value();
    }
    let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    prop_assert_eq!(bits(&replayed), bits(repaired.values()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_changed_is_reported(y in any_values(), period in 2_usize..12, limit in 0_usize..5) {
        let methods = [InterpolationMethod::Last, InterpolationMethod::Linear, InterpolationMethod::Monotone, InterpolationMethod::Akima, InterpolationMethod::Spline, InterpolationMethod::Seasonal(period)];
        for method in methods {
            for interpolation in [Interpolation::new(method), Interpolation::new(method).limit(limit), Interpolation::new(method).inside_only()] {
                if let Ok(repaired) = interpolation.apply(&y) {
                    changes_are_complete(&y, &repaired)?;
                    prop_assert!(repaired.changes().iter().all(|change| change.old().is_none()), "only gaps are filled");
                }
            }
            if let Ok(repaired) = Interpolation::new(method).apply(&y) {
                // Curves may swing out beyond what counts as observed; else nothing stays missing, and a
                // second time changes nothing.
                let swings = matches!(method, InterpolationMethod::Akima | InterpolationMethod::Spline);
                prop_assert!(swings || !repaired.values().iter().any(|x| x.is_nan()), "{:?}", method);
                let again = Interpolation::new(method).apply(repaired.values());
                prop_assert!(swings || again.unwrap().changes().is_empty());
            }
        }
        for repair in [OutlierRepair::new(), OutlierRepair::new().period(period), OutlierRepair::new().keep_missing()] {
            if let Ok(repaired) = repair.apply(&y) {
                changes_are_complete(&y, &repaired)?;
            }
        }
        changes_are_complete(&y, &Hampel::new(3).apply(&y).unwrap())?;
    }

    #[test]
    fn hampel_follows_its_definition(y in any_values(), half in 1_usize..6) {
        let repaired = Hampel::new(half).apply(&y).unwrap();
        for (i, x) in y.iter().enumerate().filter(|(_, x)| x.abs() <= 1e100) {
            let window = &y[i.saturating_sub(half)..(i + half + 1).min(y.len())];
            let center = median(window).unwrap();
            let reach = 3.0 * 1.482_602_218_505_601_9 * mad(window).unwrap();
            let expected = if (x - center).abs() > reach { center } else { *x };
            prop_assert_eq!(repaired.values()[i], expected);
        }
    }

    #[test]
    fn lines_are_restored(level in -1e3_f64..1e3, slope in -10.0..10.0, gaps in prop::collection::vec(1_usize..39, 0..12)) {
        let line: Vec<f64> = (0..40).map(|i| level + slope * f64::from(i)).collect();
        let mut y = line.clone();
        gaps.iter().for_each(|i| y[*i] = f64::NAN);
        for method in [InterpolationMethod::Linear, InterpolationMethod::Monotone, InterpolationMethod::Akima, InterpolationMethod::Spline] {
            let filled = Interpolation::new(method).apply(&y).unwrap();
            for (a, b) in filled.values().iter().zip(&line) {
                prop_assert!((a - b).abs() <= 1e-8 * (1.0 + level.abs()), "{:?}: {} {}", method, a, b);
            }
        }
    }
}
