//! Properties of ARIMA fits.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::arima::{ArimaParameters, Constant};
use evenkeel_models::fit::Termination;
use evenkeel_models::{Arima, ArimaModel};
use evenkeel_testing::{Source, forecast};

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

/// A moving average next to the unit circle tells of a difference too many, an autoregression of one too few.
#[test]
fn factors_next_to_the_unit_circle_are_told() {
    let y = simulated(&[0.5], &[0.3], 100, 8);
    let near = |ar: f64, ma: f64| {
        let given = ArimaParameters::new([ar], [ma]);
        let model = Arima::new(1, 0, 1).with_parameters(given).fit(&y).unwrap();
        (model.near_unit_root(), model.near_noninvertible())
    };
    assert_eq!(near(0.5, 0.3), (false, false));
    assert_eq!(near(0.9995, 0.3), (true, false));
    assert_eq!(near(0.5, -0.9995), (false, true));
    assert_eq!(near(0.5, 0.9995), (false, true));
    assert_eq!(near(0.5, -0.995), (false, false));
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
    assert_eq!(model.report().termination(), Termination::Converged);
    assert!(!model.near_unit_root() && model.starts() > 3);
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
        assert!(
            (one.report().criteria().log_likelihood() - other.report().criteria().log_likelihood()).abs()
                < 1e-3
        );
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
        let gap = one.report().criteria().log_likelihood() - other.report().criteria().log_likelihood();
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

/// Seasonal steps of a walk: each phase wanders on its own.
fn phases(n: usize, s: usize, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    let mut y: Vec<f64> = Vec::with_capacity(n);
    for t in 0..n {
        let before = if t < s { 10.0 * (t % 5) as f64 } else { y[t - s] };
        y.push(before + 0.5 * source.normal());
    }
    y.iter().map(|v| v + source.normal()).collect()
}

#[test]
fn a_seasonal_fit_stands_where_replaying_its_history_leads() {
    let mut y = phases(160, 12, 4);
    for settings in [Arima::new(1, 0, 0).seasonal(0, 1, 1, 12), Arima::new(0, 1, 1).seasonal(1, 1, 0, 12)] {
        for gaps in [&[][..], &[3, 40, 41, 90]] {
            gaps.iter().for_each(|t| y[*t] = f64::NAN);
            let fitted = settings.fit(&y).unwrap();
            let mut replayed = fitted.clone();
            replayed.reset();
            y.iter().for_each(|v| {
                replayed.update(*v);
            });
            assert_eq!(replayed, fitted);
            assert!(fitted.is_exact());
        }
    }
}

#[test]
fn a_long_season_is_exact_once_its_start_is_forgotten() {
    // 150 samples a season: no covariance is kept. The same model twice, by filter and in one go.
    let (s, n) = (100, 2600);
    let y = phases(n, s, 8);
    let parameters = ArimaParameters::new([], [0.3]).seasonal([], [-0.4]);
    let settings = Arima::new(0, 0, 1).seasonal(0, 1, 1, s).with_parameters(parameters);
    let fitted = settings.fit(&y).unwrap();
    assert!(fitted.is_exact());
    let mut out = vec![Prediction::default(); 150];
    assert!(fitted.forecast_into(&mut out));
    // What a value so many steps ahead would do to the likelihood is a parabola with its mean and standard
    // deviation.
    for h in [1, 57, 150] {
        let at = |x: f64| {
            let mut longer = y.clone();
            longer.extend(std::iter::repeat_n(f64::NAN, h - 1));
            longer.push(x);
            let given = ArimaParameters::new([], [0.3]).seasonal([], [-0.4]).sigma2(fitted.sigma2());
            settings.likelihood(&longer).unwrap().log_likelihood(&given).unwrap()
        };
        let value = out[h - 1];
        let (low, middle, high) =
            (at(value.mean() - value.sd()), at(value.mean()), at(value.mean() + value.sd()));
        assert!((low - high).abs() < 1e-4, "{h}: {low} {high}");
        assert!((middle - high - 0.5).abs() < 1e-4, "{h}: {middle} {high}");
    }
    // A gap and what follows it, against the same history without and with the filter's help.
    let mut gappy = y.clone();
    gappy[n - 150..n - 147].fill(f64::NAN);
    let whole = settings.fit(&gappy).unwrap();
    let mut stepped = settings.fit(&y[..n - 150]).unwrap();
    gappy[n - 150..].iter().for_each(|v| {
        stepped.update(*v);
    });
    assert!(stepped.is_exact() && !whole.is_exact());
    let (mut a, mut b) = (vec![Prediction::default(); 150], vec![Prediction::default(); 150]);
    assert!(whole.forecast_into(&mut a) && stepped.forecast_into(&mut b));
    for (h, (a, b)) in a.iter().zip(&b).enumerate() {
        assert!((a.mean() - b.mean()).abs() < 1e-3 * b.sd(), "{h}: {a:?} {b:?}");
    }
    // What was missing a season ago is less certain.
    assert!(b[50].sd() > 1.01 * b[49].sd() && b[53].sd() < b[52].sd());
}

#[test]
fn regressors_are_estimated_with_the_errors() {
    let mut source = Source::new(11);
    let noise = simulated(&[0.7], &[], 300, 12);
    let load: Vec<f64> = (0..300).map(|_| source.normal()).collect();
    let step: Vec<f64> = (0..300).map(|t| f64::from(u8::from(t >= 180))).collect();
    let mut y: Vec<f64> = (0..300).map(|t| 5.0 + 2.0 * load[t] - 3.0 * step[t] + noise[t]).collect();
    y[100..105].fill(f64::NAN);
    for d in [0, 1] {
        let model = Arima::new(1, d, 1).fit_with(&y, &[&load, &step]).unwrap();
        let errors = model.errors().standard_errors().unwrap();
        for (i, truth) in [2.0, -3.0].into_iter().enumerate() {
            let off = (model.coefficients()[i] - truth).abs() / errors.regressors()[i];
            assert!(off < 4.0 && errors.regressors()[i] < 1.0, "{d} {i}: {off} {:?}", model.coefficients());
        }
        assert_eq!(model.errors().report().criteria().parameters(), 5 + usize::from(d == 0));
        // With regressors that are known to do nothing, it is the process alone.
        let next = model.forecast_with(&[&[0.0, 1.0], &[1.0, 1.0]]).unwrap();
        assert!((next[1].mean() - next[0].mean() - 2.0).abs() < 2.0);
        let mut going = model.clone();
        going.update(f64::NAN, &[0.0, 1.0]);
        let later = going.forecast_with(&[&[1.0], &[1.0]]).unwrap();
        assert!(
            (later[0].mean() - next[1].mean()).abs() < 1e-9 && (later[0].sd() - next[1].sd()).abs() < 1e-9
        );
        assert!(matches!(model.forecast_with(&[&[0.0]]), Err(Error::Shape { expected: 2, found: 1, .. })));
        assert!(matches!(model.forecast_with(&[&[0.0], &[f64::NAN]]), Err(Error::Missing { at: 0 })));
    }
    let twice: Vec<f64> = load.iter().map(|v| 2.0 * v).collect();
    let refused = Arima::new(1, 0, 0).fit_with(&y, &[&load, &twice]).unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "regressors", .. }));
}

