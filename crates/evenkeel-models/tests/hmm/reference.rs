//! Replays of `hmm.json`: plain log-space recursions in Python, and hmmlearn 0.3.3 without priors.

use evenkeel_core::{Error, Fit};
use evenkeel_models::hmm::{Categorical, Covariance, Emission, Gaussian, Poisson};
use evenkeel_models::{Hmm, HmmModel};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::load;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    kind: String,
    #[serde(rename = "K")]
    k: usize,
    #[serde(rename = "D")]
    d: usize,
    #[serde(rename = "T")]
    t: usize,
    #[serde(rename = "X")]
    x: Vec<Vec<f64>>,
    params: Parameters,
    loglik: f64,
    viterbi_loglik: f64,
    viterbi: Vec<usize>,
    posterior_first20: Vec<Vec<f64>>,
    posterior_sum: Vec<f64>,
    xi_sum: Vec<Vec<f64>>,
    hmmlearn: Hmmlearn,
    em_start: Parameters,
    em: Vec<Em>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hmmlearn {
    score: f64,
    viterbi_loglik: f64,
    viterbi_equal: bool,
    posterior_maxdiff: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    startprob: Vec<f64>,
    transmat: Vec<Vec<f64>>,
    #[serde(default)]
    means: Option<Vec<Vec<f64>>>,
    #[serde(default)]
    covars: Option<Value>,
    #[serde(default)]
    emissionprob: Option<Vec<Vec<f64>>>,
    #[serde(default)]
    lambdas: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Em {
    n_iter: usize,
    history: Vec<f64>,
    loglik_after: f64,
    startprob: Vec<f64>,
    transmat: Vec<Vec<f64>>,
    #[serde(default)]
    means: Option<Vec<Vec<f64>>>,
    #[serde(default)]
    covars: Option<Value>,
    #[serde(default)]
    emissionprob: Option<Vec<Vec<f64>>>,
    #[serde(default)]
    lambdas: Option<Vec<Vec<f64>>>,
}

fn flat(value: &Value, out: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flat(item, out)),
        number => out.push(number.as_f64().unwrap()),
    }
}

fn flattened(value: &Value) -> Vec<f64> {
    let mut out = Vec::new();
    flat(value, &mut out);
    out
}

/// The largest distance, in units of what is allowed.
#[derive(Default)]
struct Margin(f64);

impl Margin {
    fn compare(&mut self, actual: f64, expected: f64, rel: f64, abs: f64, what: &str) {
        assert_close!(actual, expected, rel, abs, "{what}");
        let allowed = (rel * expected.abs()).max(abs);
        self.0 = self.0.max((actual - expected).abs() / allowed);
    }
}

/// How an emission is compared with the numbers of a fitted one.
trait Compared: Emission {
    fn compare(&self, em: &Em, margin: &mut Margin, what: &str);
}

impl Compared for Gaussian {
    fn compare(&self, em: &Em, margin: &mut Margin, what: &str) {
        let (means, covars) = (em.means.as_ref().unwrap(), flattened(em.covars.as_ref().unwrap()));
        let d = self.dimension();
        assert_eq!(covars.len(), self.states() * d * d, "{what}");
        for (k, means) in means.iter().enumerate() {
            for i in 0..d {
                margin.compare(self.means(k)[i], means[i], 1e-7, 1e-9, &format!("{what}: mean"));
                for j in 0..d {
                    let theirs = covars[(k * d + i) * d + j];
                    let what = format!("{what}: covariance");
                    margin.compare(self.covariance(k, i, j), theirs, 1e-7, 1e-9, &what);
                }
            }
        }
    }
}

impl Compared for Categorical {
    fn compare(&self, em: &Em, margin: &mut Margin, what: &str) {
        for (k, row) in em.emissionprob.as_ref().unwrap().iter().enumerate() {
            assert_eq!(row.len(), self.categories());
            for (c, p) in row.iter().enumerate() {
                margin.compare(self.probability(k, c), *p, 1e-7, 1e-9, &format!("{what}: emission"));
            }
        }
    }
}

impl Compared for Poisson {
    fn compare(&self, em: &Em, margin: &mut Margin, what: &str) {
        for (k, row) in em.lambdas.as_ref().unwrap().iter().enumerate() {
            for (d, rate) in row.iter().enumerate() {
                margin.compare(self.rate(k, d), *rate, 1e-7, 1e-9, &format!("{what}: rate"));
            }
        }
    }
}

