//! `remedy/cuped.json`: every case, whatever its name, number and order.

use super::{ABSOLUTE, Meta};
use evenkeel_experience::experiment::{Cuped, Welch};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Number, load, values};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meta: Meta,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    control_pre: Vec<Number>,
    control_post: Vec<Number>,
    treat_pre: Vec<Number>,
    treat_post: Vec<Number>,
    expected: Expected,
    rel_tol: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    theta_pooled: f64,
    control_mean_adj: f64,
    treat_mean_adj: f64,
    diff_adj: f64,
    diff_raw: f64,
    var_ratio_control: f64,
    pooled_corr: f64,
    welch_adj: WelchExpected,
    welch_raw: WelchExpected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WelchExpected {
    t: f64,
    df: f64,
    p: f64,
}

#[test]
fn adjustments_are_reproduced() {
    let file: File = load("remedy", "cuped.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        let tolerance = case.rel_tol.unwrap_or(file.meta.default_rel_tol);
        let (name, e) = (&case.name, &case.expected);
        let cuped = Cuped::new(
            &values(&case.treat_pre),
            &values(&case.treat_post),
            &values(&case.control_pre),
            &values(&case.control_post),
        )
        .unwrap();
        for (what, found, expected) in [
            ("theta", cuped.theta(), e.theta_pooled),
            ("control", cuped.control_mean(), e.control_mean_adj),
            ("treatment", cuped.treatment_mean(), e.treat_mean_adj),
            ("difference", cuped.adjusted().difference(), e.diff_adj),
            ("raw difference", cuped.raw().difference(), e.diff_raw),
            ("variance", cuped.control_variance_ratio(), e.var_ratio_control),
            ("correlation", cuped.correlation(), e.pooled_corr),
        ] {
            assert_close!(found, expected, tolerance, ABSOLUTE, "{name}: {what}");
        }
        let compare = |what: &str, welch: Welch, e: &WelchExpected| {
            assert_close!(welch.t(), e.t, tolerance, ABSOLUTE, "{name}: {what} t");
            assert_close!(welch.dof(), e.df, tolerance, 0.0, "{name}: {what} dof");
            assert_close!(welch.p_two_sided(), e.p, tolerance, 0.0, "{name}: {what} p");
        };
        compare("adjusted", cuped.adjusted(), &e.welch_adj);
        compare("raw", cuped.raw(), &e.welch_raw);
    }
}