#[test]
fn a_phase_that_was_never_seen_is_refused() {
    let mut y = phases(120, 12, 6);
    (5..120).step_by(12).for_each(|t| y[t] = f64::NAN);
    let refused = Arima::new(0, 0, 1).seasonal(0, 1, 1, 12).fit(&y).unwrap_err();
    assert!(matches!(refused, Error::Numerical { .. }), "{refused}");
    assert!(Arima::new(1, 0, 1).fit(&y).is_ok());
}

/// An offset of a regressor explains nothing beside a mean: Unix seconds are as good as seconds.
#[test]
fn the_offset_of_a_regressor_makes_no_difference() {
    let mut source = Source::new(21);
    let n = 200;
    let time: Vec<f64> = (0..n).map(f64::from).collect();
    let load: Vec<f64> = (0..n).map(|_| source.normal()).collect();
    let y: Vec<f64> =
        time.iter().zip(&load).map(|(t, l)| 5.0 + 0.1 * t + 2.0 * l + source.normal()).collect();
    let fit = |settings: &Arima, offset: f64| {
        let seconds: Vec<f64> = time.iter().map(|t| offset + t).collect();
        settings.fit_with(&y, &[&seconds, &load]).unwrap()
    };
    for settings in [
        Arima::new(1, 0, 0),
        Arima::new(0, 1, 1),
        Arima::new(1, 0, 0).seasonal(0, 1, 0, 7),
        // Long enough to be kept without a covariance.
        Arima::new(1, 0, 0).seasonal(0, 0, 1, 150),
        Arima::new(0, 1, 1).seasonal(0, 0, 1, 150),
    ] {
        let plain = fit(&settings, 0.0);
        let ahead = |model: &evenkeel_models::arima::ArimaRegression, offset: f64| {
            let next: Vec<f64> = (n..n + 5).map(|t| offset + f64::from(t)).collect();
            model.forecast_with(&[&next, &[0.5; 5]]).unwrap()
        };
        let expected = ahead(&plain, 0.0);
        for offset in [1e6, 1.7e9, -1.7e9] {
            let model = fit(&settings, offset);
            for (a, b) in model.coefficients().iter().zip(plain.coefficients()) {
                assert!((a - b).abs() < 1e-6 * b.abs().max(1e-2), "{offset}: {a} {b}");
            }
            for (a, b) in ahead(&model, offset).iter().zip(&expected) {
                assert!(
                    (a.mean() - b.mean()).abs() < 1e-3 && (a.sd() - b.sd()).abs() < 1e-6,
                    "{offset}: {a:?} {b:?}"
                );
            }
        }
    }
    let model = fit(&Arima::new(1, 0, 0), 1.7e9);
    assert!((model.coefficients()[0] - 0.1).abs() < 0.01 && (model.coefficients()[1] - 2.0).abs() < 0.3);
    // The constant is that at a regressor of 0: as uncertain as the slope makes it, 1.7e9 away.
    let plain = fit(&Arima::new(1, 0, 0), 0.0);
    let errors = model.errors().standard_errors().unwrap();
    let slope = errors.regressors()[0];
    assert!((errors.constant().unwrap() / (1.7e9 * slope) - 1.0).abs() < 1e-3);
    assert!(plain.errors().standard_errors().unwrap().constant().unwrap() < 1.0);
    assert!(
        (model.errors().constant() + 1.7e9 * model.coefficients()[0] - plain.errors().constant()).abs()
            < 1e-3
    );
    // What does not vary is refused, whatever its size.
    for value in [0.1, 1.7e9, 1e-9] {
        assert!(Arima::new(1, 0, 0).fit_with(&y, &[&vec![value; 200]]).is_err(), "{value}");
    }
}

/// Estimates are uncertain: the standard deviation counts them, given parameters do not.
#[test]
fn small_samples_are_covered() {
    let (mut inside, mut all) = ([0; 2], 0);
    for seed in 0..300 {
        let y = simulated(&[0.5], &[], 18, 9000 + seed);
        let model = Arima::new(1, 0, 0).fit(&y[..12]).unwrap();
        let mut out = [Prediction::default(); 6];
        assert!(model.forecast_into(&mut out));
        for (inside, h) in inside.iter_mut().zip([1, 6]) {
            let (low, high) = out[h - 1].interval(0.95).unwrap();
            *inside += i32::from((low..=high).contains(&y[11 + h]));
        }
        all += 1;
        let given = ArimaParameters::new(model.ar(), []).constant(model.constant()).sigma2(model.sigma2());
        let given = Arima::new(1, 0, 0).with_parameters(given).fit(&y[..12]).unwrap();
        let mut known = [Prediction::default(); 6];
        assert!(given.forecast_into(&mut known));
        assert!(known[0].sd() < out[0].sd());
    }
    // 82 and 78 % of nominally 95 before.
    assert!(inside[0] * 100 >= 88 * all && inside[1] * 100 >= 86 * all, "{inside:?} of {all}");
}
