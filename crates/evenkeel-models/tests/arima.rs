//! Laws of ARIMA fits.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::{Arima, ArimaModel, ArimaParameters, ArimaStop, Constant};
use evenkeel_testing::Source;

/// A simulated process with two hundred values more to forget the start.
fn simulated(ar: &[f64], ma: &[f64], n: usize, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    let (mut y, mut e): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for t in 0..n + 200 {
        let noise = source.normal();
        let past = |c: &[f64], of: &[f64]| -> f64 {
            c.iter().enumerate().take(t).map(|(j, c)| c * of[t - 1 - j]).sum()
        };
        let value = past(ar, &y) + past(ma, &e) + noise;
        y.push(value);
        e.push(noise);
    }
    y.split_off(200)
}

fn forecast(model: &ArimaModel, h: usize) -> Vec<Prediction> {
    let mut out = vec![Prediction::default(); h];
    assert!(model.forecast_into(&mut out));
    out
}

#[test]
fn finds_the_parameters_within_their_errors() {
    let y = simulated(&[1.2, -0.5], &[0.4], 2000, 7);
    let model = Arima::new(2, 0, 1).fit(&y).unwrap();
    let errors = model.standard_errors().unwrap();
    let truth = [1.2, -0.5, 0.4, 0.0];
    let found = [model.ar()[0], model.ar()[1], model.ma()[0], model.constant()];
    let sd = [errors.ar()[0], errors.ar()[1], errors.ma()[0], errors.constant().unwrap()];
    for i in 0..4 {
        assert!((found[i] - truth[i]).abs() < 4.0 * sd[i], "{i}: {} {} ± {}", found[i], truth[i], sd[i]);
        assert!(sd[i] > 0.01 && sd[i] < 0.2, "{i}: {}", sd[i]);
    }
    assert!((model.sigma2() - 1.0).abs() < 0.15);
    assert_eq!(model.account().stop(), ArimaStop::Converged);
    assert!(!model.account().near_unit_root() && model.account().starts() > 3);
}

#[test]
fn scaling_by_a_power_of_two_changes_nothing_else() {
    let y = simulated(&[0.7], &[0.3], 200, 3);
    for (d, constant) in [(0, Constant::Mean), (1, Constant::Drift), (1, Constant::None)] {
        let settings = Arima::new(1, d, 1).constant(constant);
        let one = settings.fit(&y).unwrap();
        for factor in [2f64.powi(-900), 2f64.powi(-3), 2f64.powi(300)] {
            let scaled: Vec<f64> = y.iter().map(|v| v * factor).collect();
            let other = settings.fit(&scaled).unwrap();
            assert_eq!(one.ar(), other.ar());
            assert_eq!(one.ma(), other.ma());
            assert!((other.sigma() / factor / one.sigma() - 1.0).abs() < 1e-14);
            let (a, b) = (forecast(&one, 9)[8], forecast(&other, 9)[8]);
            assert!((b.mean() / factor - a.mean()).abs() < 1e-12 && (b.sd() / factor - a.sd()).abs() < 1e-12);
        }
    }
}

#[test]
fn a_large_offset_changes_the_mean_alone() {
    let y: Vec<f64> =
        simulated(&[0.7], &[0.3], 200, 3).iter().map(|v| (v * 1024.0).round() / 1024.0).collect();
    let raised: Vec<f64> = y.iter().map(|v| v + 1e9).collect();
    for d in [0, 1, 2] {
        let (one, other) = (Arima::new(1, d, 1).fit(&y).unwrap(), Arima::new(1, d, 1).fit(&raised).unwrap());
        let (a, b) = (forecast(&one, 5)[4], forecast(&other, 5)[4]);
        assert!((b.mean() - 1e9 - a.mean()).abs() < 1e-4, "{d}: {a:?} {b:?}");
        assert!((b.sd() / a.sd() - 1.0).abs() < 1e-4, "{d}: {a:?} {b:?}");
        assert!((one.account().log_likelihood() - other.account().log_likelihood()).abs() < 1e-3);
    }
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = simulated(&[0.7], &[0.3], 150, 5);
    y[40] = f64::NAN;
    y[41] = f64::INFINITY;
    for d in 0..3 {
        let fitted = Arima::new(1, d, 1).fit(&y).unwrap();
        let mut replayed = fitted.clone();
        replayed.reset();
        assert_ne!(replayed, fitted);
        for v in &y {
            replayed.update(*v);
        }
        assert_eq!(replayed, fitted);
    }
}

