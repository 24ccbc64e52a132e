//! `remedy/anytime_valid.json`: every case, whatever its name, number and order.

use evenkeel_core::Stage;
use evenkeel_stats::sequential::boundary::{
    BetaBinomialMixture, Boundary, GammaExponentialMixture, NormalMixture, PolynomialStitching,
};
use evenkeel_stats::sequential::{
    AsymptoticBoundary, BernsteinSequence, Decision, HoeffdingSequence, Interval, MixtureBernsteinSequence,
    MixtureSprt, Sprt, TwoSampleMixtureSprt,
};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Number, load};
use serde::Deserialize;

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
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    MsprtOneSample {
        name: String,
        params: OneSample,
        x: Vec<Number>,
        expected: OneSampleExpected,
        rel_tol: Option<f64>,
    },
    MsprtTwoSample {
        name: String,
        params: TwoSample,
        a: Vec<Number>,
        b: Vec<Number>,
        expected: TwoSampleExpected,
        rel_tol: Option<f64>,
    },
    SprtBernoulli {
        name: String,
        params: SprtParams,
        x: Vec<u8>,
        expected: SprtExpected,
        rel_tol: Option<f64>,
    },
    Boundary {
        name: String,
        params: serde_json::Value,
        v: Vec<Number>,
        expected: BoundaryExpected,
        rel_tol: Option<f64>,
    },
    BoundedCs {
        name: String,
        params: BoundedParams,
        x: Vec<Number>,
        expected: BoundedExpected,
        rel_tol: Option<f64>,
    },
    AsymptoticCs {
        name: String,
        params: AsymptoticParams,
        expected: AsymptoticExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSample {
    theta0: f64,
    sigma: f64,
    tau: f64,
    alpha: f64,
}

#[derive(Deserialize)]
struct OneSampleExpected {
    at: Vec<usize>,
    likelihood_ratio: Vec<Number>,
    always_valid_p: Vec<Number>,
    cs_lower: Vec<Number>,
    cs_upper: Vec<Number>,
    /// `first_n_p_below_0.05`: the key carries the level.
    #[serde(flatten)]
    first: std::collections::BTreeMap<String, Option<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoSample {
    sigma: f64,
    tau: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TwoSampleExpected {
    likelihood_ratio: Vec<Number>,
    always_valid_p: Vec<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SprtParams {
    p0: f64,
    p1: f64,
    alpha: f64,
    beta: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SprtExpected {
    upper: f64,
    lower: f64,
    llr: Vec<Number>,
    llr_at: Vec<usize>,
    decision: Option<String>,
    at: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundaryExpected {
    bound: Vec<Number>,
    bound_mpmath_first6: Option<Vec<Number>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormalParams {
    alpha: f64,
    v_opt: f64,
    alpha_opt: f64,
    rho: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GammaParams {
    alpha: f64,
    v_opt: f64,
    alpha_opt: f64,
    c: f64,
    rho: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BetaParams {
    alpha: f64,
    v_opt: f64,
    alpha_opt: f64,
    g: f64,
    h: f64,
    one_sided: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StitchingParams {
    alpha: f64,
    v_min: f64,
    c: f64,
    s: f64,
    eta: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundedParams {
    alpha: f64,
    truncation_eb: f64,
    conjmix_v_opt: f64,
    truncation_hoeffding: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoundedExpected {
    at: Vec<usize>,
    predmix_empbern: Vec<[Number; 2]>,
    predmix_hoeffding: Vec<[Number; 2]>,
    conjmix_empbern: Vec<[Number; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsymptoticParams {
    n: f64,
    point_estimate: f64,
    n_times_variance_of_estimate: f64,
    tuning_n: f64,
    alpha: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsymptoticExpected {
    rho: f64,
    halfwidth: f64,
    ci: [f64; 2],
}

/// Beside the relative tolerance: what one rounding of numbers of the size of the data can do.
const ABSOLUTE: f64 = 1e-12;

#[test]
fn every_case() {
    let file: File = load("remedy", "anytime_valid.json");
    assert!(!file.cases.is_empty());
    let tolerance = |own: Option<f64>| own.unwrap_or(file.meta.default_rel_tol);
    for case in file.cases {
        match case {
            Case::MsprtOneSample { name, params, x, expected, rel_tol } => {
                one_sample(&name, &params, &x, &expected, tolerance(rel_tol));
            }
            Case::MsprtTwoSample { name, params, a, b, expected, rel_tol } => {
                two_sample(&name, &params, &a, &b, &expected, tolerance(rel_tol));
            }
            Case::SprtBernoulli { name, params, x, expected, rel_tol } => {
                sprt(&name, &params, &x, &expected, tolerance(rel_tol));
            }
            Case::Boundary { name, params, v, expected, rel_tol } => {
                boundary(&name, params, &v, &expected, tolerance(rel_tol));
            }
            Case::BoundedCs { name, params, x, expected, rel_tol } => {
                bounded(&name, &params, &x, &expected, tolerance(rel_tol));
            }
            Case::AsymptoticCs { name, params, expected, rel_tol } => {
                asymptotic(&name, &params, &expected, tolerance(rel_tol));
            }
        }
    }
}

fn one_sample(name: &str, params: &OneSample, x: &[Number], expected: &OneSampleExpected, tolerance: f64) {
    let mut test = MixtureSprt::new(params.theta0, params.sigma, params.tau).unwrap();
    let levels: Vec<(f64, Option<usize>)> = expected
        .first
        .iter()
        .map(|(key, first)| {
            let level =
                key.strip_prefix("first_n_p_below_").unwrap_or_else(|| panic!("{name}: unknown field {key}"));
            (level.parse().unwrap(), *first)
        })
        .collect();
    let mut first: Vec<Option<usize>> = vec![None; levels.len()];
    let mut checked = 0;
    for (i, x) in x.iter().enumerate() {
        test.update(x.0);
        let e = test.evidence();
        for (first, (level, _)) in first.iter_mut().zip(&levels) {
            if first.is_none() && e.p() < *level {
                *first = Some(i + 1);
            }
        }
        let Some(k) = expected.at.iter().position(|at| *at == i + 1) else { continue };
        let interval = test.interval(params.alpha).unwrap();
        assert_close!(e.e(), expected.likelihood_ratio[k].0, tolerance, 0.0, "{name}: ratio at {}", i + 1);
        assert_close!(e.p(), expected.always_valid_p[k].0, tolerance, 0.0, "{name}: p at {}", i + 1);
        assert_close!(
            interval.lower(),
            expected.cs_lower[k].0,
            tolerance,
            ABSOLUTE,
            "{name}: lower at {}",
            i + 1
        );
        assert_close!(
            interval.upper(),
            expected.cs_upper[k].0,
            tolerance,
            ABSOLUTE,
            "{name}: upper at {}",
            i + 1
        );
        checked += 1;
    }
    assert_eq!(checked, expected.at.len(), "{name}");
    assert_eq!(first, levels.iter().map(|(_, first)| *first).collect::<Vec<_>>(), "{name}");
}

fn two_sample(
    name: &str,
    params: &TwoSample,
    a: &[Number],
    b: &[Number],
    expected: &TwoSampleExpected,
    tolerance: f64,
) {
    let mut test = TwoSampleMixtureSprt::new(params.sigma, params.tau).unwrap();
    assert_eq!(a.len(), b.len(), "{name}");
    assert_eq!(a.len(), expected.likelihood_ratio.len(), "{name}");
    assert_eq!(a.len(), expected.always_valid_p.len(), "{name}");
    for i in 0..a.len() {
        test.update((a[i].0, b[i].0));
        let e = test.evidence();
        assert_close!(e.e(), expected.likelihood_ratio[i].0, tolerance, 0.0, "{name}: ratio at {i}");
        assert_close!(e.p(), expected.always_valid_p[i].0, tolerance, 0.0, "{name}: p at {i}");
    }
}

fn sprt(name: &str, params: &SprtParams, x: &[u8], expected: &SprtExpected, tolerance: f64) {
    let mut test = Sprt::new(params.p0, params.p1, params.alpha, params.beta).unwrap();
    assert_close!(test.upper_limit(), expected.upper, tolerance, 0.0, "{name}: upper");
    assert_close!(test.lower_limit(), expected.lower, tolerance, 0.0, "{name}: lower");
    let mut checked = 0;
    for (i, x) in x.iter().enumerate() {
        assert!(*x <= 1, "{name}: not a bool");
        test.update(*x == 1);
        if let Some(k) = expected.llr_at.iter().position(|at| *at == i + 1) {
            let llr = test.log_likelihood_ratio();
            assert_close!(llr, expected.llr[k].0, tolerance, ABSOLUTE, "{name}: ratio at {}", i + 1);
            checked += 1;
        }
    }
    assert_eq!(checked, expected.llr_at.len(), "{name}");
    let decision = match expected.decision.as_deref() {
        Some("accept_h1") => Decision::AcceptAlternative,
        Some("accept_h0") => Decision::AcceptNull,
        None | Some("continue" | "none") => Decision::Continue,
        Some(other) => panic!("{name}: unknown decision {other}"),
    };
    assert_eq!(test.decision(), decision, "{name}");
    assert_eq!(test.decided_at(), expected.at, "{name}");
}

fn boundary(
    name: &str,
    params: serde_json::Value,
    v: &[Number],
    expected: &BoundaryExpected,
    tolerance: f64,
) {
    fn read<T: serde::de::DeserializeOwned>(name: &str, params: serde_json::Value) -> T {
        serde_json::from_value(params).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
    let which = name.strip_prefix("boundary_").unwrap_or(name);
    let close_rho = |got: f64, rho: Option<f64>| {
        if let Some(rho) = rho {
            assert_close!(got, rho, tolerance, 0.0, "{name}: rho");
        }
    };
    let (line, alpha): (Box<dyn Boundary>, f64) = if which.starts_with("normal_mixture") {
        let p: NormalParams = read(name, params);
        let line = if which.starts_with("normal_mixture_two_sided") {
            NormalMixture::two_sided(p.v_opt, p.alpha_opt)
        } else {
            assert!(which.starts_with("normal_mixture_one_sided"), "unknown boundary {name}");
            NormalMixture::one_sided(p.v_opt, p.alpha_opt)
        }
        .unwrap();
        close_rho(line.rho(), p.rho);
        (Box::new(line), p.alpha)
    } else if which.starts_with("gamma_exponential") {
        let p: GammaParams = read(name, params);
        let line = GammaExponentialMixture::new(p.v_opt, p.alpha_opt, p.c).unwrap();
        close_rho(line.rho(), p.rho);
        (Box::new(line), p.alpha)
    } else if which.starts_with("beta_binomial") {
        let p: BetaParams = read(name, params);
        let line = if p.one_sided {
            BetaBinomialMixture::one_sided(p.v_opt, p.alpha_opt, p.g, p.h)
        } else {
            BetaBinomialMixture::two_sided(p.v_opt, p.alpha_opt, p.g, p.h)
        };
        (Box::new(line.unwrap()), p.alpha)
    } else if which.starts_with("poly_stitching") {
        let p: StitchingParams = read(name, params);
        (Box::new(PolynomialStitching::with_epochs(p.v_min, p.c, p.s, p.eta).unwrap()), p.alpha)
    } else {
        panic!("unknown boundary {name}");
    };
    assert_eq!(v.len(), expected.bound.len(), "{name}");
    for (v, bound) in v.iter().zip(&expected.bound) {
        assert_close!(line.bound(v.0, alpha), bound.0, tolerance, 0.0, "{name}: at {}", v.0);
    }
    // Computed with 50 digits: held to the accuracy of everything here, not to that of the other library's
    // bisection.
    for (v, bound) in v.iter().zip(expected.bound_mpmath_first6.iter().flatten()) {
        assert_close!(line.bound(v.0, alpha), bound.0, 1e-12, 0.0, "{name}: at {}", v.0);
    }
}

fn bounded(name: &str, params: &BoundedParams, x: &[Number], expected: &BoundedExpected, tolerance: f64) {
    let replay = |what: &str, stage: &mut dyn Stage<f64, Output = Interval>, intervals: &[[Number; 2]]| {
        assert_eq!(intervals.len(), expected.at.len(), "{name}");
        let mut checked = 0;
        for (i, x) in x.iter().enumerate() {
            let interval = stage.update(x.0).unwrap();
            let Some(k) = expected.at.iter().position(|at| *at == i + 1) else { continue };
            let [lower, upper] = [intervals[k][0].0, intervals[k][1].0];
            assert_close!(interval.lower(), lower, tolerance, ABSOLUTE, "{name}: {what}, lower at {}", i + 1);
            assert_close!(interval.upper(), upper, tolerance, ABSOLUTE, "{name}: {what}, upper at {}", i + 1);
            checked += 1;
        }
        assert_eq!(checked, expected.at.len(), "{name}");
    };
    let alpha = params.alpha;
    let mut bernstein = BernsteinSequence::with_truncation(alpha, params.truncation_eb).unwrap();
    replay("predictable Bernstein", &mut bernstein, &expected.predmix_empbern);
    let mut hoeffding = HoeffdingSequence::with_truncation(alpha, params.truncation_hoeffding).unwrap();
    replay("predictable Hoeffding", &mut hoeffding, &expected.predmix_hoeffding);
    let mut mixture = MixtureBernsteinSequence::new(alpha, params.conjmix_v_opt).unwrap();
    replay("mixture Bernstein", &mut mixture, &expected.conjmix_empbern);
}

fn asymptotic(name: &str, params: &AsymptoticParams, expected: &AsymptoticExpected, tolerance: f64) {
    let boundary = AsymptoticBoundary::new(params.alpha, params.tuning_n).unwrap();
    let half = boundary.half_width(params.n, params.n_times_variance_of_estimate.sqrt());
    assert_close!(boundary.rho(), expected.rho, tolerance, 0.0, "{name}: rho");
    assert_close!(half, expected.halfwidth, tolerance, 0.0, "{name}: half-width");
    assert_close!(params.point_estimate - half, expected.ci[0], tolerance, ABSOLUTE, "{name}: lower");
    assert_close!(params.point_estimate + half, expected.ci[1], tolerance, ABSOLUTE, "{name}: upper");
}
