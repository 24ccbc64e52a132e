//! Properties of exponential smoothing with error, trend and season.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Snapshot, Stage, restore};
use evenkeel_models::AutoEts;
use evenkeel_models::ets::{
    Ets, EtsCandidate, EtsError, EtsForm, EtsModel, EtsParameters, EtsSeason, EtsTrend,
};
use evenkeel_models::fit::Termination;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_testing::{Source, assert_close, forecast};

/// Positive, with a slope and a season of 6 that grows with the level.
fn history(n: u32) -> Vec<f64> {
    let mut source = Source::new(5);
    let mut level = 100.0;
    (0..n)
        .map(|t| {
            level += 0.5 + source.normal();
            level * (1.0 + 0.2 * (f64::from(t % 6) - 2.5) / 2.5) + source.normal()
        })
        .collect()
}

/// Given states are told as they were given, and fitted ones are about where the series begins.
#[test]
fn states_before_the_first_value_are_told() {
    let season = [0.8, 0.88, 0.96, 1.04, 1.12, 1.2];
    let given = EtsParameters::new(0.4, 100.0).beta(0.1).trend(0.5).gamma(0.2).season(season);
    assert_eq!((given.level_before(), given.trend_before()), (100.0, 0.5));
    assert_eq!(given.season_before(), season);
    let form =
        EtsForm { error: EtsError::Additive, trend: EtsTrend::Additive, season: EtsSeason::Multiplicative };
    let y = history(60);
    let found = Ets::new(form, 6).fit(&y).unwrap();
    let states = found.parameters();
    // The first value is about the level and the slope, times the first state of the season.
    let first = (states.level_before() + states.trend_before()) * states.season_before()[0];
    assert_eq!(states.season_before().len(), 6);
    assert!((first - y[0]).abs() < 10.0, "{first} {}", y[0]);
}

fn given(form: EtsForm) -> Ets {
    let season = match form.season {
        EtsSeason::None => vec![],
        EtsSeason::Additive => vec![-20.0, -12.0, -4.0, 4.0, 12.0, 20.0],
        EtsSeason::Multiplicative => vec![0.8, 0.88, 0.96, 1.04, 1.12, 1.2],
    };
    let parameters = EtsParameters::new(0.4, 100.0).season(season);
    let parameters = if form.season == EtsSeason::None { parameters } else { parameters.gamma(0.2) };
    let parameters = match form.trend {
        EtsTrend::None => parameters,
        EtsTrend::Additive => parameters.beta(0.1).trend(0.5),
        EtsTrend::AdditiveDamped => parameters.beta(0.1).trend(0.5).phi(0.9),
        EtsTrend::Multiplicative => parameters.beta(0.1).trend(1.005),
        EtsTrend::MultiplicativeDamped => parameters.beta(0.1).trend(1.005).phi(0.9),
    };
    Ets::new(form, if form.season == EtsSeason::None { 1 } else { 6 }).with_parameters(parameters)
}

#[test]
fn spread_is_that_of_simulated_futures() {
    let y = history(60);
    let (horizon, draws) = (15, 20_000);
    for form in EtsForm::all() {
        let model = given(form).fit(&y).unwrap();
        let told = forecast(&model, horizon);
        let (mut sum, mut squares) = (vec![0.0; horizon], vec![0.0; horizon]);
        let mut path = vec![0.0; horizon];
        for seed in 0..draws {
            model.simulate(seed, &mut path);
            for h in 0..horizon {
                sum[h] += path[h] - told[h].mean();
                squares[h] += (path[h] - told[h].mean()).powi(2);
            }
        }
        let n = 20_000.0;
        for h in 0..horizon {
            let bias = sum[h] / n;
            let sd = (squares[h] / n - bias * bias).sqrt();
            // 20,000 draws know a standard deviation to half a percent; what is of first order is further
            // off.
            let factor_trend =
                matches!(form.trend, EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped);
            let proportional = form.error == EtsError::Multiplicative;
            let exact = if factor_trend {
                proportional && form.season != EtsSeason::Additive
            } else {
                form.season != EtsSeason::Multiplicative || proportional || h < 6
            };
            let allowed = match (exact, form.trend) {
                (true, _) => 0.03,
                (false, EtsTrend::Multiplicative) => 0.25,
                (false, _) => 0.1,
            };
            assert!((told[h].sd() / sd - 1.0).abs() < allowed, "{form} {h}: {} {sd}", told[h].sd());
            // Of the others the mean is that of the path without surprises.
            assert!(bias.abs() < if exact { 0.03 } else { 0.6 } * sd, "{form} {h}: {bias}");
        }
    }
}

