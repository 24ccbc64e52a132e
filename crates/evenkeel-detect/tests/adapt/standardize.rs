use crate::stream::normal;
use evenkeel_core::{Error, Fit, Stage};
use evenkeel_detect::Cusum;
use evenkeel_detect::adapt::Standardize;
use evenkeel_detect::chart::Shewhart;
use evenkeel_series::transform::Normalization;
use proptest::prelude::*;

proptest! {
    /// What it learns is what the batch normalization learns, outliers, missing values and all.
    #[test]
    fn it_is_the_batch_one(
        values in prop::collection::vec(prop_oneof![8 => -9.0..9.0, 1 => Just(f64::NAN), 1 => Just(1e6)], 40..80), n in 12..25_usize, moments: bool,
    ) {
        let seen: Vec<f64> = values.iter().copied().filter(|x: &f64| !x.is_nan()).collect();
        prop_assume!(seen.len() > n);
        let builder = Standardize::builder(n);
        let mut stage = if moments { builder.moments() } else { builder }.build().unwrap();
        let batch = if moments { Normalization::Standard } else { Normalization::Robust }.fit(&seen[..n]);
        let Ok(batch) = batch else { return Ok(()) };
        let given: Vec<Option<f64>> = stage.run(values.iter().copied()).collect();
        let (mut counted, mut later) = (0, Vec::new());
        for (x, z) in values.iter().zip(given) {
            if counted < n || x.is_nan() {
                prop_assert_eq!(z, None);
            } else {
                prop_assert_eq!(z, batch.apply(*x));
                later.push(z);
            }
            counted += usize::from(!x.is_nan());
        }
        prop_assert!(!later.is_empty());
        prop_assert_eq!(stage.learned(), Some(batch));
    }

    /// A chart behind it knows no units.
    #[test]
    fn charts_behind_it_are_equivariant(seed in 0_u64..1000, power in -20..20_i32, zero in -100.0..100.0) {
        let line = || Standardize::builder(50).build().unwrap().then(Cusum::builder(0.0, 1.0).build().unwrap());
        let (mut plain, mut moved) = (line(), line());
        let unit = 2.0_f64.powi(power);
        for z in normal(seed).take(200) {
            let (a, b) = (plain.update(z), moved.update(unit * (z + zero)));
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a.value() - b.value()).abs() < 1e-8);
            }
        }
    }
}

/// A chart of known level on a stream of unknown one keeps its run length, about: level and spread come from
/// 1,000 values, and two standard errors of the spread are a factor of 1.6.
#[test]
fn charts_keep_their_promise_behind_it() {
    let limit = Shewhart::limit_for(1_000.0).unwrap();
    let mut line =
        Standardize::builder(1_000).moments().build().unwrap().then(Shewhart::new(0.0, 1.0).unwrap());
    let scores = line.run(normal(12).map(|z| 500.0 + 3.0 * z).take(201_000)).flatten();
    let over = scores.filter(|s| s.value() > limit).count();
    assert!((100..400).contains(&over), "{over} where 200 are promised");
}

#[test]
fn what_has_no_spread_is_waited_for() {
    // All equal: as many again. More than half equal: mean and standard deviation.
    let mut stage = Standardize::builder(4).build().unwrap();
    assert!(stage.run([5.0; 4]).all(|z| z.is_none()) && stage.learned().is_none());
    stage.run([5.0, 5.0, 5.0, 9.0]).for_each(drop);
    let learned = stage.learned().unwrap();
    assert_eq!((learned.center(), learned.scale()), (6.0, 2.0));
    assert_eq!(stage.update(10.0), Some(2.0));
}

#[test]
fn it_learns_anew_if_told_so() {
    let mut once = Standardize::builder(100).build().unwrap();
    let mut again = Standardize::builder(100).relearning().build().unwrap();
    let mut last = [0.0; 2];
    for (i, z) in normal(5).take(400).enumerate() {
        let x = if i < 200 { z } else { z + 30.0 };
        last = [once.update(x), again.update(x)].map(|z| z.unwrap_or(0.0));
        assert!(i >= 300 || last[0] == last[1] || i >= 200);
    }
    assert!(last[0] > 20.0 && last[1].abs() < 5.0, "{last:?}");
    // A constant stretch takes nothing away.
    again.run([7.0; 200]).for_each(drop);
    assert!(again.learned().unwrap().scale() > 0.1);
}

#[test]
fn settings_are_validated() {
    for values in [0, 1, 1_000_001] {
        let refused = Standardize::builder(values).build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "values", .. }));
    }
}
