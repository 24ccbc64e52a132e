//! Recursive least squares against the batch solution.

use evenkeel_core::Stage;
use evenkeel_stats::{Generator, RecursiveLeastSquares, linear};
use evenkeel_testing::assert_close;

/// The minimizer of the documented objective, by the normal equations.
fn batch(observations: &[(Vec<f64>, f64)], forgetting: f64, ridge: f64) -> Vec<f64> {
    let n = observations[0].0.len();
    let mut a = vec![0.0; n * n];
    let mut b = vec![0.0; n];
    let mut weight = 1.0;
    for (x, y) in observations.iter().rev() {
        for i in 0..n {
            b[i] += weight * x[i] * y;
            for j in 0..n {
                a[i * n + j] += weight * x[i] * x[j];
            }
        }
        weight *= forgetting;
    }
    for i in 0..n {
        a[i * n + i] += weight * ridge;
    }
    linear::solve(&mut a, &mut b).unwrap();
    b
}

fn stream(seed: u64, n: usize, length: usize) -> Vec<(Vec<f64>, f64)> {
    let mut g = Generator::new(seed);
    (0..length)
        .map(|t| {
            let mut x: Vec<f64> = (0..n).map(|_| g.normal()).collect();
            x[0] = 1.0;
            let y = x.iter().enumerate().map(|(i, x)| x * (i as f64 - 1.5)).sum::<f64>()
                + (t as f64 / 50.0).sin();
            (x, y + 0.3 * g.normal())
        })
        .collect()
}

#[test]
fn agrees_with_the_batch_solution() {
    for n in [1, 2, 5, 9] {
        for forgetting in [1.0, 0.99, 0.8] {
            for ridge in [1e-6, 1.0, 50.0] {
                let observations = stream(n as u64, n, 300);
                let mut rls =
                    RecursiveLeastSquares::builder(n).forgetting(forgetting).ridge(ridge).build().unwrap();
                for t in 0..observations.len() {
                    let (x, y) = &observations[t];
                    let said = rls.update((x, *y)).unwrap();
                    assert_close!(said.predicted() + said.residual(), *y, 1e-12, 1e-12, "n {n}, step {t}");
                    if t < 2 * n || t % 37 != 0 {
                        continue;
                    }
                    let expected = batch(&observations[..=t], forgetting, ridge);
                    for (got, expected) in rls.coefficients().iter().zip(&expected) {
                        assert_close!(*got, *expected, 1e-9, 1e-9, "n {n}, {forgetting}, {ridge}, step {t}");
                    }
                }
                assert_eq!(rls.count(), 300);
                assert_eq!(rls.windups(), 0);
            }
        }
    }
}

#[test]
fn spread_is_the_leverage() {
    // One coefficient, by hand: P after k observations of x = 1 is 1 / (ridge + k).
    let mut rls = RecursiveLeastSquares::builder(1).ridge(2.0).build().unwrap();
    for k in 0..10 {
        let said = rls.update((&[1.0], 5.0)).unwrap();
        assert_close!(said.spread(), 1.0 + 1.0 / (2.0 + f64::from(k)), 1e-14, 0.0);
        assert_close!(rls.variance(0).unwrap(), 1.0 / (3.0 + f64::from(k)), 1e-14, 0.0);
    }
    assert_eq!(rls.variance(1), None);
}

#[test]
fn stays_right_for_a_million_steps() {
    let mut rls = RecursiveLeastSquares::builder(4).forgetting(0.98).build().unwrap();
    let mut g = Generator::new(6);
    let mut recent = Vec::new();
    for t in 0..1_000_000_u32 {
        // Nearly collinear, badly scaled: where the plain covariance form loses its sign.
        let base = g.normal();
        let x = vec![1.0, base, base + 1e-3 * g.normal(), 1e3 * g.normal()];
        let y = 2.0 * x[0] - x[1] + 0.5 * x[2] + 1e-3 * x[3] + 0.1 * g.normal();
        rls.update((&x, y));
        if t >= 998_000 {
            recent.push((x, y));
        }
        if t % 10_000 == 0 {
            assert!((0..4).all(|i| rls.variance(i).unwrap() > 0.0));
        }
    }
    // 2000 observations back the weight is 1e-18.
    let expected = batch(&recent, 0.98, 0.0);
    for (got, expected) in rls.coefficients().iter().zip(&expected) {
        assert_close!(*got, *expected, 1e-7, 1e-9);
    }
}

