use crate::stream::normal;
use evenkeel_core::{Error, Forecaster, Prediction, Stage};
use evenkeel_detect::forecast::LocalPolynomial;
use proptest::prelude::*;

/// Least squares in powers of time, by elimination with pivots: what is expected `ahead` steps after the last
/// time.
#[expect(clippy::needless_range_loop, reason = "elimination is written with the indices of the matrix")]
fn plain(points: &[(f64, f64)], degree: usize, ahead: f64) -> f64 {
    let n = degree + 1;
    let scale = points.iter().fold(1.0, |m: f64, p| m.max(p.0.abs()));
    let power = |t: f64, k: usize| (t / scale).powi(k as i32);
    let mut a = vec![vec![0.0; n + 1]; n];
    for (t, x) in points {
        for i in 0..n {
            for j in 0..n {
                a[i][j] += power(*t, i) * power(*t, j);
            }
            a[i][n] += power(*t, i) * x;
        }
    }
    for i in 0..n {
        let pivot = (i..n).max_by(|p, q| a[*p][i].abs().total_cmp(&a[*q][i].abs())).unwrap();
        a.swap(i, pivot);
        for r in 0..n {
            if r != i {
                let f = a[r][i] / a[i][i];
                for c in i..=n {
                    let above = a[i][c];
                    a[r][c] -= f * above;
                }
            }
        }
    }
    (0..n).map(|k| a[k][n] / a[k][k] * power(ahead, k)).sum()
}

proptest! {
    #[test]
    fn it_continues_the_least_squares_polynomial(
        values in prop::collection::vec(prop_oneof![6 => (-10.0..10.0).prop_map(Some), 1 => Just(None)], 30..120),
        degree in 0_usize..4,
        more in 2_usize..12,
    ) {
        let window = degree + more;
        let builder = LocalPolynomial::builder().window(window).degree(degree).bound(f64::INFINITY);
        let mut model = builder.build().unwrap();
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (t, x) in values.iter().enumerate() {
            // After more than a window of nothing everything begins anew.
            if x.is_some() && points.last().is_some_and(|(last, _)| t as f64 - last - 1.0 > window as f64) {
                points.clear();
            }
            points.extend(x.map(|x| (t as f64, x)));
            let Some(next) = model.update(x.unwrap_or(f64::NAN)) else {
                prop_assert!(points.len() <= window);
                continue;
            };
            let recent = &points[points.len().saturating_sub(window)..];
            let last = recent[recent.len() - 1].0;
            let degree = degree.min(recent.len() - 1);
            let from_last: Vec<(f64, f64)> = recent.iter().map(|(t, x)| (t - last, *x)).collect();
            // Long gaps make the polynomials ill-conditioned, the plain ones more than ours.
            if from_last[0].0 < -2.0 * window as f64 || t as f64 - last > 3.0 {
                continue;
            }
            let theirs = plain(&from_last, degree, t as f64 + 1.0 - last);
            prop_assert!((next.mean() - theirs).abs() < 1e-6 * (1.0 + theirs.abs()), "{t}: {} {theirs}", next.mean());
            let mut ahead = [Prediction::default(); 3];
            prop_assert!(model.forecast_into(&mut ahead) && ahead[0] == next);
            let theirs = plain(&from_last, degree, t as f64 + 3.0 - last);
            prop_assert!((ahead[2].mean() - theirs).abs() < 1e-6 * (1.0 + theirs.abs()));
            prop_assert!(ahead[2].sd() >= next.sd());
        }
    }

    #[test]
    fn it_is_equivariant(seed in 0_u64..1_000, by in prop_oneof![Just(-4.0), Just(0.125)], to in -50.0..50.0) {
        let run = |by: f64, to: f64| -> Vec<(f64, f64)> {
            let mut model = LocalPolynomial::builder().build().unwrap();
            normal(seed).take(80).filter_map(|x| model.update(x * by + to)).map(|p| (p.mean(), p.sd())).collect()
        };
        for ((mean, sd), (other, spread)) in run(1.0, 0.0).into_iter().zip(run(by, to)) {
            prop_assert!((mean * by + to - other).abs() < 1e-9 * (1.0 + other.abs()));
            prop_assert!((sd * by.abs() - spread).abs() < 1e-9 * spread);
        }
    }
}

/// Under noise about a curve, p-values are uniform: one of a hundred is below a hundredth.
#[test]
fn what_it_promises_holds() {
    let mut model = LocalPolynomial::builder().bound(f64::INFINITY).build().unwrap();
    let (mut below, mut all) = ([0_u32; 2], 0);
    for (t, z) in normal(21).take(40_000).enumerate() {
        let x = (t as f64 / 400.0).sin() * 30.0 + z;
        if let Some(assessed) = model.assess(x).filter(|_| t > 300) {
            let p = assessed.two_sided();
            below[0] += u32::from(p < 0.01);
            below[1] += u32::from(p < 0.3);
            all += 1;
        }
        model.update(x);
    }
    // The variance that is estimated from dependent errors varies a little more than that of independent
    // ones.
    let share = |n: u32| f64::from(n) / f64::from(all);
    assert!((0.008..0.0125).contains(&share(below[0])), "{}", share(below[0]));
    assert!((0.29..0.31).contains(&share(below[1])), "{}", share(below[1]));
}

#[test]
fn an_outlier_does_not_bend_what_follows_and_a_shift_is_followed() {
    let mut model = LocalPolynomial::builder().build().unwrap();
    let mut unbounded = LocalPolynomial::builder().bound(f64::INFINITY).build().unwrap();
    for (t, z) in normal(2).take(600).enumerate() {
        let x = z + if t == 300 { 1e3 } else { 0.0 } + if t >= 400 { 200.0 } else { 0.0 };
        let said = model.update(x).map_or(0.0, |p| p.mean());
        let free = unbounded.update(x).map_or(0.0, |p| p.mean());
        if t == 301 {
            assert!(said.abs() < 6.0 && free.abs() > 100.0, "{said} {free}");
        }
    }
    let next = model.update(200.0).unwrap();
    assert!((next.mean() - 200.0).abs() < 5.0, "{next:?}");
}

#[test]
fn long_gaps_begin_anew() {
    let mut model = LocalPolynomial::builder().window(6).degree(1).build().unwrap();
    for (t, z) in normal(4).take(60).enumerate() {
        model.update(t as f64 + 0.1 * z);
    }
    for _ in 0..7 {
        assert!(model.update(f64::NAN).is_some());
    }
    let before = model.update(f64::NAN).unwrap();
    assert!((before.mean() - 68.0).abs() < 3.0 && before.sd() > 0.1, "{before:?}");
    let after = model.update(-500.0).unwrap();
    assert_eq!(after.mean(), -500.0, "nothing before counts");
}

#[test]
fn settings_are_validated() {
    let builder = LocalPolynomial::builder();
    for (builder, name) in [
        (builder.degree(6), "degree"),
        (builder.window(3), "window"),
        (builder.window(10_001), "window"),
        (builder.memory(9), "memory"),
        (builder.bound(0.5), "bound"),
        (builder.bound(f64::NAN), "bound"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
