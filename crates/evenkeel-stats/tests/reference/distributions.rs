//! `stats/distributions.json`: densities, tails and quantiles against mpmath.

use evenkeel_stats::{Beta, ChiSquared, Gamma, GeneralizedPareto, Normal, StudentT};
use evenkeel_testing::reference::{Number, load};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Meta {
    default_rel_tol: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    distribution: String,
    parameters: Vec<Number>,
    points: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    x: Number,
    log_density: Number,
    density: Option<Number>,
    lower: Option<Number>,
    upper: Option<Number>,
    log_lower: Number,
    log_upper: Number,
    lower_quantile: Option<Number>,
    upper_quantile: Option<Number>,
}

/// What is asked of a distribution, in the order of the fields of a point.
const QUESTIONS: [&str; 8] = [
    "log_density",
    "density",
    "lower",
    "upper",
    "log_lower",
    "log_upper",
    "lower_quantile",
    "upper_quantile",
];

macro_rules! answers {
    ($distribution:expr, $point:expr) => {{
        let (distribution, point) = ($distribution, $point);
        let x = point.x.0;
        let at = |p: Option<Number>, quantile: &dyn Fn(f64) -> f64| p.map_or(f64::NAN, |p| quantile(p.0));
        [
            distribution.log_density(x),
            distribution.density(x),
            distribution.lower(x),
            distribution.upper(x),
            distribution.log_lower(x),
            distribution.log_upper(x),
            at(point.lower, &|p| distribution.lower_quantile(p)),
            at(point.upper, &|p| distribution.upper_quantile(p)),
        ]
    }};
}

fn answers(case: &Case, point: &Point) -> [f64; 8] {
    let p: Vec<f64> = case.parameters.iter().map(|p| p.0).collect();
    match (case.distribution.as_str(), &p[..]) {
        ("normal", &[mean, sd]) => answers!(Normal::new(mean, sd).unwrap(), point),
        ("gamma", &[shape, scale]) => answers!(Gamma::new(shape, scale).unwrap(), point),
        ("chi_squared", &[dof]) => answers!(ChiSquared::new(dof).unwrap(), point),
        ("beta", &[a, b]) => answers!(Beta::new(a, b).unwrap(), point),
        ("student_t", &[dof, location, scale]) => {
            answers!(StudentT::new(dof, location, scale).unwrap(), point)
        }
        ("generalized_pareto", &[location, scale, shape]) => {
            answers!(GeneralizedPareto::new(location, scale, shape).unwrap(), point)
        }
        (other, p) => panic!("unknown distribution {other} with {} parameters", p.len()),
    }
}

#[test]
fn every_point() {
    let file: File = load("stats", "distributions.json");
    assert!(!file.cases.is_empty());
    let mut worst: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let mut broken = Vec::new();
    for case in &file.cases {
        for point in &case.points {
            let expected = [
                Some(point.log_density),
                point.density,
                point.lower,
                point.upper,
                Some(point.log_lower),
                Some(point.log_upper),
                point.lower_quantile,
                point.upper_quantile,
            ];
            for ((question, got), expected) in QUESTIONS.iter().zip(answers(case, point)).zip(expected) {
                let Some(Number(expected)) = expected else { continue };
                // A log density crosses 0, where a relative error means nothing.
                let size = if *question == "log_density" { expected.abs().max(1.0) } else { expected.abs() };
                let error = if got == expected { 0.0 } else { (got - expected).abs() / size };
                let parameters: Vec<f64> = case.parameters.iter().map(|p| p.0).collect();
                if error.is_nan() || error > file.meta.default_rel_tol {
                    let (distribution, x) = (&case.distribution, point.x.0);
                    broken.push(format!(
                        "{distribution} {parameters:?}: {question} at {x:e}: {got:e}, not {expected:e} ({error:e})"
                    ));
                }
                let worst = worst.entry((&case.distribution, question)).or_default();
                *worst = worst.max(error);
            }
        }
    }
    for ((distribution, question), error) in worst {
        println!("{distribution} {question}: {error:.1e}");
    }
    assert!(broken.is_empty(), "{} broken\n{}", broken.len(), broken.join("\n"));
}