/// Above, the covariance of what is multiplied hides in the spread of the draws; here errors are so large
/// that the path without surprises is off by seven standard errors of the draws' mean.
#[test]
fn what_moves_together_raises_the_mean() {
    let parameters = EtsParameters::new(0.5, 100.0).beta(0.05);
    let season = EtsSeason::Multiplicative;
    for (trend, season, sigma) in [
        (EtsTrend::None, season, 0.15),
        (EtsTrend::Additive, season, 0.15),
        (EtsTrend::AdditiveDamped, season, 0.15),
        (EtsTrend::Multiplicative, season, 0.15),
        (EtsTrend::MultiplicativeDamped, season, 0.15),
        (EtsTrend::Multiplicative, EtsSeason::None, 0.15),
        (EtsTrend::MultiplicativeDamped, EtsSeason::None, 0.2),
    ] {
        let given = match trend {
            EtsTrend::None => parameters.clone().beta(0.0),
            EtsTrend::Additive => parameters.clone().trend(2.0),
            EtsTrend::AdditiveDamped => parameters.clone().trend(2.0).phi(0.9),
            EtsTrend::Multiplicative => parameters.clone().trend(1.01),
            EtsTrend::MultiplicativeDamped => parameters.clone().trend(1.01).phi(0.9),
        };
        let seasonal = season == EtsSeason::Multiplicative;
        let (given, period) = match seasonal {
            true => (given.gamma(0.4).season(vec![0.7, 0.9, 1.1, 1.3]), 4),
            false => (given, 1),
        };
        let form = EtsForm::new(EtsError::Multiplicative, trend, season);
        let mut model = EtsModel::from_parameters(form, period, given, sigma).unwrap();
        // In the middle of a cycle, and three steps into a gap: the distances count from the last value.
        model.update(100.0);
        model.update(90.0);
        let seen = model.clone();
        let whole = forecast(&model, 14);
        for _ in 0..3 {
            model.update(f64::NAN);
        }
        for (a, b) in forecast(&model, 11).iter().zip(&whole[3..]) {
            assert_close!(a.mean(), b.mean(), 1e-12, 0.0, "{form} in a gap");
            assert_close!(a.sd(), b.sd(), 1e-12, 0.0, "{form} in a gap");
        }
        // With errors of next to nothing the path is all there is.
        let quiet = EtsModel::from_parameters(form, period, seen.parameters().clone(), 1e-9).unwrap();
        let path = {
            let mut quiet = quiet;
            quiet.update(100.0);
            quiet.update(90.0);
            forecast(&quiet, 14)
        };
        let draws = 200_000;
        let (mut sum, mut squares) = ([0.0; 14], [0.0; 14]);
        for seed in 0..draws {
            let mut future = [0.0; 14];
            seen.simulate(seed, &mut future);
            for (h, y) in future.iter().enumerate() {
                sum[h] += (y - whole[h].mean()) / whole[h].sd();
                squares[h] += ((y - whole[h].mean()) / whole[h].sd()).powi(2);
            }
        }
        let n = 200_000.0_f64;
        let mut furthest: f64 = 0.0;
        for h in 0..14 {
            // The mean of so many draws is known to 1/sqrt(n) standard deviations, 4.5 of which chance does
            // not make in 98 of them.
            assert!((sum[h] / n).abs() < 4.5 / n.sqrt(), "{form} {h}: {}", sum[h] / n);
            // The tails of a product are long: a mean of squares is known to a few percent.
            assert!((squares[h] / n - 1.0).abs() < 0.03, "{form} {h}: {}", squares[h] / n);
            let off = (whole[h].mean() - path[h].mean()).abs() / whole[h].sd() * n.sqrt();
            let reach = match trend {
                EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped => 1,
                _ => period,
            };
            assert!(h >= reach || off < 1e-6, "{form} {h}: {off}");
            furthest = furthest.max(off);
        }
        assert!(furthest > 7.0, "{form}: {furthest}");
    }
}

