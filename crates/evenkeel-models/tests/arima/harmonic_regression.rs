//! Dynamic harmonic regression.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Arima;
use evenkeel_models::arima::{ArimaParameters, HarmonicRegression};
use evenkeel_series::transform::FourierTerms;
use evenkeel_testing::Source;
use evenkeel_testing::reference::{Unmatched, load, series};
use serde::Deserialize;
use serde::de::IgnoredAny;

const FILE: &str = "dhr_croston.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dhr: Vec<Case>,
    #[serde(rename = "croston")]
    _croston: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    series: String,
    periods: Vec<usize>,
    #[serde(rename = "K")]
    waves: Vec<usize>,
    order: [usize; 3],
    #[serde(rename = "R")]
    r: OfR,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfR {
    colnames: String,
    coef_names: String,
    coef: Vec<f64>,
    loglik: f64,
    aicc: f64,
    #[serde(rename = "sigma2")]
    _sigma2: IgnoredAny,
    forecast: Vec<f64>,
}

#[test]
fn harmonic_regressions_are_at_least_as_likely_as_those_of_r() {
    let gaps = Unmatched::of("models", &[FILE]);
    for case in load::<File>("models", FILE).dhr {
        if let Some(reason) = gaps.reason(FILE, &case.series) {
            println!("{}: not matched: {reason}", case.series);
            continue;
        }
        let Some(y) = series(&case.series) else { continue };
        let [p, d, q] = case.order;
        let r = &case.r;
        let coefficient = |name: &str| -> Option<f64> {
            r.coef_names.split(',').position(|other| other == name).map(|at| r.coef[at])
        };
        let periods: Vec<f64> = case.periods.iter().map(|p| f64::from(u32::try_from(*p).unwrap())).collect();
        let settings = HarmonicRegression::new(periods.clone()).waves(case.waves.clone());

        // At R's coefficients of the errors, what is regressed on can only be better.
        let part = |prefix: &str, n: usize| {
            (1..=n).filter_map(|i| coefficient(&format!("{prefix}{i}"))).collect::<Vec<_>>()
        };
        let given = ArimaParameters::new(part("ar", p), part("ma", q));
        let theirs = settings.clone().errors(Arima::new(p, d, q).with_parameters(given)).fit(&y).unwrap();
        let gain = theirs.report().criteria().log_likelihood() - r.loglik;
        println!("{}: log-likelihood {gain:+e} against R's, at R's coefficients of the errors", case.series);
        assert!((-1e-6..1e-2).contains(&gain), "{}: {gain}", case.series);
        let mut out = vec![Prediction::default(); r.forecast.len()];
        assert!(theirs.forecast_into(&mut out));
        for (out, expected) in out.iter().zip(&r.forecast) {
            // R's search ends early: a twentieth of an innovation.
            let off = (out.mean() - expected).abs() / theirs.errors().sigma();
            assert!(off < 0.05, "{}: {} {expected}", case.series, out.mean());
        }
        // The columns are the same, in R's order but for those that a shorter season has already.
        let terms = FourierTerms::new(periods.iter().copied().zip(case.waves.iter().copied())).unwrap();
        assert_eq!(terms.waves().len(), r.colnames.split(',').count(), "{}", case.series);
        for (wave, ours) in theirs.coefficients() {
            let name =
                format!("{}{}-{}", if wave.is_sine() { 'S' } else { 'C' }, wave.order(), wave.period());
            let Some(expected) = coefficient(&name) else { panic!("{}: {name}", case.series) };
            let size = theirs.errors().sigma();
            assert!((ours - expected).abs() < 0.05 * size, "{}: {name} {ours} {expected}", case.series);
        }

        let model = settings.errors(Arima::new(p, d, q)).fit(&y).unwrap();
        let gain = model.report().criteria().log_likelihood() - r.loglik;
        let aicc = model.report().criteria().aicc();
        println!("{}: fitted {gain:+e}, AICc {aicc} ({} in R)", case.series, r.aicc);
        assert!(gain >= -1e-4, "{}: {gain}", case.series);
        assert!(
            (aicc + 2.0 * gain - r.aicc).abs() < 1e-6 * r.aicc.abs(),
            "{}: {aicc} {}",
            case.series,
            r.aicc
        );
    }
}

