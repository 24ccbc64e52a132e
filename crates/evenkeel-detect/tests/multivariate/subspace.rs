use core::f64::consts::TAU;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::adapt::Univariate;
use evenkeel_detect::multivariate::Subspace;
use evenkeel_testing::Source;
use proptest::prelude::*;

/// Six metrics made of two loads and a little noise.
fn row(source: &mut Source) -> Vec<f64> {
    let (a, b) = (source.normal(), source.normal());
    let mut metric = |x: f64, y: f64| x * a + y * b + 0.3 * source.normal();
    vec![
        metric(1.0, 0.0),
        metric(0.0, 1.0),
        metric(1.0, 1.0),
        metric(1.0, -1.0),
        metric(2.0, 0.5),
        metric(-1.0, 0.0),
    ]
}

/// Variances along the components are the eigenvalues of the correlation matrix.
#[test]
fn components_are_those_of_the_correlations() {
    let mut subspace = Subspace::builder(6).components(6).memory(1_000_000).build().unwrap();
    let mut source = Source::new(1);
    for _ in 0..100_000 {
        subspace.update(&row(&mut source));
    }
    let found: Vec<f64> = subspace.variances().collect();
    // By power iteration with deflation on the exact matrix.
    let loads = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0], [2.0, 0.5], [-1.0, 0.0]];
    let covariance = |i: usize, j: usize| {
        loads[i][0] * loads[j][0] + loads[i][1] * loads[j][1] + if i == j { 0.09 } else { 0.0 }
    };
    let mut matrix = [[0.0; 6]; 6];
    for (i, r) in matrix.iter_mut().enumerate() {
        for (j, x) in r.iter_mut().enumerate() {
            *x = covariance(i, j) / f64::sqrt(covariance(i, i) * covariance(j, j));
        }
    }
    for ours in found.iter().take(2) {
        let mut v = [1.0, 0.7, 0.3, -0.2, 0.5, -0.9];
        let mut length = 0.0;
        for _ in 0..500 {
            let next: Vec<f64> = matrix.iter().map(|r| r.iter().zip(&v).map(|(a, b)| a * b).sum()).collect();
            length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            v.iter_mut().zip(&next).for_each(|(v, n)| *v = n / length);
        }
        assert!((ours / length - 1.0).abs() < 0.05, "{ours} {length}");
        for (i, r) in matrix.iter_mut().enumerate() {
            for (j, x) in r.iter_mut().enumerate() {
                *x -= length * v[i] * v[j];
            }
        }
    }
    let sum: f64 = found.iter().sum();
    assert!((sum / 6.0 - 1.0).abs() < 0.05, "{sum}: all of the variance is in all components");
    assert!(found[2] < 0.5);
}

#[test]
fn false_alarms_are_about_as_rare_as_promised() {
    let mut subspace = Subspace::builder(6).components(2).build().unwrap();
    let mut source = Source::new(2);
    let (mut q, mut t2, mut all) = (0_u32, 0_u32, 0_u32);
    for t in 0..40_000 {
        if subspace.update(&row(&mut source)).is_some() && t > 2_000 {
            q += u32::from(subspace.residual() > 2.326);
            t2 += u32::from(subspace.within() > 2.326);
            all += 1;
        }
    }
    for above in [q, t2] {
        let rate = f64::from(above) / f64::from(all);
        assert!((0.005..0.02).contains(&rate), "{rate}");
    }
}

#[test]
fn a_broken_relation_and_a_far_row_are_told_apart() {
    let mut subspace = Subspace::builder(6).components(2).build().unwrap();
    let mut source = Source::new(3);
    for _ in 0..3_000 {
        subspace.update(&row(&mut source));
    }
    // Each metric within two and a half standard deviations of itself, the fourth against the others.
    let score = subspace.update(&[1.0, 1.0, 2.0, 3.5, 2.5, -1.0]).unwrap();
    assert!(subspace.residual() > 4.0 && subspace.within() < 3.0);
    assert_eq!(score.dimension(), Some(3));
    let score = subspace.update(&[8.0, 0.0, 8.0, 8.0, 16.0, -8.0]).unwrap();
    assert!(subspace.within() > 5.0 && subspace.within() > subspace.residual());
    assert_eq!(score.value(), subspace.within());
    // Missing metrics stay as they were; nothing at all is no row.
    assert!(subspace.update(&[f64::NAN, 0.1, 0.1, -0.1, 0.1, 0.0]).is_some());
    assert!(subspace.update(&[f64::NAN; 6]).is_none());
}

#[test]
fn shapes_of_one_series_make_a_subspace() {
    let mut detector = Univariate(Subspace::builder(1).shingle(40).build().unwrap());
    let mut source = Source::new(4);
    let (mut usual, mut unusual) = (0.0_f64, 0.0_f64);
    for t in 0..4_000 {
        let phase = f64::from(t) / 40.0 * TAU;
        // A cycle that goes twice as fast.
        let turned = if (3_000..3_040).contains(&t) { 2.0 * phase } else { phase };
        let score = detector.update(turned.sin() + 0.1 * source.normal()).map_or(0.0, |s| s.value());
        match t {
            1_000..3_000 => usual = usual.max(score),
            3_000..3_080 => unusual = unusual.max(score),
            _ => {}
        }
    }
    assert!(usual < 8.0 && unusual > 2.0 * usual, "{usual} {unusual}");
}

proptest! {
    /// Units and levels of the metrics mean nothing.
    #[test]
    fn it_is_equivariant(seed in 0_u64..1_000, by in prop::collection::vec(0.01..100.0, 6), to in -50.0..50.0) {
        let run = |by: &[f64], to: f64| -> Vec<f64> {
            let mut subspace = Subspace::builder(6).warm_up(20).build().unwrap();
            let mut source = Source::new(seed);
            let mut rows = Vec::new();
            rows.resize_with(60, || row(&mut source));
            rows.iter()
                .filter_map(|r| {
                    let scaled: Vec<f64> = r.iter().zip(by).map(|(x, by)| x * by + to).collect();
                    subspace.update(&scaled).map(|s| s.value())
                })
                .collect()
        };
        for (a, b) in run(&[1.0; 6], 0.0).iter().zip(run(&by, to)) {
            prop_assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}

#[test]
fn settings_are_validated() {
    let builder = Subspace::builder(3);
    for (builder, name) in [
        (Subspace::builder(0), "dimensions"),
        (builder.shingle(0), "shingle"),
        (builder.shingle(2_000), "shingle"),
        (builder.components(4), "components"),
        (builder.components(0), "components"),
        (builder.memory(19), "memory"),
        (builder.warm_up(9), "warm_up"),
        (builder.bound(0.9), "bound"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{name}: {refused}");
    }
}