/// A falling slope ends before the level is 0, in a gap as in a forecast.
#[test]
fn a_fall_ends_above_nothing() {
    let form = EtsForm::new(EtsError::Multiplicative, EtsTrend::Additive, EtsSeason::Multiplicative);
    let given = EtsParameters::new(0.5, 20.0).gamma(0.2).beta(0.1).trend(-2.0).season(vec![0.8, 1.2]);
    let mut model = EtsModel::from_parameters(form, 2, given, 0.1).unwrap();
    let whole = forecast(&model, 30);
    for (h, p) in whole.iter().enumerate() {
        assert!(p.mean() > 0.0 && p.sd() > 0.0 && p.sd() < 100.0, "{h}: {p:?}");
        let next = forecast(&model, 1)[0];
        assert_close!(next.mean(), p.mean(), 1e-12, 0.0, "{h}");
        assert_close!(next.sd(), p.sd(), 1e-12, 0.0, "{h}");
        model.update(f64::NAN);
    }
}

/// R's `ets` counts the length of its vector of parameters, and one for the variance: alpha, beta, gamma,
/// phi, level, slope, and the states of the season but one.
#[test]
fn what_is_estimated_is_counted_as_r_does() {
    let (a, m) = (EtsError::Additive, EtsError::Multiplicative);
    let y = history(60);
    for (form, period, count) in [
        (EtsForm::new(a, EtsTrend::None, EtsSeason::None), 1, 3),
        (EtsForm::new(m, EtsTrend::Additive, EtsSeason::None), 1, 5),
        (EtsForm::new(a, EtsTrend::AdditiveDamped, EtsSeason::None), 1, 6),
        (EtsForm::new(m, EtsTrend::None, EtsSeason::Multiplicative), 4, 7),
        (EtsForm::new(a, EtsTrend::Additive, EtsSeason::Additive), 4, 9),
        (EtsForm::new(a, EtsTrend::AdditiveDamped, EtsSeason::Additive), 4, 10),
        (EtsForm::new(a, EtsTrend::AdditiveDamped, EtsSeason::Additive), 12, 18),
        (EtsForm::new(m, EtsTrend::AdditiveDamped, EtsSeason::Multiplicative), 12, 18),
    ] {
        let fitted = Ets::new(form, period).fit(&y).unwrap();
        let report = fitted.report();
        assert_eq!(report.criteria().parameters(), count, "{form} {period}");
        let (k, n) = (f64::from(u8::try_from(count).unwrap()), 60.0);
        let expected =
            2.0 * k - 2.0 * report.criteria().log_likelihood() + 2.0 * k * (k + 1.0) / (n - k - 1.0);
        assert_close!(report.criteria().aicc(), expected, 1e-12, 0.0, "{form} {period}");
        // Given parameters count as if they had been estimated: whoever gives them has.
        let given = Ets::new(form, period).with_parameters(fitted.parameters().clone()).fit(&y).unwrap();
        assert_close!(
            given.report().criteria().aicc(),
            report.criteria().aicc(),
            1e-9,
            0.0,
            "{form} {period}"
        );
    }
}

#[test]
fn level_alone_is_simple_smoothing() {
    let y = history(80);
    let form = EtsForm::new(EtsError::Additive, EtsTrend::None, EtsSeason::None);
    let (ets, simple) = (Ets::new(form, 1).fit(&y).unwrap(), SimpleSmoothing::new().fit(&y).unwrap());
    assert_close!(
        ets.report().criteria().log_likelihood(),
        simple.report().criteria().log_likelihood(),
        0.0,
        1e-3
    );
    assert_close!(ets.level(), simple.level(), 1e-3, 0.0);
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = history(90);
    y[30] = f64::NAN;
    y[31] = f64::NAN;
    for form in EtsForm::all() {
        let fitted = Ets::new(form, 6).fit(&y).unwrap();
        let mut replayed = fitted.clone();
        replayed.reset();
        for x in &y {
            replayed.update(*x);
        }
        assert_eq!(replayed, fitted, "{form}");
        // The stream goes the way of the likelihood.
        let expected = fitted.expected(&y).unwrap();
        replayed.reset();
        let mut gap = false;
        for (x, e) in y.iter().zip(&expected) {
            // The likelihood follows the path through a gap; the mean of a product of factors is another.
            let factors = matches!(form.trend, EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped);
            let close = if gap && factors && form.error == EtsError::Multiplicative { 1e-5 } else { 1e-10 };
            assert_close!(forecast(&replayed, 1)[0].mean(), *e, close, 0.0, "{form}");
            replayed.update(*x);
            gap = x.is_nan();
        }
    }
}

