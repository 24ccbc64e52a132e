//! Replays of R's `ets`.

use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::AutoEts;
use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsParameters, EtsSeason, EtsTrend};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{Unmatched, load, series};
use serde::Deserialize;

const FILE: &str = "ets.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    request: Request,
    freq: usize,
    fitted_model: Fitted,
    params: Parameters,
    init_state: Vec<f64>,
    #[serde(rename = "init_state_order", default)]
    _order: Option<String>,
    #[serde(rename = "R")]
    r: OfR,
    check: Check,
    #[serde(rename = "R_fitted_maxdiff", default)]
    _maxdiff: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(rename = "series")]
    _series: String,
    model: String,
    #[serde(default)]
    damped: Option<bool>,
    #[serde(default)]
    freq: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fitted {
    error: String,
    trend: String,
    season: String,
    damped: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    alpha: f64,
    #[serde(default)]
    beta: Option<f64>,
    #[serde(default)]
    gamma: Option<f64>,
    #[serde(default)]
    phi: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfR {
    loglik: f64,
    aicc: f64,
    #[serde(rename = "mse", default)]
    _mse: Option<f64>,
    last_state: Vec<f64>,
    #[serde(rename = "state_names", default)]
    _names: Option<String>,
    forecast: Vec<f64>,
    lo95: Vec<f64>,
    hi95: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    #[serde(rename = "loglik_R_convention")]
    convention: f64,
    loglik_full_gaussian: f64,
    sse: f64,
    fitted_first: Vec<f64>,
    fitted_last: Vec<f64>,
    last_level: Vec<f64>,
}

impl Case {
    fn name(&self) -> String {
        let damped = if self.request.damped == Some(true) { " damped" } else { "" };
        format!("{} {}{damped}", self.series, self.request.model)
    }

    fn form(&self) -> EtsForm {
        let fitted = &self.fitted_model;
        let error = match fitted.error.as_str() {
            "A" => EtsError::Additive,
            "M" => EtsError::Multiplicative,
            other => panic!("unknown error {other}"),
        };
        let trend = match (fitted.trend.as_str(), fitted.damped) {
            ("N", _) => EtsTrend::None,
            ("A", false) => EtsTrend::Additive,
            ("A", true) => EtsTrend::AdditiveDamped,
            ("M", false) => EtsTrend::Multiplicative,
            ("M", true) => EtsTrend::MultiplicativeDamped,
            (other, _) => panic!("unknown trend {other}"),
        };
        let season = match fitted.season.as_str() {
            "N" => EtsSeason::None,
            "A" => EtsSeason::Additive,
            "M" => EtsSeason::Multiplicative,
            other => panic!("unknown season {other}"),
        };
        EtsForm::new(error, trend, season)
    }

    fn period(&self) -> usize {
        if self.form().season == EtsSeason::None { 1 } else { self.freq }
    }

    fn given(&self) -> EtsParameters {
        let form = self.form();
        let mut states = self.init_state.iter().copied();
        let mut given = EtsParameters::new(self.params.alpha, states.next().unwrap());
        if form.trend != EtsTrend::None {
            given = given.beta(self.params.beta.unwrap()).trend(states.next().unwrap());
        }
        if let Some(phi) = self.params.phi {
            given = given.phi(phi);
        }
        let mut season: Vec<f64> = states.collect();
        season.reverse();
        given.gamma(self.params.gamma.unwrap_or(0.0)).season(season)
    }

    /// What the variance is divided by: coefficients and starting states, the season's without one.
    fn coefficients(&self) -> usize {
        let form = self.form();
        2 + 2 * usize::from(form.trend != EtsTrend::None)
            + usize::from(self.fitted_model.damped)
            + if form.season == EtsSeason::None { 0 } else { self.freq }
    }
}

/// The cases that can be replayed here, with their series.
fn cases() -> Vec<(Case, Vec<f64>)> {
    let gaps = Unmatched::of("models", &[FILE]);
    let mut found = Vec::new();
    for case in load::<Vec<Case>>("models", FILE) {
        assert!(case.request.freq.is_none_or(|freq| freq == case.freq), "{}", case.name());
        if let Some(reason) = gaps.reason(FILE, &case.name()) {
            println!("{}: not matched: {reason}", case.name());
            continue;
        }
        match series(&case.series) {
            Some(y) => found.push((case, y)),
            None => println!("{}: without its series", case.name()),
        }
    }
    gaps.finish();
    assert!(!found.is_empty());
    found
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}

#[test]
fn ets_at_given_parameters() {
    for (case, y) in cases() {
        let name = case.name();
        let model = Ets::new(case.form(), case.period()).with_parameters(case.given()).fit(&y).unwrap();
        let full = model.report().criteria().log_likelihood();
        assert_close!(full, case.check.loglik_full_gaussian, 1e-9, 1e-9, "{name}: log-likelihood");
        // R leaves constants out.
        let n = count(y.len());
        let constants = 0.5 * n * ((core::f64::consts::TAU / n).ln() + 1.0);
        assert_close!(full + constants, case.r.loglik, 1e-9, 1e-9, "{name}: R's log-likelihood");
        assert_close!(full + constants, case.check.convention, 1e-9, 1e-9, "{name}: its convention");
        assert_close!(
            model.report().criteria().aicc() - 2.0 * constants,
            case.r.aicc,
            1e-9,
            1e-9,
            "{name}: AICc"
        );
        let free = n - count(case.coefficients());
        assert_close!(model.sigma().powi(2) * free, case.check.sse, 1e-9, 0.0, "{name}: sum of squares");

        let fitted = model.expected(&y).unwrap();
        for (a, b) in fitted.iter().zip(&case.check.fitted_first) {
            assert_close!(*a, *b, 1e-9, 1e-9, "{name}: first fitted");
        }
        for (a, b) in fitted.iter().rev().zip(case.check.fitted_last.iter().rev()) {
            assert_close!(*a, *b, 1e-9, 1e-9, "{name}: last fitted");
        }
        let mut states = vec![model.level()];
        if case.form().trend != EtsTrend::None {
            states.push(model.trend());
        }
        // R has the newest state first.
        let season: Vec<f64> = model.season().collect();
        states.extend(season.iter().rev());
        assert_eq!(states.len(), case.r.last_state.len(), "{name}");
        for (a, b) in states.iter().zip(&case.r.last_state) {
            assert_close!(*a, *b, 1e-9, 1e-9, "{name}: last state");
        }
        for (a, b) in states.iter().zip(&case.check.last_level) {
            assert_close!(*a, *b, 1e-9, 1e-9, "{name}: checked last state");
        }

        let mut out = vec![Prediction::default(); case.r.forecast.len()];
        assert!(model.forecast_into(&mut out));
        // R's forecast of a damped trend with multiplicative season takes the first step of the slope
        // undamped.
        let undamped = case.form().season == EtsSeason::Multiplicative && case.fitted_model.damped;
        let mut path = model.level();
        for (h, p) in out.iter().enumerate() {
            if undamped {
                path += model.trend() * model.phi().powi(i32::try_from(h).unwrap());
                // Beyond a period level and season have moved together, and the path is not the mean.
                if h >= case.freq {
                    break;
                }
                assert_close!(
                    path * season[h % case.freq],
                    case.r.forecast[h],
                    1e-9,
                    1e-9,
                    "{name}: R's forecast {h}"
                );
                continue;
            }
            assert_close!(p.mean(), case.r.forecast[h], 1e-9, 1e-9, "{name}: forecast {h}");
            let (low, high) = p.interval(0.95).unwrap();
            // Beyond a period nothing is exact where an additive error is divided by the season.
            let exact = case.form().error == EtsError::Multiplicative || h < case.freq;
            if case.form().season != EtsSeason::Multiplicative || exact {
                assert_close!(low, case.r.lo95[h], 1e-7, 1e-7, "{name}: lower limit {h}");
                assert_close!(high, case.r.hi95[h], 1e-7, 1e-7, "{name}: upper limit {h}");
            }
        }
    }
}

#[test]
fn ets_fits() {
    for (case, y) in cases() {
        let name = case.name();
        let n = count(y.len());
        let constants = n * ((core::f64::consts::TAU / n).ln() + 1.0);
        let started = std::time::Instant::now();
        let model = Ets::new(case.form(), case.period()).fit(&y).unwrap();
        let time = started.elapsed();
        let gain = case.r.aicc - (model.report().criteria().aicc() - constants);
        println!(
            "{name} {}: AICc {gain:+.4} below R's, {:?}, {} iterations, {} evaluations, {time:?}",
            case.form(),
            model.report().termination(),
            model.report().iterations(),
            model.report().evaluations()
        );
        println!("    {:?} {} {} {}", model.alpha(), model.beta(), model.gamma(), model.phi());
        assert!(gain > -1e-3, "{name}: {gain}");
    }
}

#[test]
fn ets_chooses() {
    for (case, y) in cases() {
        if case.request.model != "ZZZ" {
            continue;
        }
        let name = case.name();
        let n = count(y.len());
        let constants = n * ((core::f64::consts::TAU / n).ln() + 1.0);
        let started = std::time::Instant::now();
        let model = AutoEts::new(case.freq).fit(&y).unwrap();
        let time = started.elapsed();
        let gain = case.r.aicc - (model.report().criteria().aicc() - constants);
        println!("{name}: {} (R {}), AICc {gain:+.4} below R's, {time:?}", model.form(), case.form());
        for c in model.candidates() {
            println!("    {} {:.3}", c.form(), c.aicc() - constants);
        }
        assert!(gain > -1e-3, "{name}: {gain}");
    }
}