#[test]
fn a_gap_makes_less_certain_and_is_forgotten() {
    let y = simulated(&[0.8], &[], 300, 9);
    let given = ArimaParameters::new([0.5], [0.3]);
    let mut model = Arima::new(1, 1, 1).with_parameters(given).fit(&y).unwrap();
    let before = forecast(&model, 1)[0].sd();
    let mut last = before;
    for _ in 0..20 {
        let next = model.update(f64::NAN).unwrap();
        assert!(next.sd() > last);
        last = next.sd();
    }
    for v in &y[..80] {
        last = model.update(*v).unwrap().sd();
    }
    assert_eq!(last, before);
}

#[test]
fn outer_gaps_change_nothing_but_the_clock() {
    let y = simulated(&[0.5], &[0.2], 100, 4);
    let mut padded = vec![f64::NAN; 3];
    padded.extend(&y);
    for (d, constant) in [(0, Constant::Mean), (1, Constant::Drift), (2, Constant::None)] {
        let settings = Arima::new(1, d, 1).constant(constant);
        let (one, other) = (settings.fit(&y).unwrap(), settings.fit(&padded).unwrap());
        let gap = one.account().log_likelihood() - other.account().log_likelihood();
        assert!(gap.abs() < 1e-7, "{gap}");
        let (a, b) = (forecast(&one, 3)[2], forecast(&other, 3)[2]);
        assert!((a.mean() - b.mean()).abs() < 1e-4, "{a:?} {b:?}");
    }
}

#[test]
fn drift_is_the_slope() {
    let y: Vec<f64> =
        simulated(&[0.5], &[], 400, 8).iter().zip(0..).map(|(v, t)| v + 0.3 * f64::from(t)).collect();
    for d in [0, 1] {
        let model = Arima::new(1, d, 0).constant(Constant::Drift).fit(&y).unwrap();
        assert!((model.constant() - 0.3).abs() < 0.1, "{}", model.constant());
        let out = forecast(&model, 200);
        assert!(((out[199].mean() - out[99].mean()) / 100.0 - model.constant()).abs() < 1e-2);
    }
}

#[test]
fn given_parameters_are_kept() {
    let y = simulated(&[0.5], &[0.2], 100, 4);
    let parameters = ArimaParameters::new([0.4], [0.1]).constant(2.0).sigma2(9.0);
    let model = Arima::new(1, 0, 1).with_parameters(parameters.clone()).fit(&y).unwrap();
    assert_eq!(
        (model.ar(), model.ma(), model.constant(), model.order()),
        (&[0.4][..], &[0.1][..], 2.0, (1, 0, 1))
    );
    assert!((model.sigma2() - 9.0).abs() < 1e-12);
    let mut fresh = ArimaModel::from_parameters(&Arima::new(1, 0, 1), &parameters).unwrap();
    for v in &y {
        fresh.update(*v);
    }
    let (a, b) = (forecast(&model, 3), forecast(&fresh, 3));
    assert!(
        a.iter().zip(&b).all(|(a, b)| (a.mean() - b.mean()).abs() < 1e-12 && (a.sd() - b.sd()).abs() < 1e-12)
    );

    let refused = |p: ArimaParameters| Arima::new(1, 0, 1).with_parameters(p).fit(&y).unwrap_err();
    assert!(matches!(refused(ArimaParameters::new([1.0], [0.1])), Error::Parameter { name: "ar", .. }));
    assert!(matches!(refused(ArimaParameters::new([0.5], [])), Error::Shape { what: "ma", .. }));
    assert!(matches!(refused(ArimaParameters::new([0.5], [f64::NAN])), Error::Parameter { name: "ma", .. }));
    let negative = ArimaParameters::new([0.5], [0.1]).sigma2(-1.0);
    assert!(matches!(refused(negative), Error::Parameter { name: "sigma2", .. }));
}