#[test]
fn units_do_not_matter() {
    let y = history(90);
    for factor in [1e-6, 4.0, 1e80] {
        let scaled: Vec<f64> = y.iter().map(|v| v * factor).collect();
        for form in EtsForm::all() {
            let (a, b) = (Ets::new(form, 6).fit(&y).unwrap(), Ets::new(form, 6).fit(&scaled).unwrap());
            for (p, q) in forecast(&a, 20).iter().zip(forecast(&b, 20)) {
                assert_close!(q.mean(), p.mean() * factor, 1e-3, 0.0, "{form} {factor}");
                assert_close!(q.sd(), p.sd() * factor, 1e-2, 0.0, "{form} {factor}");
            }
        }
    }
}

#[test]
fn no_given_parameters_are_better() {
    let y = history(90);
    for form in EtsForm::all() {
        let best = Ets::new(form, 6).fit(&y).unwrap();
        assert_ne!(best.report().termination(), Termination::Given);
        if form.season == EtsSeason::None {
            let worse = given(form).fit(&y).unwrap();
            assert!(
                worse.report().criteria().log_likelihood()
                    <= best.report().criteria().log_likelihood() + 1e-6,
                "{form}"
            );
        }
    }
}

#[test]
fn the_choice_is_the_best_of_its_candidates() {
    let y = history(120);
    let model = AutoEts::new(6).fit(&y).unwrap();
    let candidates = model.candidates();
    assert_eq!(candidates.len(), 15);
    assert_eq!(candidates[0].form(), model.form());
    assert_eq!(model.form().season, EtsSeason::Multiplicative);
    for c in candidates {
        let alone = Ets::new(c.form(), 6).fit(&y).unwrap();
        assert!(model.report().criteria().aicc() <= alone.report().criteria().aicc() + 1e-3, "{}", c.form());
    }
    assert_eq!(AutoEts::new(6).multiplicative_trend(true).fit(&y).unwrap().candidates().len(), 19);
    // Values that are not positive leave the additive forms.
    let shifted: Vec<f64> = y.iter().map(|v| v - 150.0).collect();
    assert_eq!(AutoEts::new(6).fit(&shifted).unwrap().candidates().len(), 6);
}

