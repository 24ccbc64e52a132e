//! `remedy/group_sequential.json`: every case, whatever its name, number and order.

use super::Meta;
use evenkeel_experience::experiment::GroupSequential;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
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
    params: Params,
    expected: Expected,
    rel_tol: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    shape: Shape,
    looks: usize,
    alpha_two_sided: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Pocock,
    #[serde(alias = "obf", alias = "o_brien_fleming")]
    ObrienFleming,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    constant: f64,
    z_critical: Vec<f64>,
}

#[test]
fn boundaries_are_reproduced() {
    let file: File = load("remedy", "group_sequential.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        let (name, params) = (&case.name, &case.params);
        let tolerance = case.rel_tol.unwrap_or(file.meta.default_rel_tol);
        let design = match params.shape {
            Shape::Pocock => GroupSequential::pocock(params.looks, params.alpha_two_sided),
            Shape::ObrienFleming => GroupSequential::obrien_fleming(params.looks, params.alpha_two_sided),
        }
        .unwrap();
        assert_close!(design.constant().unwrap(), case.expected.constant, tolerance, 0.0, "{name}");
        assert_eq!(design.critical_values().len(), case.expected.z_critical.len(), "{name}");
        for (found, expected) in design.critical_values().iter().zip(&case.expected.z_critical) {
            assert_close!(*found, *expected, tolerance, 0.0, "{name}");
        }
    }
}
