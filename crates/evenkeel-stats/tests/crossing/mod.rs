//! First-passage times.

use evenkeel_core::Error;
use evenkeel_stats::{CrossingTime, Generator, Limit};

#[test]
fn the_passage_of_a_random_walk() {
    // The inverse Gaussian distribution by quadrature of its density a / (s √(2 π t³)) exp(-(a - m t)² / (2
    // s² t)).
    for (a, m, s) in [(10.0, 1.0, 1.0), (5.0, 0.1, 2.0), (3.0, -0.4, 1.5), (100.0, 2.0, 0.5), (1.0, 0.0, 1.0)]
    {
        let walk = CrossingTime::random_walk(a, m, s).unwrap();
        for t in [0.5, 3.0, 10.0, 60.0] {
            let steps = 200_000;
            let by = t / f64::from(steps);
            let density = |u: f64| {
                a / (s * (core::f64::consts::TAU * u * u * u).sqrt())
                    * f64::exp(-(a - m * u).powi(2) / (2.0 * s * s * u))
            };
            let quadrature: f64 = (0..steps).map(|i| by * density((f64::from(i) + 0.5) * by)).sum();
            let ours = walk.probability_within(t);
            assert!((ours - quadrature).abs() < 1e-7, "{a} {m} {s} {t}: {ours} {quadrature}");
        }
        for p in [0.01, 0.05, 0.3] {
            let Some(t) = walk.quantile(p) else {
                assert!(p >= 1.0 - walk.never() - 1e-9);
                continue;
            };
            assert!((walk.probability_within(t) - p).abs() < 1e-9, "{a} {m} {s} {p}");
        }
    }
}

#[test]
fn never() {
    let away = CrossingTime::random_walk(3.0, -0.4, 1.5).unwrap();
    let ever = f64::exp(2.0 * -0.4 * 3.0 / 2.25);
    assert!((1.0 - away.never() - ever).abs() < 1e-12);
    assert!((away.probability_within(f64::INFINITY) - ever).abs() < 1e-12);
    assert!((away.probability_within(1e9) - ever).abs() < 1e-9);
    assert!(away.quantile(0.9).is_none() && away.quantile(0.3).is_some());
    assert_eq!(CrossingTime::random_walk(3.0, 0.0, 1.0).unwrap().never(), 0.0);
    assert_eq!(CrossingTime::random_walk(3.0, 0.0, 0.0).unwrap().never(), 1.0);
    assert_eq!(CrossingTime::random_walk(3.0, 0.5, 0.0).unwrap().quantile(0.2), Some(6.0));
}

#[test]
fn extremes_stay_probabilities() {
    let values = [0.0, 1e-300, 1e-9, 1.0, 1e5, 1e99];
    for a in values {
        for m in values.into_iter().chain(values.map(|x| -x)) {
            for s in values {
                let walk = CrossingTime::random_walk(a, m, s).unwrap();
                let mut last = 0.0;
                for t in [0.0, 1e-9, 1.0, 1e9, f64::INFINITY] {
                    let p = walk.probability_within(t);
                    assert!((0.0..=1.0).contains(&p) && p >= last - 1e-9, "{a} {m} {s} {t}: {p} {last}");
                    last = p;
                }
                assert!((0.0..=1.0).contains(&walk.never()), "{a} {m} {s}");
                assert!(walk.quantile(0.5).is_none_or(f64::is_finite), "{a} {m} {s}");
                assert!(!walk.to_string().is_empty());
            }
        }
    }
    for bad in [f64::NAN, f64::INFINITY, 1e200] {
        assert!(matches!(
            CrossingTime::random_walk(bad, 1.0, 1.0),
            Err(Error::Parameter { name: "distance", .. })
        ));
        assert!(matches!(
            CrossingTime::random_walk(1.0, bad, 1.0),
            Err(Error::Parameter { name: "drift", .. })
        ));
        assert!(matches!(CrossingTime::random_walk(1.0, 1.0, bad), Err(Error::Parameter { name: "sd", .. })));
    }
    assert!(CrossingTime::random_walk(1.0, 1.0, -1.0).is_err());
}