#[test]
fn an_idle_direction_does_not_wind_up() {
    let mut rls = RecursiveLeastSquares::builder(2).forgetting(0.9).build().unwrap();
    for i in 0..100 {
        rls.update((&[1.0, f64::from(i % 5)], 1.0 + 2.0 * f64::from(i % 5)));
    }
    // The second regressor rests for so long that 0.9^-t overflows.
    for _ in 0..100_000 {
        rls.update((&[1.0, 0.0], 1.0));
    }
    assert!(rls.windups() > 0);
    assert!(rls.variance(1).unwrap() <= 1e12 * 1.001);
    assert_close!(rls.coefficients()[0], 1.0, 1e-9, 0.0);
    // And it learns again at once.
    for i in 0..50 {
        rls.update((&[1.0, f64::from(i % 5)], 1.0 + 3.0 * f64::from(i % 5)));
    }
    assert_close!(rls.coefficients()[1], 3.0, 1e-3, 0.0);
}

#[test]
fn settings_out_of_range_are_refused() {
    for broken in [
        RecursiveLeastSquares::builder(0),
        RecursiveLeastSquares::builder(100_000),
        RecursiveLeastSquares::builder(2).forgetting(0.0),
        RecursiveLeastSquares::builder(2).forgetting(1.1),
        RecursiveLeastSquares::builder(2).ridge(0.0),
        RecursiveLeastSquares::builder(2).ridge(f64::NAN),
        RecursiveLeastSquares::builder(2).limit(1.0),
    ] {
        assert!(broken.clone().build().is_err(), "{broken:?}");
    }
}

/// An observation of weight w counts as w of them do.
#[test]
fn weighted_observations_agree_with_the_batch_solution() {
    for n in [1, 2, 5] {
        for forgetting in [1.0, 0.99, 0.8] {
            let observations = stream(20 + n as u64, n, 300);
            let mut g = Generator::new(7);
            let weights: Vec<f64> = (0..300).map(|_| (3.0 * g.normal()).exp().clamp(1e-4, 1e4)).collect();
            let mut rls =
                RecursiveLeastSquares::builder(n).forgetting(forgetting).ridge(2.0).build().unwrap();
            for t in 0..observations.len() {
                let (x, y) = &observations[t];
                let before = rls.predict(x).unwrap();
                let said = rls.update_weighted(x, *y, weights[t]).unwrap();
                assert_close!(said.predicted(), before, 1e-12, 1e-12, "n {n}, step {t}");
                if t % 29 != 0 {
                    continue;
                }
                // Row and target times the root of the weight: the plain objective is the weighted one.
                let scaled: Vec<(Vec<f64>, f64)> = observations[..=t]
                    .iter()
                    .zip(&weights)
                    .map(|((x, y), w)| (x.iter().map(|x| x * w.sqrt()).collect(), y * w.sqrt()))
                    .collect();
                let expected = batch(&scaled, forgetting, 2.0);
                for (got, expected) in rls.coefficients().iter().zip(&expected) {
                    assert_close!(*got, *expected, 1e-7, 1e-8, "n {n}, {forgetting}, step {t}");
                }
            }
            assert_eq!(rls.windups(), 0);
        }
    }
}

#[test]
fn a_weight_of_one_is_an_ordinary_observation_and_others_are_refused() {
    let mut plain = RecursiveLeastSquares::builder(3).forgetting(0.95).build().unwrap();
    let mut weighted = plain.clone();
    for (x, y) in stream(8, 3, 100) {
        assert_eq!(plain.update((&x, y)), weighted.update_weighted(&x, y, 1.0));
    }
    for weight in [0.0, -1.0, 1.1e12, f64::NAN, f64::INFINITY] {
        assert_eq!(weighted.update_weighted(&[1.0, 2.0, 3.0], 4.0, weight), None);
    }
    assert_eq!(plain, weighted);
    // Three of weight 1 at once are one of weight 3; the spread is that of an observation of weight 1.
    let mut thrice = RecursiveLeastSquares::builder(1).ridge(1.0).build().unwrap();
    let mut once = thrice.clone();
    for _ in 0..3 {
        let _ = thrice.update((&[2.0], 5.0));
    }
    assert_close!(once.update_weighted(&[2.0], 5.0, 3.0).unwrap().spread(), 5.0, 1e-14, 0.0);
    assert_close!(once.coefficients()[0], thrice.coefficients()[0], 1e-12, 0.0);
    assert_close!(once.variance(0).unwrap(), thrice.variance(0).unwrap(), 1e-12, 0.0);
}
