//! `remedy/bandits.json`: every case, whatever its name, number and order.

use evenkeel_stats::bandit::{BetaThompson, LinUcb, kl_ucb, ucb1};
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
    LinucbDisjoint {
        name: String,
        params: LinUcbParams,
        contexts: Vec<Vec<f64>>,
        reward_of_each_arm: Vec<Vec<f64>>,
        expected: LinUcbExpected,
        rel_tol: Option<f64>,
    },
    ThompsonBeta {
        name: String,
        posterior_alpha_beta: Vec<(f64, f64)>,
        expected: ThompsonExpected,
        rel_tol: Option<f64>,
    },
    Ucb {
        name: String,
        pulls: Vec<u64>,
        successes: Vec<u64>,
        expected: UcbExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinUcbParams {
    dim: usize,
    arms: usize,
    alpha: f64,
    ridge: f64,
    tie: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinUcbExpected {
    chosen: Vec<usize>,
    ucb: Vec<Vec<f64>>,
    theta_final: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThompsonExpected {
    p_best: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UcbExpected {
    ucb1: Vec<Number>,
    kl_ucb_log_t: Vec<Number>,
}

#[test]
fn bandits_are_reproduced() {
    let file: File = load("remedy", "bandits.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::LinucbDisjoint { name, params, contexts, reward_of_each_arm, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                assert_eq!(params.tie, "lowest index", "{name}");
                let mut bandit =
                    LinUcb::with_ridge(params.arms, params.dim, params.alpha, params.ridge).unwrap();
                assert_eq!(contexts.len(), expected.chosen.len(), "{name}");
                assert_eq!(contexts.len(), expected.ucb.len(), "{name}");
                for (i, context) in contexts.iter().enumerate() {
                    let bounds = bandit.bounds(context).unwrap();
                    assert_eq!(bounds.len(), expected.ucb[i].len(), "{name}");
                    for (found, expected) in bounds.iter().zip(&expected.ucb[i]) {
                        assert_close!(*found, *expected, tolerance, tolerance, "{name}, round {i}");
                    }
                    let chosen = expected.chosen[i];
                    assert_eq!(bandit.choose(context), Some(chosen), "{name}, round {i}");
                    assert!(bandit.learn(chosen, context, reward_of_each_arm[i][chosen]));
                }
                for (arm, expected) in expected.theta_final.iter().enumerate() {
                    for (found, expected) in bandit.weights(arm).unwrap().iter().zip(expected) {
                        assert_close!(*found, *expected, tolerance, tolerance, "{name}, arm {arm}");
                    }
                }
            }
            Case::ThompsonBeta { name, posterior_alpha_beta, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let bandit = BetaThompson::with_priors(&posterior_alpha_beta, 0).unwrap();
                let best = bandit.probability_best();
                assert_eq!(best.len(), expected.p_best.len(), "{name}");
                for (arm, best) in best.into_iter().enumerate() {
                    let (mean, variance) = bandit.moments(arm).unwrap();
                    assert_close!(best, expected.p_best[arm], tolerance, 0.0, "{name}, arm {arm}");
                    assert_close!(mean, expected.mean[arm], tolerance, 0.0, "{name}, arm {arm}");
                    assert_close!(variance, expected.variance[arm], tolerance, 0.0, "{name}, arm {arm}");
                }
            }
            Case::Ucb { name, pulls, successes, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let all = pulls.iter().sum();
                for arm in 0..pulls.len() {
                    let mean = successes[arm] as f64 / pulls[arm] as f64;
                    let bound = ucb1(pulls[arm], mean, all).unwrap();
                    assert_close!(bound, expected.ucb1[arm].0, tolerance, 0.0, "{name}, arm {arm}");
                    let bound = kl_ucb(pulls[arm], mean, all).unwrap();
                    assert_close!(bound, expected.kl_ucb_log_t[arm].0, tolerance, 0.0, "{name}, arm {arm}");
                }
            }
        }
    }
}
