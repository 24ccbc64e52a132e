//! Replays of the values that other systems computed.

use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::arima::{ArimaParameters, Constant};
use evenkeel_models::{Arima, ArimaModel};
use evenkeel_testing::reference::{Number, Unmatched, load, series};
use serde::Deserialize;

const FILE: &str = "arima.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    order: [usize; 3],
    seasonal: [usize; 3],
    period: usize,
    #[serde(rename = "const")]
    constant: String,
    given: Given,
    ml: MaximumLikelihood,
    #[serde(rename = "max_diff_given")]
    _max_diff_given: serde::de::IgnoredAny,
    #[serde(rename = "ml_gain_over_R")]
    _ml_gain: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    params: Parameters,
    sigma2_concentrated: f64,
    loglik_concentrated: f64,
    sigma2: f64,
    loglik: f64,
    n_missing: usize,
    forecast: Vec<f64>,
    forecast_se: Vec<f64>,
    last_innovations: Vec<Number>,
    last_innovation_variances: Vec<Number>,
    #[serde(default)]
    smoothed_signal_at_missing: Vec<(usize, f64)>,
    #[serde(rename = "R")]
    _r: serde::de::IgnoredAny,
    #[serde(rename = "statsmodels_exact_diffuse_loglik", default)]
    _exact_diffuse: Option<serde::de::IgnoredAny>,
    #[serde(rename = "statsmodels_simple_differencing_loglik", default)]
    _simple_differencing: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaximumLikelihood {
    best_loglik: f64,
    #[serde(rename = "params")]
    _params: Parameters,
    #[serde(rename = "sigma2")]
    _sigma2: f64,
    nobs_effective: usize,
    n_params_with_sigma2: usize,
    aic: f64,
    aicc: f64,
    bic: f64,
    #[serde(rename = "loglik_dense_at")]
    _dense: serde::de::IgnoredAny,
    #[serde(rename = "R_ML", default)]
    r: Option<OfR>,
    #[serde(rename = "R_CSSML", default)]
    _css: Option<serde::de::IgnoredAny>,
}

/// What R's `arima` returned: information, but its standard errors are worth a look where it found the same
/// maximum.
#[derive(Deserialize)]
struct OfR {
    #[serde(default)]
    loglik: Option<f64>,
    #[serde(default)]
    se: Vec<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    ar: Vec<f64>,
    ma: Vec<f64>,
    sar: Vec<f64>,
    sma: Vec<f64>,
    #[serde(default)]
    mean: Option<f64>,
    #[serde(default)]
    drift: Option<f64>,
}

impl Case {
    fn name(&self) -> String {
        let ([p, d, q], [sp, sd, sq]) = (self.order, self.seasonal);
        format!("{} ({p},{d},{q})({sp},{sd},{sq}){} {}", self.series, self.period, self.constant)
    }

    fn settings(&self) -> Arima {
        let constant = match self.constant.as_str() {
            "none" => Constant::None,
            "mean" => Constant::Mean,
            "drift" => Constant::Drift,
            other => panic!("unknown constant {other}"),
        };
        let ([p, d, q], [sp, sd, sq]) = (self.order, self.seasonal);
        let settings = Arima::new(p, d, q).constant(constant);
        if sp + sd + sq > 0 { settings.seasonal(sp, sd, sq, self.period) } else { settings }
    }

    fn given(&self) -> ArimaParameters {
        let given = &self.given.params;
        let parameters = ArimaParameters::new(given.ar.clone(), given.ma.clone())
            .seasonal(given.sar.clone(), given.sma.clone());
        match given.mean.or(given.drift) {
            Some(constant) => parameters.constant(constant),
            None => parameters,
        }
    }
}