fn hourly(n: u32, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    let mut noise = 0.0;
    (0..n)
        .map(|t| {
            let turn = |period: f64| f64::from(t) * std::f64::consts::TAU / period;
            noise = 0.5 * noise + source.normal();
            50.0 + 10.0 * turn(24.0).sin() + 4.0 * turn(8.0).cos() + 6.0 * turn(168.0).cos() + noise
        })
        .collect()
}

#[test]
fn finds_the_waves_that_are_there() {
    let model = HarmonicRegression::new([24.0, 168.0]).fit(&hourly(840, 2)).unwrap();
    assert_eq!(model.waves(), [3, 1]);
    assert!(model.tried().count() > 4);
    let of = |order: usize, period: f64, sine: bool| {
        let mut all = model.coefficients();
        all.find(|(w, _)| w.order() == order && w.period() == period && w.is_sine() == sine).unwrap().1
    };
    // Time starts at 1: the phases are one sample on.
    let turn = std::f64::consts::TAU / 24.0;
    assert!(
        (of(1, 24.0, true) - 10.0 * turn.cos()).abs() < 0.5
            && (of(1, 24.0, false) + 10.0 * turn.sin()).abs() < 0.5
    );
    assert!(of(2, 24.0, true).abs() < 0.3);
    let mut week = [Prediction::default(); 168];
    assert!(model.forecast_into(&mut week));
    let truth = |t: f64| {
        let turn = |period: f64| t * std::f64::consts::TAU / period;
        50.0 + 10.0 * turn(24.0).sin() + 4.0 * turn(8.0).cos() + 6.0 * turn(168.0).cos()
    };
    for (h, out) in (840..).zip(&week).skip(10) {
        assert!((out.mean() - truth(f64::from(h))).abs() < 1.0, "{h}");
    }
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = hourly(200, 7);
    y[50] = f64::NAN;
    y[120..130].fill(f64::NAN);
    let settings = HarmonicRegression::new([24.0]).waves([3]).errors(Arima::new(1, 0, 1));
    let fitted = settings.fit(&y).unwrap();
    let mut replayed = fitted.clone();
    replayed.reset();
    for v in &y {
        replayed.update(*v);
    }
    let (mut a, mut b) = ([Prediction::default(); 30], [Prediction::default(); 30]);
    assert!(fitted.forecast_into(&mut a) && replayed.forecast_into(&mut b));
    for (a, b) in a.iter().zip(&b) {
        assert!((a.mean() - b.mean()).abs() < 1e-9 && (a.sd() - b.sd()).abs() < 1e-9);
    }
}

#[test]
fn settings_are_checked() {
    let y = hourly(100, 1);
    let refused = |settings: HarmonicRegression| settings.fit(&y).unwrap_err();
    assert!(matches!(refused(HarmonicRegression::new([])), Error::Parameter { name: "periods", .. }));
    assert!(matches!(refused(HarmonicRegression::new([1.5])), Error::Parameter { name: "period", .. }));
    let wide = HarmonicRegression::new([24.0]).waves([13]);
    assert!(matches!(refused(wide), Error::Parameter { name: "order", .. }));
    let uneven = HarmonicRegression::new([24.0]).waves([3, 4]);
    assert!(matches!(refused(uneven), Error::Shape { what: "waves", expected: 1, found: 2 }));
    // Within a hundred hours, 24.0 and 24.0000001 are one season.
    let same = HarmonicRegression::new([24.0, 24.000_001]).waves([1, 1]).errors(Arima::new(1, 0, 0));
    assert!(matches!(refused(same), Error::Parameter { name: "regressors", .. }));
}