fn gaussian(p: &Parameters, d: usize, covariance: Covariance) -> Result<Gaussian, Error> {
    let covars = flattened(p.covars.as_ref().unwrap());
    Gaussian::from_parameters(d, covariance, p.means.as_ref().unwrap().concat(), covars)
}

fn replay<E: Compared>(case: &Case, emission: impl Fn(&Parameters) -> Result<E, Error>) {
    let Case { kind, k, d, .. } = case;
    let name = format!("{kind} K={k} D={d} T={}", case.t);
    assert_eq!(case.x.len(), case.t);
    let x = case.x.concat();
    let model = |p: &Parameters| {
        HmmModel::from_parameters(p.startprob.clone(), p.transmat.concat(), emission(p).unwrap()).unwrap()
    };
    let given = model(&case.params);
    let mut margin = Margin::default();

    let log_likelihood = given.log_likelihood(&x).unwrap();
    margin.compare(log_likelihood, case.loglik, 1e-10, 0.0, &format!("{name}: loglik"));
    margin.compare(log_likelihood, case.hmmlearn.score, 1e-10, 0.0, &format!("{name}: score"));
    let smoothed = given.smooth(&x).unwrap();
    margin.compare(smoothed.log_likelihood(), case.loglik, 1e-10, 0.0, &format!("{name}: smooth"));
    let (path, score) = given.decode(&x).unwrap();
    margin.compare(score, case.viterbi_loglik, 1e-10, 0.0, &format!("{name}: viterbi"));
    margin.compare(score, case.hmmlearn.viterbi_loglik, 1e-10, 0.0, &format!("{name}: viterbi"));
    assert_eq!(path, case.viterbi, "{name}");
    assert!(case.hmmlearn.viterbi_equal && case.hmmlearn.posterior_maxdiff < 1e-9, "{name}");
    for (t, theirs) in case.posterior_first20.iter().enumerate() {
        for (ours, theirs) in smoothed.probabilities(t).iter().zip(theirs) {
            margin.compare(*ours, *theirs, 1e-9, 1e-10, &format!("{name}: posterior {t}"));
        }
    }
    for j in 0..*k {
        let sum: f64 = (0..case.t).map(|t| smoothed.probabilities(t)[j]).sum();
        margin.compare(sum, case.posterior_sum[j], 1e-9, 1e-9, &format!("{name}: posterior sum"));
        for i in 0..*k {
            let xi = smoothed.expected_transitions(i, j);
            margin.compare(xi, case.xi_sum[i][j], 1e-9, 1e-9, &format!("{name}: xi sum"));
        }
    }

    let start = model(&case.em_start);
    let after =
        |iterations: usize| Hmm::from_model(&start).iterations(iterations).tolerance(0.0).fit(&x).unwrap();
    for em in &case.em {
        assert_eq!(em.history.len(), em.n_iter, "{name}");
        for (n, theirs) in em.history.iter().enumerate() {
            let ours = after(n).report().criteria().log_likelihood();
            margin.compare(ours, *theirs, 1e-9, 0.0, &format!("{name}: history {n}"));
        }
        let fitted = after(em.n_iter);
        let what = format!("{name}: EM {}", em.n_iter);
        let ours = fitted.report().criteria().log_likelihood();
        margin.compare(ours, em.loglik_after, 1e-9, 0.0, &what);
        for i in 0..*k {
            margin.compare(fitted.initial()[i], em.startprob[i], 1e-6, 1e-8, &format!("{what}: initial"));
            for j in 0..*k {
                let ours = fitted.transition(i, j);
                margin.compare(ours, em.transmat[i][j], 1e-6, 1e-8, &format!("{what}: transition"));
            }
        }
        fitted.emission().compare(em, &mut margin, &what);
    }
    println!("{name}: largest distance {:.2e} of what is allowed", margin.0);
}

#[test]
fn hmm() {
    let cases: Vec<Case> = load("models", "hmm.json");
    assert!(!cases.is_empty());
    for case in &cases {
        let d = case.d;
        match case.kind.as_str() {
            "gauss_full" => replay(case, |p| gaussian(p, d, Covariance::Full)),
            "gauss_diag" => replay(case, |p| gaussian(p, d, Covariance::Diagonal)),
            "categorical" => replay(case, |p| {
                Categorical::from_probabilities(d, p.emissionprob.as_ref().unwrap().concat())
            }),
            "poisson" => replay(case, |p| Poisson::from_rates(d, p.lambdas.as_ref().unwrap().concat())),
            other => panic!("unknown kind {other}"),
        }
    }
}
