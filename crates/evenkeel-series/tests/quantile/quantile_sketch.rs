//! The quantile sketch: its guarantee, its merging, its snapshot.

use evenkeel_core::{Snapshot, restore};
use evenkeel_series::quantile::QuantileSketch;
use evenkeel_testing::assert_close;
use proptest::prelude::*;
use sketches_ddsketch::{Config, DDSketch};

fn of(accuracy: f64, bins: usize, values: &[f64]) -> QuantileSketch {
    let mut sketch = QuantileSketch::with_bins(accuracy, bins).unwrap();
    values.iter().for_each(|x| sketch.insert(*x));
    sketch
}

#[test]
fn settings_are_validated() {
    assert!(QuantileSketch::new(0.0).is_err() && QuantileSketch::new(f64::NAN).is_err());
    assert!(
        QuantileSketch::with_bins(0.01, 1).is_err() && QuantileSketch::with_bins(0.01, usize::MAX).is_err()
    );
    let mut one = QuantileSketch::new(0.01).unwrap();
    assert!(one.merge(&QuantileSketch::new(0.02).unwrap()).is_err());
    assert!(one.merge(&QuantileSketch::with_bins(0.01, 64).unwrap()).is_err());
    assert_eq!((one.quantile(0.5), one.min(), one.count()), (None, None, 0));
    one.insert(f64::NAN);
    one.insert(-0.0);
    assert_eq!((one.quantile(0.5), one.count(), one.quantile(1.5)), (Some(0.0), 1, None));
}

/// Without room the lowest magnitudes share a bin, and the high quantiles stay right.
#[test]
fn high_quantiles_survive_a_lack_of_room() {
    let values: Vec<f64> = (0..2000).map(|i| 1.01_f64.powi(i)).collect();
    let sketch = of(0.01, 64, &values);
    assert!(!sketch.is_accurate() && of(0.01, 2048, &values).is_accurate());
    assert!((sketch.quantile(0.99).unwrap() / values[1979] - 1.0).abs() < 0.01 + 1e-9);
    assert!(sketch.quantile(0.1).unwrap() > 2.0 * values[199]);
    assert_eq!((sketch.min(), sketch.max()), (Some(1.0), Some(values[1999])));
}

/// Another implementation of the same paper: bins are closed at their other ends, which values don't hit.
#[test]
fn another_implementation_agrees() {
    for accuracy in [0.005, 0.01, 0.1] {
        let values: Vec<f64> = (1..5000_u64)
            .map(|i| {
                let u = (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64;
                if i % 50 == 0 { 0.0 } else { (if i % 3 == 0 { -1.0 } else { 1.0 }) * (20.0 * u - 7.0).exp() }
            })
            .collect();
        let ours = of(accuracy, 8192, &values);
        let mut theirs = DDSketch::new(Config::new(accuracy, 8192, 1e-9));
        values.iter().for_each(|x| theirs.add(*x));
        for i in 1..200 {
            let p = f64::from(i) / 200.0;
            let (a, b) = (ours.quantile(p).unwrap(), theirs.quantile(p).unwrap().unwrap());
            assert_close!(a, b, 1e-9, 0.0, "{accuracy} {p}");
        }
    }
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        4 => (-60.0..60.0_f64, any::<bool>()).prop_map(|(e, up)| if up { e.exp() } else { -e.exp() }),
        2 => -10.0..10.0,
        1 => Just(0.0),
        1 => prop_oneof![Just(1e100), Just(-1e100), Just(1e-300), Just(f64::NAN), Just(f64::INFINITY)],
    ];
    prop::collection::vec(value, 0..200)
}

proptest! {
    #[test]
    fn every_quantile_is_near_enough(values in values(), accuracy in 0.005_f64..0.4, p in 0.0..=1.0) {
        let sketch = of(accuracy, 1 << 16, &values);
        let mut seen: Vec<f64> = values.iter().copied().filter(|x| x.abs() <= 1e100).collect();
        seen.sort_by(f64::total_cmp);
        prop_assert_eq!(sketch.count(), seen.len() as u64);
        if let Some(answer) = sketch.quantile(p) {
            let exact = seen[(p * (seen.len() - 1) as f64).floor() as usize];
            prop_assert!(sketch.is_accurate());
            prop_assert!((answer - exact).abs() <= accuracy * exact.abs() * (1.0 + 1e-9) + 1e-100, "{} {}", answer, exact);
        } else {
            prop_assert!(seen.is_empty());
        }
    }

    /// Whatever the order, whatever the parts, and also without room.
    #[test]
    fn merging_is_counting_together(a in values(), b in values(), c in values(), bins in 2_usize..300) {
        let part = |values: &[f64]| of(0.02, bins, values);
        let merged = |one: &QuantileSketch, other: &QuantileSketch| {
            let mut both = one.clone();
            both.merge(other).unwrap();
            both
        };
        let (x, y, z) = (part(&a), part(&b), part(&c));
        let mut backwards = [a, b, c].concat();
        backwards.reverse();
        let all = part(&backwards);
        prop_assert_eq!(&merged(&merged(&x, &y), &z), &all);
        prop_assert_eq!(&merged(&x, &merged(&y, &z)), &all);
        prop_assert_eq!(&merged(&merged(&z, &x), &y), &all);
        let json = serde_json::to_string(&all.snapshot()).unwrap();
        let back: QuantileSketch = restore(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        prop_assert_eq!(&back, &all);
        let mut cleared = back;
        cleared.clear();
        prop_assert_eq!(cleared, part(&[]));
    }
}

#[test]
fn broken_snapshots_are_refused() {
    let sketch = of(0.01, 64, &[1.0, 2.0, -3.0, 1e-20]);
    let json = serde_json::to_string(&sketch.snapshot()).unwrap();
    let read = |json: &str| restore::<QuantileSketch, _>(&mut serde_json::Deserializer::from_str(json));
    assert_eq!(read(&json).unwrap(), sketch);
    let mut refused = 0;
    for (from, to) in [
        ("\"bins\":64", "\"bins\":99999999999"),
        ("\"bins\":64", "\"bins\":0"),
        ("\"accuracy\":\"0.01\"", "\"accuracy\":\"0.02\""),
        ("\"zeros\":0", "\"zeros\":-1"),
        ("\"max\":\"2.0\"", "\"max\":\"3.0\""),
        ("\"min\":\"-3.0\"", "\"min\":\"5.0\""),
    ] {
        let broken = json.replace(from, to);
        assert_ne!(broken, json, "{from} is not in {json}");
        assert!(read(&broken).is_err(), "{to}");
        refused += 1;
    }
    assert_eq!(refused, 6);
}
