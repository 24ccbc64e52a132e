use crate::stream::normal;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::multivariate::Mahalanobis;
use evenkeel_testing::Source;
use proptest::prelude::*;

/// Two metrics with correlation 0.8, of unit variance about (3, -1).
fn pair(source: &mut Source) -> [f64; 2] {
    let (a, b) = (source.normal(), source.normal());
    [3.0 + a, -1.0 + 0.8 * a + 0.6 * b]
}

#[test]
fn location_covariance_and_false_alarms_are_right() {
    let mut detector = Mahalanobis::builder(2).shrinkage(0.0).memory(20_000).build().unwrap();
    let mut source = Source::new(1);
    let (mut above, mut all) = (0_u32, 0_u32);
    for t in 0..60_000 {
        let row = pair(&mut source);
        let score = detector.update(&row).filter(|_| t > 5_000);
        if let Some(score) = score {
            above += u32::from(score.value() > 2.326_347_87);
            all += 1;
        }
    }
    let rate = f64::from(above) / f64::from(all);
    assert!((0.0085..0.0125).contains(&rate), "{rate}: one of a hundred is meant");
    assert!((detector.location(0).unwrap() - 3.0).abs() < 0.05);
    assert!((detector.covariance(0, 0).unwrap() - 1.0).abs() < 0.05);
    assert!((detector.covariance(0, 1).unwrap() - 0.8).abs() < 0.05);
    // The distance is that of the definition: S⁻¹ of [[1, .8], [.8, 1]].
    detector.update(&[5.0, -3.0]);
    let squared = (4.0 + 4.0 + 2.0 * 0.8 * 4.0) / 0.36;
    assert!((detector.distance() / f64::sqrt(squared) - 1.0).abs() < 0.05, "{}", detector.distance());
}

/// A tenth of the rows lies far away, and the estimate hardly cares.
#[test]
fn contamination_is_borne() {
    let mut detector = Mahalanobis::builder(2).build().unwrap();
    let mut source = Source::new(2);
    for t in 0..20_000 {
        let [a, b] = pair(&mut source);
        let row = if t % 10 == 9 { [a + 30.0, b - 30.0] } else { [a, b] };
        let score = detector.update(&row);
        if t > 1_000 && t % 10 == 9 {
            assert!(score.unwrap().value() > 5.0);
        }
    }
    assert!((detector.location(0).unwrap() - 3.0).abs() < 1.0);
    assert!(detector.covariance(0, 0).unwrap() < 3.0);
}

#[test]
fn the_metric_that_contributes_is_named() {
    let mut detector = Mahalanobis::builder(5).build().unwrap();
    let mut z = normal(3);
    let mut row = || -> Vec<f64> { (0..5).map(|k| f64::from(k) + z.next().unwrap()).collect() };
    for _ in 0..1_000 {
        detector.update(&row());
    }
    for k in 0..5 {
        let mut strange = row();
        strange[k] += 15.0;
        assert_eq!(detector.update(&strange).unwrap().dimension(), Some(k as u32));
    }
    // Scored by what is there.
    let score = detector.update(&[f64::NAN, 1.0, f64::NAN, 20.0, f64::NAN]).unwrap();
    assert_eq!(score.dimension(), Some(3));
}

/// Three metrics that are one, and a constant: there is an inverse all the same.
#[test]
fn collinear_metrics_are_borne() {
    let mut detector = Mahalanobis::builder(4).build().unwrap();
    for x in normal(4).take(1_000) {
        let said = detector.update(&[x, 2.0 * x, -x, 7.0]);
        assert!(said.is_none_or(|s| s.value() < 6.0));
    }
    assert!(detector.update(&[1.0, 2.0, 3.0, 7.0]).unwrap().value() > 8.0);
}

proptest! {
    /// Units and levels of the metrics mean nothing.
    #[test]
    fn it_is_equivariant(seed in 0_u64..1_000, by in prop::collection::vec(0.01..100.0, 2), to in -50.0..50.0) {
        let run = |by: &[f64], to: f64| -> Vec<f64> {
            let mut detector = Mahalanobis::builder(2).warm_up(20).build().unwrap();
            let mut source = Source::new(seed);
            let rows = (0..60).map(|_| pair(&mut source));
            rows.filter_map(|r| detector.update(&[r[0] * by[0] + to, r[1] * by[1] - to])).map(|s| s.value()).collect()
        };
        for (a, b) in run(&[1.0, 1.0], 0.0).iter().zip(run(&by, to)) {
            prop_assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

#[test]
fn settings_are_validated() {
    let builder = Mahalanobis::builder(3);
    for (builder, name) in [
        (Mahalanobis::builder(0), "dimensions"),
        (Mahalanobis::builder(257), "dimensions"),
        (builder.memory(19), "memory"),
        (builder.warm_up(15), "warm_up"),
        (builder.shrinkage(1.1), "shrinkage"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