#[test]
fn a_walk_that_is_watched_finely_agrees() {
    let (a, m, s, fine) = (4.0, 0.3, 1.0, 400_u32);
    let walk = CrossingTime::random_walk(a, m, s).unwrap();
    let mut g = Generator::new(1);
    let by = 1.0 / f64::from(fine);
    let paths = 2000;
    let mut within = [0_u32; 3];
    for _ in 0..paths {
        let mut x = 0.0;
        for i in 1..=20 * fine {
            x += m * by + s * by.sqrt() * g.normal();
            if x >= a {
                for (count, t) in within.iter_mut().zip([5, 10, 20]) {
                    *count += u32::from(i <= t * fine);
                }
                break;
            }
        }
    }
    for (count, t) in within.into_iter().zip([5.0, 10.0, 20.0]) {
        let seen = f64::from(count) / f64::from(paths);
        assert!((seen - walk.probability_within(t)).abs() < 0.035, "{t}: {seen}");
    }
}

#[test]
fn paths_are_counted() {
    let steps = (1..=100).map(|i| (i <= 80).then_some(i));
    let time = CrossingTime::from_paths(steps, 90).unwrap();
    assert_eq!(time.quantile(0.05), Some(5.0));
    assert_eq!(time.quantile(0.8), Some(80.0));
    assert_eq!(time.quantile(0.81), None);
    assert_eq!(time.interval(0.5).unwrap(), (Some(25.0), Some(75.0)));
    assert!((time.probability_within(10.5) - 0.1).abs() < 1e-12 && (time.never() - 0.2).abs() < 1e-12);
    assert_eq!(time.probability_within(f64::NAN), 0.0);
    assert_eq!(time.probability_within(-1.0), 0.0);
    assert_eq!(time.horizon(), Some(90));
    assert!(time.interval(1.0).is_err() && time.quantile(f64::NAN).is_none());
    assert!(matches!(CrossingTime::from_paths([], 5), Err(Error::TooShort { .. })));
    assert!(CrossingTime::from_paths([Some(6)], 5).is_err());
    assert!(CrossingTime::from_paths([Some(0)], 5).is_err());
    assert!(CrossingTime::from_paths([None], 0).is_err());
}

#[test]
fn sentences() {
    let say = |steps: Vec<Option<u32>>, horizon| CrossingTime::from_paths(steps, horizon).unwrap();
    let week = say((0..100).map(|i| Some(5 * 24 + i)).collect(), 720);
    assert_eq!(week.describe("days", 24.0).to_string(), "in 5.2 to 8.9 days, 90 %");
    assert_eq!(week.to_string(), "in 124 to 214 steps, 90 %");
    let rare = say((0..100).map(|i| (i < 3).then_some(700)).collect(), 720);
    assert_eq!(rare.describe("days", 24.0).to_string(), "not within 30 days, 97 %");
    let open = say((0..100).map(|i| (i < 50).then_some(i + 240)).collect(), 720);
    assert_eq!(open.describe("days", 24.0).to_string(), "not before 10 days, 95 %");
    assert_eq!(CrossingTime::random_walk(0.0, 1.0, 1.0).unwrap().to_string(), "reached");
    assert_eq!(CrossingTime::random_walk(9.0, -1.0, 1.0).unwrap().to_string(), "never, 99 %");
}

#[test]
fn limits() {
    assert!(Limit::Above(1.0).is_reached_by(1.0) && !Limit::Above(1.0).is_reached_by(0.9));
    assert!(Limit::Below(1.0).is_reached_by(1.0) && !Limit::Below(1.0).is_reached_by(1.1));
    assert!(!Limit::Above(1.0).is_reached_by(f64::NAN) && !Limit::Below(1.0).is_reached_by(f64::NAN));
    assert!((Limit::Below(1.0).distance_from(3.0) - 2.0).abs() < 1e-15);
    assert!((Limit::Above(1.0).distance_from(3.0) + 2.0).abs() < 1e-15);
}

#[cfg(feature = "serde")]
#[test]
fn saved_and_restored() {
    for time in [
        CrossingTime::reached(),
        CrossingTime::random_walk(3.0, -0.5, 1.0).unwrap(),
        CrossingTime::from_paths([Some(3), None], 9).unwrap(),
    ] {
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<CrossingTime>(&text).unwrap(), time);
    }
    let bad = r#"{"Paths":{"times":[5,3],"paths":2,"horizon":9}}"#;
    assert!(serde_json::from_str::<CrossingTime>(bad).is_err());
}

#[test]
fn a_refill_is_a_new_one() {
    let steps = [Some(3), None, Some(1), Some(3)];
    let fresh = CrossingTime::from_paths(steps, 10).unwrap();
    for mut old in [
        CrossingTime::reached(),
        CrossingTime::random_walk(5.0, 1.0, 1.0).unwrap(),
        CrossingTime::from_paths([Some(9); 50], 20).unwrap(),
    ] {
        old.refill(steps, 10).unwrap();
        assert_eq!(old, fresh);
    }
    let mut old = fresh.clone();
    assert!(old.refill([], 10).is_err() && old.refill([Some(11)], 10).is_err());
    assert!(old.refill([Some(1)], 0).is_err());
    assert_eq!(old, CrossingTime::reached());
}

