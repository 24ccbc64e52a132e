//! Properties of the methods for intermittent demand, and the replay of R's `croston`.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::croston::{Croston, CrostonKind, DemandKind};
use evenkeel_testing::{Source, assert_close, reference};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    croston: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    y: Vec<f64>,
    alpha: f64,
    #[serde(rename = "R")]
    r: OfR,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfR {
    mean: Vec<f64>,
}

#[test]
fn croston_of_the_reference() {
    let file: File = reference::load("models", "dhr_croston.json");
    assert!(!file.croston.is_empty());
    for case in file.croston {
        let model = Croston::new(CrostonKind::Classic).alpha(case.alpha).fit(&case.y).unwrap();
        let mut out = vec![Prediction::default(); case.r.mean.len()];
        assert!(model.forecast_into(&mut out));
        for (p, mean) in out.iter().zip(&case.r.mean) {
            assert_close!(p.mean(), *mean, 1e-9, 1e-12, "R's croston");
        }
    }
}

fn demand(rate: f64, n: usize) -> Vec<f64> {
    let mut source = Source::new(4);
    (0..n)
        .map(|_| if source.uniform() < rate { 1.0 + (4.0 * source.uniform()).floor() } else { 0.0 })
        .collect()
}

#[test]
fn the_mean_is_the_rate_of_demand() {
    let y = demand(0.2, 20_000);
    let truth = y.iter().sum::<f64>() / 20_000.0;
    for (kind, bias) in
        [(CrostonKind::Classic, 1.03), (CrostonKind::Approximate, 1.0), (CrostonKind::Probability, 1.0)]
    {
        let mut model = Croston::new(kind).alpha(0.1).beta(0.02).fit(&y).unwrap();
        let (mut sum, mut n) = (0.0, 0.0);
        model.reset();
        for x in &y {
            sum += model.update(*x).unwrap().mean();
            n += 1.0;
        }
        assert_close!(sum / n / truth, bias, 0.06, 0.0, "{kind:?}");
    }
}

#[test]
fn only_the_probability_falls_while_demand_stays_away() {
    let y = demand(0.3, 200);
    for kind in [CrostonKind::Classic, CrostonKind::Approximate, CrostonKind::Probability] {
        let mut model = Croston::new(kind).fit(&y).unwrap();
        let before = model.update(0.0).unwrap().mean();
        let after = (0..50).filter_map(|_| model.update(0.0)).last().unwrap().mean();
        assert_eq!(after < before, kind == CrostonKind::Probability, "{kind:?} {before} {after}");
    }
}

#[test]
fn no_other_parameters_are_better() {
    let y = demand(0.3, 300);
    for kind in [CrostonKind::Classic, CrostonKind::Approximate, CrostonKind::Probability] {
        let best = Croston::new(kind).fit(&y).unwrap();
        for i in 1..=10 {
            for j in 1..=10 {
                let other =
                    Croston::new(kind).alpha(f64::from(i) / 10.0).beta(f64::from(j) / 10.0).fit(&y).unwrap();
                assert!(best.sigma() <= other.sigma() * (1.0 + 1e-3), "{kind:?} {i} {j}");
            }
        }
    }
}

#[test]
fn demand_is_told_apart() {
    let lumpy = [0.0, 0.0, 1.0, 0.0, 0.0, 40.0, 0.0, 1.0, 0.0, 0.0];
    assert_eq!(DemandKind::of(&lumpy), Some(DemandKind::Lumpy));
    assert_eq!(DemandKind::of(&[1.0, 1.0, 40.0, 1.0, f64::NAN]), Some(DemandKind::Erratic));
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let y = demand(0.3, 20);
    assert!(matches!(
        Croston::new(CrostonKind::Classic).alpha(0.0).fit(&y),
        Err(Error::Parameter { name: "alpha", .. })
    ));
    assert!(matches!(
        Croston::new(CrostonKind::Classic).beta(1.5).fit(&y),
        Err(Error::Parameter { name: "beta", .. })
    ));
    assert!(matches!(Croston::new(CrostonKind::Classic).fit(&[1.0, -1.0]), Err(Error::Numerical { .. })));
    assert!(matches!(
        Croston::new(CrostonKind::Classic).fit(&[1.0]),
        Err(Error::TooShort { needed: 2, got: 1 })
    ));
}

/// With a single demand, at the end, no forecast was made that could have been wrong; the spread is that of
/// the values: d / sqrt(n) for one demand of d among n.
#[test]
fn one_demand_is_not_certain() {
    for (y, sd) in [
        (vec![0.0, 0.0, 100.0], 100.0 / 3.0_f64.sqrt()),
        (vec![0.0, 5.0], 5.0 / 2.0_f64.sqrt()),
        (vec![0.0, 0.0, 0.0, f64::NAN, 0.0, 1e90], 1e90 / 5.0_f64.sqrt()),
    ] {
        for kind in [CrostonKind::Classic, CrostonKind::Approximate, CrostonKind::Probability] {
            for estimator in [Croston::new(kind), Croston::new(kind).alpha(0.2)] {
                let mut next = [Prediction::default()];
                assert!(estimator.fit(&y).unwrap().forecast_into(&mut next));
                assert_close!(next[0].sd(), sd, 1e-12, 0.0, "{y:?} {kind:?}");
            }
        }
    }
    let mut next = [Prediction::default()];
    assert!(Croston::new(CrostonKind::Classic).fit(&[0.0, 0.0, 0.0]).unwrap().forecast_into(&mut next));
    assert_eq!((next[0].mean(), next[0].sd()), (0.0, 0.0));
}