/// The largest relative error of each field over all cases.
#[derive(Default)]
struct Worst(Vec<(&'static str, f64, String)>);

impl Worst {
    fn check(&mut self, field: &'static str, actual: f64, expected: f64, tolerance: f64, case: &str) {
        let error = (actual - expected).abs() / expected.abs().max(1e-300);
        assert!(
            error <= tolerance,
            "{case}: {field}: expected {expected}, was {actual}, off by {error:e} relative"
        );
        match self.0.iter_mut().find(|entry| entry.0 == field) {
            Some(entry) if entry.1 < error => (entry.1, entry.2) = (error, case.to_owned()),
            Some(_) => {}
            None => self.0.push((field, error, case.to_owned())),
        }
    }
}

/// The cases that can be replayed here, with their series.
fn cases() -> Vec<(Case, Vec<f64>)> {
    let gaps = Unmatched::of("models", &[FILE]);
    let mut found = Vec::new();
    let mut absent = 0;
    for case in load::<Vec<Case>>("models", FILE) {
        if let Some(reason) = gaps.reason(FILE, &case.name()) {
            println!("{}: not matched: {reason}", case.name());
            continue;
        }
        match series(&case.series) {
            Some(y) => found.push((case, y)),
            None => absent += 1,
        }
    }
    println!("{} cases replayed; {absent} without their series", found.len());
    found
}

#[test]
fn arima_at_given_parameters() {
    let mut worst = Worst::default();
    for (case, y) in cases() {
        let (name, given) = (case.name(), &case.given);
        assert_eq!(y.iter().filter(|x| x.is_nan()).count(), given.n_missing, "{name}: missing");
        let settings = case.settings();
        let parameters = case.given();
        let mut likelihood = settings.likelihood(&y).unwrap();
        let concentrated = likelihood.log_likelihood(&parameters).unwrap();
        worst.check("loglik_concentrated", concentrated, given.loglik_concentrated, 1e-8, &name);
        let fixed = likelihood.log_likelihood(&parameters.clone().sigma2(given.sigma2)).unwrap();
        worst.check("loglik", fixed, given.loglik, 1e-8, &name);

        let model: ArimaModel = settings.with_parameters(parameters).fit(&y).unwrap();
        worst.check("sigma2", model.sigma2(), given.sigma2_concentrated, 1e-8, &name);
        worst.check(
            "report",
            model.report().criteria().log_likelihood(),
            given.loglik_concentrated,
            1e-8,
            &name,
        );
        let mut forecast = vec![Prediction::default(); given.forecast.len()];
        assert!(model.forecast_into(&mut forecast));
        for (h, out) in forecast.iter().enumerate() {
            worst.check("forecast", out.mean(), given.forecast[h], 1e-6, &name);
            worst.check("forecast_se", out.sd(), given.forecast_se[h], 1e-6, &name);
        }
        let residuals = model.residuals(&y);
        let count = given.last_innovations.len();
        let variances = &given.last_innovation_variances;
        assert_eq!(count, variances.len(), "{name}");
        let last = &residuals[residuals.len() - count..];
        for (residual, (error, variance)) in last.iter().zip(given.last_innovations.iter().zip(variances)) {
            if let (Some(residual), false) = (residual, error.0.is_nan()) {
                // An error is a difference of two numbers of the size of the data.
                let slack = 1e-12 * y.iter().filter(|v| v.is_finite()).fold(0.0, |m: f64, v| m.max(v.abs()));
                if (residual.error() - error.0).abs() > slack {
                    worst.check("innovation", residual.error(), error.0, 1e-6, &name);
                }
                worst.check("variance", residual.sd().powi(2), variance.0, 1e-6, &name);
            } else {
                assert!(residual.is_none() && error.0.is_nan(), "{name}: {residual:?} {error:?}");
            }
        }
        let smoothed = &given.smoothed_signal_at_missing;
        if !smoothed.is_empty() {
            let ours = model.interpolate(&y).unwrap();
            assert_eq!(ours.len(), smoothed.len(), "{name}");
            for ((at, value), (index, expected)) in ours.iter().zip(smoothed) {
                assert_eq!(at, index, "{name}");
                worst.check("smoothed", value.mean(), *expected, 1e-6, &name);
            }
        }
    }
    for (field, error, case) in worst.0 {
        println!("{field}: at most {error:e} relative ({case})");
    }
}

#[test]
fn arima_fits() {
    for (case, y) in cases() {
        let (name, ml) = (case.name(), &case.ml);
        let model = case.settings().fit(&y).unwrap();
        let report = model.report();
        let gain = report.criteria().log_likelihood() - ml.best_loglik;
        println!("{name}: log-likelihood {gain:+e} against the best known, {report:?}");
        assert!(gain >= -1e-4, "{name}: {gain}");
        assert_eq!(report.criteria().effective(), ml.nobs_effective, "{name}");
        assert_eq!(report.criteria().parameters(), ml.n_params_with_sigma2, "{name}");
        // The criteria belong to the best known likelihood; ours may be better.
        for (ours, theirs) in [
            (report.criteria().aic(), ml.aic),
            (report.criteria().aicc(), ml.aicc),
            (report.criteria().bic(), ml.bic),
        ] {
            assert!((ours + 2.0 * gain - theirs).abs() < 1e-8 * theirs.abs(), "{name}: {ours} {theirs}");
        }
        let Some(r) = &ml.r else { continue };
        if r.loglik.is_none_or(|l| (l - report.criteria().log_likelihood()).abs() > 1e-3) {
            continue;
        }
        let Some(errors) = model.standard_errors() else { panic!("{name}: no standard errors") };
        let ours = [errors.ar(), errors.ma(), errors.seasonal_ar(), errors.seasonal_ma()].concat();
        let ours = ours.into_iter().chain(errors.constant());
        for (ours, theirs) in ours.zip(&r.se) {
            println!("    standard error {ours} {}", theirs.0);
        }
    }
}

#[test]
fn simple_smoothing_is_at_least_as_good_as_that_of_r() {
    #[derive(Deserialize)]
    struct Theta {
        series: String,
        #[serde(rename = "R")]
        r: Option<OfTheta>,
    }
    #[derive(Deserialize)]
    struct OfTheta {
        ses: Option<Ses>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ses {
        alpha: f64,
        l0: f64,
        mean: Vec<f64>,
    }
    let mut worst = (0.0, 0.0);
    for case in load::<Vec<Theta>>("models", "theta.json") {
        let Some(ses) = case.r.and_then(|r| r.ses) else { continue };
        let Some(y) = series(&case.series) else { continue };
        if y.iter().any(|x| x.is_nan()) {
            continue;
        }
        // The sum of squares of R's parameters, by the textbook's recursion.
        let (mut level, mut squares) = (ses.l0, 0.0);
        for x in &y {
            squares += (x - level).powi(2);
            level += ses.alpha * (x - level);
        }
        assert!(ses.mean.iter().all(|m| (m - level).abs() < 1e-8 * level.abs()), "{}", case.series);
        let model = evenkeel_models::simple_smoothing::SimpleSmoothing::new().fit(&y).unwrap();
        let ours = model.sigma().powi(2) * f64::from(u32::try_from(y.len()).unwrap());
        assert!(ours <= squares * (1.0 + 1e-12), "{}: {ours} {squares}", case.series);
        let off = (model.alpha() - ses.alpha).abs();
        println!(
            "{}: alpha {} (R {}), squares {} of R's",
            case.series,
            model.alpha(),
            ses.alpha,
            ours / squares
        );
        // R stops at alpha = 0.9999, and wherever its optimizer is content.
        assert!(off < 2e-3, "{}: alpha {} {}", case.series, model.alpha(), ses.alpha);
        assert!((model.level() / ses.mean[0] - 1.0).abs() < 1e-3, "{}", case.series);
        worst = (off.max(worst.0), (model.level() / ses.mean[0] - 1.0).abs().max(worst.1));
    }
    println!("alpha within {:e}, forecast within {:e} relative", worst.0, worst.1);
}