#[test]
fn a_summary_is_what_the_distribution_says() {
    let time = CrossingTime::from_paths((1..=100).map(|k| (k <= 90).then_some(k)), 100).unwrap();
    let said = time.summary();
    assert_eq!((said.earliest, said.median, said.latest), (Some(5.0), Some(50.0), None));
    assert!((said.never - 0.1).abs() < 1e-12);
    let there = CrossingTime::reached().summary();
    assert_eq!(
        (there.earliest, there.median, there.latest, there.never),
        (Some(0.0), Some(0.0), Some(0.0), 0.0)
    );
    let walk = CrossingTime::random_walk(5.0, -1.0, 1.0).unwrap().summary();
    assert!(walk.median.is_none() && walk.never > 0.99);
}

/// The drift is drawn, and the walk with that drift has its own distribution: their mixture, by quadrature.
#[test]
fn the_passage_of_a_walk_whose_drift_is_uncertain() {
    for (a, m, e, s) in [
        (10.0, 1.0, 0.3, 1.0),
        (5.0, 0.1, 0.5, 2.0),
        (3.0, -0.4, 0.2, 1.5),
        (100.0, 2.0, 0.1, 0.5),
        (1.0, 0.0, 3.0, 0.01),
    ] {
        let walk = CrossingTime::uncertain_walk(a, m, e, s).unwrap();
        for t in [0.5, 3.0, 10.0, 60.0, 1e6] {
            let (cells, width) = (20_000, 16.0 / 20_000.0);
            let mixture: f64 = (0..cells)
                .map(|i| -8.0 + width * (f64::from(i) + 0.5))
                .map(|z| {
                    let weight = width * (-0.5 * z * z).exp() / core::f64::consts::TAU.sqrt();
                    weight * CrossingTime::random_walk(a, m + e * z, s).unwrap().probability_within(t)
                })
                .sum();
            let ours = walk.probability_within(t);
            assert!((ours - mixture).abs() < 1e-5, "{a} {m} {e} {s} {t}: {ours} {mixture}");
        }
        for p in [0.05, 0.3, 0.9] {
            match walk.quantile(p) {
                Some(t) => assert!((walk.probability_within(t) - p).abs() < 1e-9, "{a} {m} {e} {s} {p}"),
                None => assert!(p >= 1.0 - walk.never() - 1e-9),
            }
        }
        assert!((1.0 - walk.never() - walk.probability_within(1e12)).abs() < 1e-4);
    }
    // Without an error it is the walk itself; without noise only the drift decides.
    let plain = CrossingTime::random_walk(3.0, 0.2, 1.0).unwrap();
    assert_eq!(CrossingTime::uncertain_walk(3.0, 0.2, 0.0, 1.0).unwrap(), plain);
    let smooth = CrossingTime::uncertain_walk(10.0, 1.0, 0.5, 0.0).unwrap();
    assert!((smooth.quantile(0.5).unwrap() - 10.0).abs() < 1e-9);
    assert!((smooth.never() - 0.022_750_131_948).abs() < 1e-9);
    assert!(CrossingTime::uncertain_walk(1.0, 0.0, -1.0, 1.0).is_err());
    assert!(CrossingTime::uncertain_walk(1.0, 0.0, f64::NAN, 1.0).is_err());
    assert_eq!(CrossingTime::uncertain_walk(0.0, 1.0, 1.0, 1.0).unwrap(), CrossingTime::reached());
}

#[test]
fn extremes_of_uncertain_walks_stay_probabilities() {
    let values = [0.0, 1e-300, 1e-9, 1.0, 1e5, 1e99];
    for a in values {
        for m in values.into_iter().chain(values.map(|x| -x)) {
            for e in values {
                for s in values {
                    let walk = CrossingTime::uncertain_walk(a, m, e, s).unwrap();
                    for t in [0.0, 1e-9, 1.0, 1e9, f64::INFINITY] {
                        let p = walk.probability_within(t);
                        assert!((0.0..=1.0).contains(&p), "{a} {m} {e} {s} {t}: {p}");
                    }
                    assert!((0.0..=1.0).contains(&walk.never()), "{a} {m} {e} {s}");
                    assert!(walk.quantile(0.3).is_none_or(|t| t >= 0.0), "{a} {m} {e} {s}");
                }
            }
        }
    }
}
