//! `remedy/srm_apdex.json`: every case, whatever its name, number and order.

use super::Meta;
use core::time::Duration;
use evenkeel_core::Stage;
use evenkeel_experience::experiment::{SampleRatio, SequentialSampleRatio};
use evenkeel_experience::slo::Apdex;
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
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Srm {
        name: String,
        observed: Vec<u64>,
        weights: Vec<f64>,
        expected: SrmExpected,
        rel_tol: Option<f64>,
    },
    Apdex {
        name: String,
        params: ApdexParams,
        seconds: Vec<f64>,
        error: Vec<bool>,
        expected: ApdexExpected,
        rel_tol: Option<f64>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SrmExpected {
    chi2: f64,
    df: f64,
    p: f64,
    dirichlet_k: f64,
    log_bayes_factor: f64,
    sequential_p_bound: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApdexParams {
    #[serde(rename = "T")]
    target: f64,
    #[serde(rename = "F")]
    frustrated: f64,
    errors_are_frustrated: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApdexExpected {
    satisfied: u64,
    tolerating: u64,
    frustrated: u64,
    apdex: f64,
}

#[test]
fn ratios_and_indices_are_reproduced() {
    let file: File = load("remedy", "srm_apdex.json");
    assert!(!file.cases.is_empty());
    for case in file.cases {
        match case {
            Case::Srm { name, observed, weights, expected, rel_tol } => {
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                let batch = SampleRatio::new(&observed, &weights).unwrap();
                let mut sequential =
                    SequentialSampleRatio::with_concentration(&weights, expected.dirichlet_k).unwrap();
                let evidence = sequential.update_counts(&observed).unwrap();
                for (what, found, expected) in [
                    ("statistic", batch.statistic(), expected.chi2),
                    ("dof", batch.dof(), expected.df),
                    ("p", batch.p(), expected.p),
                    ("Bayes factor", evidence.log_bayes_factor, expected.log_bayes_factor),
                    ("sequential p", evidence.p, expected.sequential_p_bound),
                ] {
                    assert_close!(found, expected, tolerance, 1e-15, "{name}: {what}");
                }
            }
            Case::Apdex { name, params, seconds, error, expected, rel_tol } => {
                assert!(params.errors_are_frustrated, "{name}");
                assert_close!(params.frustrated, 4.0 * params.target, 1e-12, 0.0, "{name}");
                assert_eq!(seconds.len(), error.len(), "{name}");
                let mut apdex = Apdex::new(Duration::from_secs_f64(params.target)).unwrap();
                for (seconds, error) in seconds.iter().zip(error) {
                    apdex.update((!error).then(|| Duration::from_secs_f64(*seconds)));
                }
                assert_eq!(apdex.satisfied(), expected.satisfied, "{name}");
                assert_eq!(apdex.tolerating(), expected.tolerating, "{name}");
                assert_eq!(apdex.frustrated(), expected.frustrated, "{name}");
                let tolerance = rel_tol.unwrap_or(file.meta.default_rel_tol);
                assert_close!(apdex.index().unwrap(), expected.apdex, tolerance, 0.0, "{name}");
            }
        }
    }
}
