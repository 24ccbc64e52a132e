//! Replays of `reference/detect`.

use evenkeel_core::{Direction, Score, Stage};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::calibrate::{Bet, Conformal, Martingale, ParetoFit};
use evenkeel_detect::change::{Bocpd, NormalGamma};
use evenkeel_detect::chart::{EwmaChart, PageHinkley};
use evenkeel_detect::{Cusum, Dspot, Spot};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{self, Number, load, values};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Charts {
    #[serde(rename = "versions")]
    _versions: Value,
    input: Vec<f64>,
    mu: f64,
    sigma: f64,
    ewma: EwmaCase,
    cusum: CusumCase,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EwmaCase {
    lam: f64,
    #[serde(rename = "L")]
    limit: f64,
    z: Vec<f64>,
    half_width: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CusumCase {
    k: f64,
    h: f64,
    upper: Vec<f64>,
    lower: Vec<f64>,
    first_upper: i64,
}

#[test]
fn control_charts() {
    let case: Charts = load("detect", "control_charts.json");
    let n = case.input.len();
    assert!(
        n > 0
            && [&case.ewma.z, &case.ewma.half_width, &case.cusum.upper, &case.cusum.lower]
                .iter()
                .all(|v| v.len() == n)
    );

    let mut chart = EwmaChart::builder(case.mu, case.sigma).lambda(case.ewma.lam).build().unwrap();
    for i in 0..n {
        let score = chart.update(case.input[i]).unwrap();
        assert_close!(chart.statistic(), case.ewma.z[i], 1e-9, 1e-9);
        assert_close!(case.ewma.limit * chart.standard_error(), case.ewma.half_width[i], 1e-9, 1e-9);
        let outside = (case.ewma.z[i] - case.mu).abs() / case.ewma.half_width[i];
        assert_close!(score.value() / case.ewma.limit, outside, 1e-8, 1e-8);
    }

    let mut chart = Cusum::builder(case.mu, case.sigma).allowance(case.cusum.k).build().unwrap();
    let mut first = -1;
    for i in 0..n {
        let score = chart.update(case.input[i]).unwrap();
        assert_close!(chart.upper(), case.cusum.upper[i], 1e-9, 1e-9);
        assert_close!(chart.lower(), case.cusum.lower[i], 1e-9, 1e-9);
        assert_eq!(score.value(), chart.upper().max(chart.lower()));
        if first < 0 && chart.upper() > case.cusum.h {
            first = i as i64;
        }
    }
    assert_eq!(first, case.cusum.first_upper);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fits {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note")]
    _note: Value,
    cases: Vec<FitCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FitCase {
    excesses: Vec<f64>,
    #[serde(rename = "true")]
    _generating: Value,
    gamma: f64,
    sigma: f64,
    loglik: f64,
}

#[test]
fn generalized_pareto() {
    let fits: Fits = load("detect", "gpd_mle.json");
    assert!(!fits.cases.is_empty());
    for (i, case) in fits.cases.iter().enumerate() {
        let fit = ParetoFit::new(&case.excesses).unwrap();
        // The likelihood is what is maximized: ours may be better, never worse.
        assert!(
            fit.log_likelihood() >= case.loglik - 1e-7,
            "case {i}: log-likelihood {} where {} is known",
            fit.log_likelihood(),
            case.loglik
        );
        assert_close!(fit.log_likelihood(), case.loglik, 1e-5, 1e-5);
        assert_close!(fit.shape(), case.gamma, 1e-5, 1e-5);
        assert_close!(fit.scale(), case.sigma, 1e-5, 1e-5);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotFile {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note")]
    _note: Value,
    q: f64,
    level: f64,
    init: Vec<f64>,
    data: Vec<f64>,
    spot: SpotCase,
    dspot_init: Vec<f64>,
    dspot_data: Vec<f64>,
    dspot: DspotCase,
    #[serde(rename = "authors_thresholds")]
    _a: Value,
    #[serde(rename = "authors_alarms")]
    _b: Value,
    #[serde(rename = "authors_dspot_thresholds")]
    _c: Value,
    #[serde(rename = "authors_dspot_alarms")]
    _d: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotCase {
    t: f64,
    thresholds: Vec<f64>,
    alarms: Vec<usize>,
    final_gamma: f64,
    final_sigma: f64,
    peaks: u64,
    n: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DspotCase {
    depth: usize,
    t: f64,
    thresholds: Vec<f64>,
    alarms: Vec<usize>,
    final_gamma: f64,
    final_sigma: f64,
    peaks: u64,
    n: u64,
}

fn final_state(spot: &Spot, (t, gamma, sigma): (f64, f64, f64), (peaks, n): (u64, u64)) {
    let (shape, scale) = spot.shape_and_scale().unwrap();
    assert_close!(spot.peak_threshold().unwrap(), t, 1e-9, 1e-9);
    assert_close!(shape, gamma, 1e-5, 1e-5);
    assert_close!(scale, sigma, 1e-5, 1e-5);
    assert_eq!((spot.peaks(), spot.learned()), (peaks, n));
}

#[test]
fn spot_and_dspot() {
    let file: SpotFile = load("detect", "spot.json");
    let peaks = file.init.len() + file.data.len();

    // SPOT looks at the values themselves; a mirrored one at their negatives.
    for mirrored in [false, true] {
        let tails = if mirrored { evenkeel_detect::Tails::Lower } else { evenkeel_detect::Tails::Upper };
        let sign = if mirrored { -1.0 } else { 1.0 };
        let builder = Spot::builder(file.q)
            .plug_in()
            .learn_alarms(0.0)
            .level(file.level)
            .calibration(file.init.len())
            .max_peaks(peaks)
            .tails(tails);
        let mut line = ValueAsScore.then(builder.build().unwrap());
        for x in &file.init {
            assert!(line.update(sign * x).is_none());
        }
        let mut alarms = Vec::new();
        for (i, x) in file.data.iter().enumerate() {
            assert_close!(sign * line.second().threshold().unwrap(), file.spot.thresholds[i], 1e-5, 1e-9);
            if line.update(sign * x).unwrap().p() < file.q {
                alarms.push(i);
            }
        }
        assert_eq!(alarms, file.spot.alarms);
        let fitted = (file.spot.t, file.spot.final_gamma, file.spot.final_sigma);
        final_state(line.second(), fitted, (file.spot.peaks, file.spot.n));
        assert!(line.second().is_exact());
    }

    let depth = file.dspot.depth;
    let calibration = file.dspot_init.len() - depth;
    let builder = Dspot::builder(file.q)
        .plug_in()
        .learn_alarms(0.0)
        .level(file.level)
        .depth(depth)
        .calibration(calibration)
        .max_peaks(peaks);
    let mut dspot = builder.build().unwrap();
    for x in &file.dspot_init {
        assert!(dspot.update(*x).is_none());
    }
    let mut alarms = Vec::new();
    for (i, x) in file.dspot_data.iter().enumerate() {
        assert_close!(dspot.threshold().unwrap(), file.dspot.thresholds[i], 1e-5, 1e-9);
        if dspot.update(*x).unwrap().p() < file.q {
            alarms.push(i);
        }
    }
    assert_eq!(alarms, file.dspot.alarms);
    let fitted = (file.dspot.t, file.dspot.final_gamma, file.dspot.final_sigma);
    final_state(dspot.spot(), fitted, (file.dspot.peaks, file.dspot.n));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageHinkleyFile {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "defaults")]
    _defaults: Value,
    input: Vec<f64>,
    runs: Vec<PageHinkleyRun>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageHinkleyRun {
    params: PageHinkleyParams,
    drift_at: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageHinkleyParams {
    min_instances: Option<u64>,
    delta: Option<f64>,
    threshold: Option<f64>,
    alpha: Option<f64>,
    mode: Option<String>,
}

#[test]
fn page_hinkley() {
    let file: PageHinkleyFile = load("detect", "page_hinkley.json");
    assert!(!file.runs.is_empty());
    for run in file.runs {
        let p = run.params;
        let threshold = p.threshold.unwrap_or(50.0);
        let build = || {
            let builder = PageHinkley::builder().min_values(p.min_instances.unwrap_or(30));
            builder.delta(p.delta.unwrap_or(0.005)).alpha(p.alpha.unwrap_or(1.0 - 1e-4)).build().unwrap()
        };
        // The modes of one side watch that side alone, so the restart is done here.
        let mut test = build();
        let mut drifts = Vec::new();
        for (i, x) in file.input.iter().enumerate() {
            let score = test.update(*x);
            let (up, down) = (test.upper() > threshold, test.lower() > threshold);
            let over = match p.mode.as_deref().unwrap_or("both") {
                "up" => up,
                "down" => down,
                "both" => up || down,
                other => panic!("unknown mode {other}"),
            };
            if let Some(score) = score {
                assert_eq!(score.value() > threshold, up || down);
                if over {
                    drifts.push(i);
                    test = build();
                }
            }
        }
        assert_eq!(drifts, run.drift_at);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConformalFile {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note")]
    _note: Value,
    score: Vec<f64>,
    u: Vec<f64>,
    p: Vec<f64>,
    log_power_martingale: Vec<f64>,
    log_mixture_martingale: Vec<f64>,
    cusum: Vec<f64>,
}

#[test]
fn conformal_martingale() {
    let file: ConformalFile = load("detect", "conformal_martingale.json");
    assert!(!file.score.is_empty());
    let mut conformal = Conformal::builder(0.5).window(file.score.len().max(2)).build().unwrap();
    let power = Bet::Power(0.6);
    let mut martingales = [
        Martingale::builder(power).build().unwrap(),
        Martingale::builder(Bet::Mixture).build().unwrap(),
        Martingale::builder(power).restarting().build().unwrap(),
    ];
    for i in 0..file.score.len() {
        let score = Score::new(file.score[i], Direction::Either).unwrap();
        let calibrated = conformal.update_with(score, file.u[i]);
        assert_close!(calibrated.p().max(1e-12), file.p[i], 1e-9, 1e-9);
        let [whole, mixture, cusum] = martingales.each_mut().map(|m| m.update(calibrated).unwrap().value());
        assert_close!(whole, file.log_power_martingale[i], 1e-9, 1e-9);
        assert_close!(mixture, file.log_mixture_martingale[i], 1e-6, 1e-6);
        assert_close!(cusum, file.cusum[i], 1e-9, 1e-9);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prior {
    mu0: f64,
    kappa0: f64,
    alpha0: f64,
    beta0: f64,
}

impl Prior {
    fn exactly(&self, run_length: f64, values: usize) -> Bocpd<NormalGamma> {
        let distribution = NormalGamma::new(self.mu0, self.kappa0, self.alpha0, self.beta0);
        Bocpd::builder(distribution, run_length).truncation(0.0).max_runs(values + 2).build().unwrap()
    }
}

/// The probabilities of run lengths 0, 1, 2...
fn by_run_length(bocpd: &Bocpd<NormalGamma>) -> Vec<f64> {
    let mut posterior: Vec<(u64, f64)> = bocpd.run_length().collect();
    posterior.reverse();
    assert!(posterior.iter().zip(0..).all(|((run, _), i)| *run == i), "a run length is missing");
    posterior.into_iter().map(|(_, p)| p).collect()
}

/// A run length is the most probable one if none is more probable by more than rounding.
fn is_most_probable(bocpd: &Bocpd<NormalGamma>, run: u64) -> bool {
    let probability = |of: u64| bocpd.run_length().find(|(run, _)| *run == of).map_or(0.0, |(_, p)| p);
    (probability(run) - probability(bocpd.most_probable_run())).abs() < 1e-9
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunLengths {
    #[serde(rename = "versions")]
    _versions: Value,
    #[serde(rename = "note")]
    _note: Value,
    hazard_lambda: f64,
    prior: Prior,
    input: Vec<f64>,
    map_run_length: Vec<u64>,
    log_evidence: Vec<f64>,
    posterior: BTreeMap<usize, Vec<f64>>,
}

#[test]
fn bocpd() {
    let case: RunLengths = load("detect", "bocpd.json");
    let n = case.input.len();
    assert!(n > 0 && case.map_run_length.len() == n && case.log_evidence.len() == n);
    assert!(!case.posterior.is_empty() && case.posterior.keys().all(|t| *t < n));
    let mut bocpd = case.prior.exactly(case.hazard_lambda, n);
    for t in 0..n {
        bocpd.update(case.input[t]);
        assert_close!(bocpd.log_evidence(), case.log_evidence[t], 1e-9, 1e-9);
        assert!(is_most_probable(&bocpd, case.map_run_length[t]), "value {t}");
        if let Some(expected) = case.posterior.get(&t) {
            let posterior = by_run_length(&bocpd);
            assert_eq!(posterior.len(), expected.len());
            for (p, expected) in posterior.iter().zip(expected) {
                assert_close!(*p, *expected, 1e-9, 1e-9);
            }
        }
    }
    assert!(bocpd.is_exact());
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangePoints {
    signals: BTreeMap<String, Vec<Number>>,
    #[serde(default)]
    bocpd: Vec<RunLengthRows>,
    #[serde(rename = "pelt", default)]
    _pelt: Value,
    #[serde(rename = "dynp", default)]
    _dynp: Value,
    #[serde(rename = "binseg", default)]
    _binseg: Value,
    #[serde(rename = "window", default)]
    _window: Value,
    #[serde(rename = "kernel_rbf", default)]
    _kernel: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunLengthRows {
    signal: String,
    hazard: f64,
    prior: Prior,
    log_evidence: f64,
    map_runlength: Vec<u64>,
    expected_runlength: Vec<f64>,
    #[serde(rename = "p_r0_note", default)]
    _note: Value,
    /// The first sixty probabilities after some of the values.
    rows: BTreeMap<usize, Vec<f64>>,
}

#[test]
fn bocpd_of_whole_signals() {
    let file: ChangePoints = load("models", "changepoint.json");
    for case in &file.bocpd {
        let name = &case.signal;
        let signal = reference::series(name).unwrap_or_else(|| values(&file.signals[name]));
        assert!(case.map_runlength.len() == signal.len() && case.expected_runlength.len() == signal.len());
        let mut bocpd = case.prior.exactly(1.0 / case.hazard, signal.len());
        let mut evidence = 0.0;
        for (t, x) in signal.iter().enumerate() {
            bocpd.update(*x);
            evidence += bocpd.log_evidence();
            assert!(is_most_probable(&bocpd, case.map_runlength[t]), "{name}, value {t}");
            let mean: f64 = bocpd.run_length().map(|(run, p)| run as f64 * p).sum();
            assert_close!(mean, case.expected_runlength[t], 1e-8, 1e-9);
            let Some(row) = case.rows.get(&t) else { continue };
            let posterior = by_run_length(&bocpd);
            assert!(row.len() <= posterior.len());
            for (p, expected) in posterior.iter().zip(row) {
                assert_close!(*p, *expected, 1e-8, 1e-9);
            }
        }
        assert_close!(evidence, case.log_evidence, 1e-9, 1e-9);
    }
}
