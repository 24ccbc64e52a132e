//! Replays of statsmodels' `UnobservedComponents`.

use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::state_space::Component;
use evenkeel_models::state_space::{Structural, StructuralModel};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Number, Unmatched, load, series};
use serde::Deserialize;

const FILE: &str = "kalman.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    statsmodels: Vec<Case>,
    /// Information only: another likelihood.
    #[serde(rename = "R_StructTS")]
    _r: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    model: String,
    param_names: Vec<String>,
    params: Vec<f64>,
    loglik_exact_diffuse: f64,
    nobs_diffuse: usize,
    filtered_state: Vec<Vec<Number>>,
    filtered_state_var: Vec<Vec<Number>>,
    smoothed_state: Vec<Vec<Number>>,
    smoothed_state_var: Vec<Vec<Number>>,
    innovations: Vec<Number>,
    innovation_var: Vec<Number>,
    forecast: Vec<Number>,
    forecast_se: Vec<Number>,
    #[serde(rename = "note", default)]
    _note: Option<String>,
    #[serde(default)]
    mle: Option<Mle>,
    #[serde(rename = "mle_error", default)]
    _error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mle {
    params: Vec<f64>,
    loglik: f64,
}

impl Case {
    fn name(&self) -> String {
        format!("{} {}", self.series, self.model)
    }

    fn free(&self, period: usize) -> Structural {
        match self.model.as_str() {
            "llevel" => Structural::local_level(),
            "lltrend" => Structural::local_linear_trend(),
            "bsm" => Structural::basic(period),
            other => panic!("unknown model {other}"),
        }
    }

    fn component(name: &str) -> Component {
        match name {
            "sigma2.irregular" => Component::Irregular,
            "sigma2.level" => Component::Level,
            "sigma2.trend" => Component::Slope,
            "sigma2.seasonal" => Component::Season,
            other => panic!("unknown parameter {other}"),
        }
    }

    fn given(&self, period: usize) -> Structural {
        assert_eq!(self.params.len(), self.param_names.len());
        let pairs = self.param_names.iter().zip(&self.params);
        pairs.fold(self.free(period), |model, (name, variance)| {
            model.variance(Self::component(name), *variance)
        })
    }
}

#[derive(Deserialize)]
struct Frequency {
    freq: usize,
}

fn cases() -> Vec<(Case, Vec<f64>, usize)> {
    let gaps = Unmatched::of("models", &[FILE]);
    let all: std::collections::BTreeMap<String, Frequency> = load("models", "series.json");
    let mut found = Vec::new();
    for case in load::<File>("models", FILE).statsmodels {
        if let Some(reason) = gaps.reason(FILE, &case.name()) {
            println!("{}: not matched: {reason}", case.name());
            continue;
        }
        match series(&case.series) {
            Some(y) => {
                let period = all[&case.series].freq;
                found.push((case, y, period));
            }
            None => println!("{}: without its series", case.name()),
        }
    }
    gaps.finish();
    assert!(!found.is_empty());
    found
}

/// The worst relative difference to what is not missing.
fn compare(what: &str, ours: &[f64], theirs: &[f64], scale: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let mut compared = 0;
    for (t, (a, b)) in ours.iter().zip(theirs).enumerate() {
        if b.is_nan() {
            continue;
        }
        compared += 1;
        assert_close!(*a, *b, 1e-8, 1e-8 * scale, "{what} at {t}");
    }
    assert!(compared > 0, "{what}");
}

