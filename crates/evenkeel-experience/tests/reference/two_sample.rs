//! `remedy/two_sample.json`: every case, whatever its name, number and order.

use super::{ABSOLUTE, Meta};
use evenkeel_experience::experiment::{EffectSize, MannWhitney, Welch};
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
    x: Vec<Number>,
    y: Vec<Number>,
    expected: Expected,
    rel_tol: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    u1: f64,
    u2: f64,
    p_two_sided_asymptotic_continuity: f64,
    p_greater_asymptotic_continuity: f64,
    p_less_asymptotic_continuity: f64,
    p_two_sided_exact: Option<f64>,
    cles_a12: f64,
    cliffs_delta: f64,
    cohens_d_pooled: f64,
    hedges_g: f64,
    mean_ratio: f64,
    hodges_lehmann_shift: f64,
    shift_ci95_lower: Option<f64>,
    shift_ci95_upper: Option<f64>,
    welch: WelchExpected,
    ks_statistic: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WelchExpected {
    t: f64,
    df: f64,
    p_two_sided: f64,
    mean_diff: f64,
    ci95: [f64; 2],
}

#[test]
fn two_samples_are_reproduced() {
    let file: File = load("remedy", "two_sample.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        let (name, e) = (&case.name, &case.expected);
        let tolerance = case.rel_tol.unwrap_or(file.meta.default_rel_tol);
        let (x, y) = (values(&case.x), values(&case.y));
        let ranks = MannWhitney::new(&x, &y).unwrap();
        let effect = EffectSize::new(&x, &y).unwrap();
        let welch = Welch::new(&x, &y).unwrap();
        let shift = ranks.shift_interval(0.95).unwrap();
        let means = welch.interval(0.95).unwrap();
        for (what, found, expected) in [
            ("u1", ranks.u(), Some(e.u1)),
            ("u2", ranks.u_other(), Some(e.u2)),
            ("p two-sided", ranks.p_two_sided(), Some(e.p_two_sided_asymptotic_continuity)),
            ("p greater", ranks.p_greater(), Some(e.p_greater_asymptotic_continuity)),
            ("p less", ranks.p_less(), Some(e.p_less_asymptotic_continuity)),
            ("A12", ranks.superiority(), Some(e.cles_a12)),
            ("Cliff", ranks.cliffs_delta(), Some(e.cliffs_delta)),
            ("Cohen", effect.cohens_d(), Some(e.cohens_d_pooled)),
            ("Hedges", effect.hedges_g(), Some(e.hedges_g)),
            ("ratio", effect.mean_ratio(), Some(e.mean_ratio)),
            ("Kolmogorov-Smirnov", effect.kolmogorov_smirnov(), Some(e.ks_statistic)),
            ("shift", ranks.shift(), Some(e.hodges_lehmann_shift)),
            ("shift from", shift.lower(), e.shift_ci95_lower),
            ("shift to", shift.upper(), e.shift_ci95_upper),
            ("t", welch.t(), Some(e.welch.t)),
            ("dof", welch.dof(), Some(e.welch.df)),
            ("Welch p", welch.p_two_sided(), Some(e.welch.p_two_sided)),
            ("difference", welch.difference(), Some(e.welch.mean_diff)),
            ("difference from", means.lower(), Some(e.welch.ci95[0])),
            ("difference to", means.upper(), Some(e.welch.ci95[1])),
        ] {
            if let Some(expected) = expected {
                let absolute = if what.ends_with('p') { 0.0 } else { ABSOLUTE };
                assert_close!(found, expected, tolerance, absolute, "{name}: {what}");
            }
        }
        if let Some(expected) = e.p_two_sided_exact {
            assert_close!(ranks.exact().unwrap().two_sided, expected, tolerance, 0.0, "{name}: exact");
        }
    }
}