#[test]
fn a_long_season_takes_its_states_from_averages() {
    let mut source = Source::new(9);
    let y: Vec<f64> = (0..1680_u32)
        .map(|t| {
            200.0 + 80.0 * (f64::from(t % 168) * core::f64::consts::TAU / 168.0).sin() + 3.0 * source.normal()
        })
        .collect();
    let model = AutoEts::new(168).fit(&y).unwrap();
    assert!(!model.searched_season() && model.form().season != EtsSeason::None);
    for (h, p) in forecast(&model, 168).iter().enumerate() {
        let truth = 200.0 + 80.0 * (core::f64::consts::TAU * (h as f64) / 168.0).sin();
        assert!((p.mean() - truth).abs() < 8.0, "{h}: {p:?} {truth}");
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let y = history(40);
    let name = |settings: Ets, y: &[f64]| match settings.fit(y) {
        Err(Error::Parameter { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    let seasonal = EtsForm::new(EtsError::Additive, EtsTrend::None, EtsSeason::Additive);
    let level = EtsForm::new(EtsError::Additive, EtsTrend::None, EtsSeason::None);
    assert_eq!(name(Ets::new(seasonal, 1), &y), "period");
    assert_eq!(name(Ets::new(level, 0), &y), "period");
    assert_eq!(name(Ets::new(level, 1).with_parameters(EtsParameters::new(1.5, 0.0)), &y), "alpha");
    let wild = EtsParameters::new(1.0, 0.0).beta(2.0);
    let slope = EtsForm::new(EtsError::Additive, EtsTrend::Additive, EtsSeason::None);
    assert_eq!(name(Ets::new(slope, 1).with_parameters(wild), &y), "beta");
    assert!(matches!(
        Ets::new(seasonal, 6).with_parameters(EtsParameters::new(0.5, 0.0)).fit(&y),
        Err(Error::Shape { what: "season", expected: 6, found: 0 })
    ));
    assert!(matches!(Ets::new(seasonal, 24).fit(&y), Err(Error::TooShort { needed: 48, got: 40 })));
    let ratio = EtsForm::new(EtsError::Multiplicative, EtsTrend::None, EtsSeason::None);
    let mut zero = y.clone();
    zero[3] = 0.0;
    assert!(matches!(Ets::new(ratio, 1).fit(&zero), Err(Error::Numerical { .. })));
    assert!(matches!(AutoEts::new(0).fit(&y), Err(Error::Parameter { name: "period", .. })));
}

/// Small counts fit an error in proportion to a rising level, whose variance grows by a factor a step. R's
/// and statsforecast's do so, too (10519 at 24 steps of the first series); counts of 1 to 19 do not become
/// uncertain by thousands.
#[test]
fn the_variance_stays_that_of_a_series_like_this() {
    let y = [
        6.0, 5.0, 9.0, 3.0, 2.0, 4.0, 19.0, 16.0, 5.0, 3.0, 6.0, 8.0, 1.0, 3.0, 2.0, 2.0, 2.0, 1.0, 1.0, 3.0,
        6.0, 5.0,
    ];
    let model = AutoEts::new(12).fit(&y).unwrap();
    let mut out = [Prediction::default(); 24];
    assert!(model.forecast_into(&mut out));
    // The sample's standard deviation is 4.7; a walk with its steps has 24 after 24 steps.
    assert!(
        out.iter().all(|p| p.sd() < 24.0 && (0.0..20.0).contains(&p.mean())),
        "{}: {out:?}",
        model.form()
    );
    assert!(model.candidates().iter().any(EtsCandidate::is_explosive));
    // The form itself, where it is asked for: bounded by twice the range and the walk.
    let form = EtsForm::new(EtsError::Multiplicative, EtsTrend::Additive, EtsSeason::None);
    let model = Ets::new(form, 1).fit(&y).unwrap();
    let mut out = [Prediction::default(); 200];
    assert!(model.forecast_into(&mut out));
    let step = (y.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / 21.0).sqrt();
    for (h, p) in out.iter().enumerate() {
        let ahead = f64::from(u32::try_from(h + 1).unwrap()).sqrt();
        assert!(p.sd() <= 1.3 * 2.0 * (18.0 + ahead * step), "{h}: {p:?}");
    }
}

/// In a gap the variance of a multiplicative error grows by a factor a step, beyond every number: the
/// snapshot of such a state is legal, since no input made it but missing values.
#[test]
fn a_snapshot_in_an_endless_gap_is_taken_back() {
    let y: Vec<f64> = (0..240).map(|i| 50.0 + 10.0 * f64::from(i % 12) + f64::from(i * 7919 % 13)).collect();
    for (trend, season) in [
        (EtsTrend::None, EtsSeason::Multiplicative),
        (EtsTrend::Additive, EtsSeason::Multiplicative),
        (EtsTrend::AdditiveDamped, EtsSeason::Multiplicative),
        (EtsTrend::Multiplicative, EtsSeason::Multiplicative),
        (EtsTrend::None, EtsSeason::Additive),
        (EtsTrend::Additive, EtsSeason::None),
    ] {
        let form = EtsForm::new(EtsError::Multiplicative, trend, season);
        let parameters = EtsParameters::new(0.6, 50.0);
        let parameters = if trend == EtsTrend::None { parameters } else { parameters.beta(0.3).trend(1.0) };
        let parameters =
            if season == EtsSeason::None { parameters } else { parameters.gamma(0.3).season(vec![1.0; 12]) };
        let given = EtsModel::from_parameters(form, 12, parameters, 3.0);
        let fitted = Ets::new(form, 12).fit(&y);
        for mut model in [given, fitted].into_iter().flatten() {
            for t in 0..3000 {
                // Wild, then nothing.
                let next =
                    model.update(if t < 40 { [1e100, 5e-324, -1.0, 1e-3][t % 4] } else { f64::NAN }).unwrap();
                assert!(next.mean().is_finite() && next.sd().is_finite());
                if t % 50 == 0 {
                    let text = serde_json::to_string(&model.snapshot()).unwrap();
                    let back: EtsModel = restore(&mut serde_json::Deserializer::from_str(&text))
                        .unwrap_or_else(|why| panic!("{form} at {t}: {why}"));
                    assert_eq!(back, model);
                }
            }
        }
    }
}