#[test]
fn filter_and_smoother_at_given_parameters() {
    for (case, y, period) in cases() {
        let name = case.name();
        let model: StructuralModel = case.given(period).fit(&y).unwrap();
        let center = model.center();
        let centered: Vec<f64> = y.iter().map(|x| x - center).collect();
        let matrices = model.state_space();
        let (filtered, smoothed) = (matrices.filter(&centered).unwrap(), matrices.smooth(&centered).unwrap());

        let log = case.loglik_exact_diffuse;
        assert_close!(model.report().criteria().log_likelihood(), log, 1e-9, 0.0, "{name}: log-likelihood");
        assert_close!(filtered.log_likelihood(), log, 1e-9, 0.0, "{name}: of the filter");
        assert_close!(smoothed.log_likelihood(), log, 1e-9, 0.0, "{name}: of the smoother");
        assert_close!(matrices.log_likelihood(&centered).unwrap(), log, 1e-9, 0.0, "{name}: alone");
        assert_eq!(filtered.diffuse(), case.nobs_diffuse, "{name}");

        let m = model.states();
        let scale = y.iter().filter(|x| !x.is_nan()).fold(0.0_f64, |most, x| most.max(x.abs()));
        let times = y.len();
        let numbers = |row: &[Number]| row.iter().map(|x| x.0).collect::<Vec<_>>();
        // The level is about the center; while nothing is known, statsmodels has it about 0.
        for (i, rows) in case.filtered_state.iter().enumerate() {
            let known = |t: usize| filtered.unknown(t) == Some(0);
            let theirs: Vec<f64> = numbers(rows);
            let ours: Vec<f64> = (0..times)
                .map(|t| {
                    let own = filtered.state(t).unwrap()[i] + if i == 0 { center } else { 0.0 };
                    if known(t) { own } else { theirs[t] }
                })
                .collect();
            compare(&format!("{name}: filtered state {i}"), &ours, &theirs, scale);
        }
        for (i, rows) in case.filtered_state_var.iter().enumerate() {
            let ours: Vec<f64> = (0..times).map(|t| filtered.covariance(t).unwrap()[i * m + i]).collect();
            compare(&format!("{name}: filtered variance {i}"), &ours, &numbers(rows), 1e-3);
        }
        for (i, rows) in case.smoothed_state.iter().enumerate() {
            let ours: Vec<f64> = (0..times)
                .map(|t| smoothed.state(t).unwrap()[i] + if i == 0 { center } else { 0.0 })
                .collect();
            compare(&format!("{name}: smoothed state {i}"), &ours, &numbers(rows), scale);
        }
        for (i, rows) in case.smoothed_state_var.iter().enumerate() {
            let ours: Vec<f64> = (0..times).map(|t| smoothed.covariance(t).unwrap()[i * m + i]).collect();
            compare(&format!("{name}: smoothed variance {i}"), &ours, &numbers(rows), 1e-3);
        }

        let (theirs, variances) = (numbers(&case.innovations), numbers(&case.innovation_var));
        assert_eq!(theirs.len(), times, "{name}");
        let mut compared = 0;
        // As they are in steps that are spent on the start: from a level of 0, in a filter that has it so.
        let uncentered = matrices.filter(&y).unwrap();
        for t in 0..times {
            let ours = match (filtered.innovation(t, 0), uncentered.diffuse_innovation(t, 0)) {
                (Some(known), None) => known,
                (None, Some((innovation, variance, _))) => (innovation, variance),
                (None, None) => {
                    assert!(y[t].is_nan(), "{name} at {t}");
                    continue;
                }
                both => panic!("{name} at {t}: {both:?}"),
            };
            assert_close!(ours.0, theirs[t], 1e-8, 1e-9 * scale, "{name}: innovation {t}");
            assert_close!(ours.1, variances[t], 1e-8, 0.0, "{name}: innovation variance {t}");
            compared += 1;
        }
        assert_eq!(compared, filtered.observed(), "{name}");

        let mut out = vec![Prediction::default(); case.forecast.len()];
        assert!(model.forecast_into(&mut out));
        for (h, p) in out.iter().enumerate() {
            assert_close!(p.mean(), case.forecast[h].0, 1e-9, 1e-9, "{name}: forecast {h}");
            assert_close!(p.sd(), case.forecast_se[h].0, 1e-9, 0.0, "{name}: its standard error {h}");
        }
    }
}

#[test]
fn maximum_likelihood() {
    for (case, y, period) in cases() {
        let Some(mle) = &case.mle else { continue };
        let name = case.name();
        let started = std::time::Instant::now();
        let model = case.free(period).fit(&y).unwrap();
        let time = started.elapsed();
        let report = model.report();
        let gain = report.criteria().log_likelihood() - mle.loglik;
        println!(
            "{name}: {gain:+.2e}, {:?}, {} iterations, {} evaluations, {time:?}",
            report.termination(),
            report.iterations(),
            report.evaluations()
        );
        assert!(gain > -1e-6, "{name}: {gain}");
        assert!(report.converged(), "{name}");
        for (parameter, theirs) in case.param_names.iter().zip(&mle.params) {
            let component = Case::component(parameter);
            let ours = model.variance(component).unwrap();
            let error = model.standard_error(component);
            println!("    {parameter} {ours:.6} ± {error:?}, statsmodels {theirs:.6}");
            // Where the optimum is the same and well determined.
            if let Some(error) = error.filter(|_| gain < 1e-6) {
                assert!((ours - theirs).abs() < 0.02 * error, "{name}: {parameter} {ours} {theirs}");
            }
        }
    }
}
