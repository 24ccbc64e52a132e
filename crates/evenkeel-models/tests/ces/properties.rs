//! Properties of complex exponential smoothing.

use evenkeel_core::{Error, Fit, Stage};
use evenkeel_models::ces::{AutoCes, Ces, CesKind};
use evenkeel_testing::{Source, assert_close, forecast};

const KINDS: [CesKind; 4] = [CesKind::None, CesKind::Simple, CesKind::Partial, CesKind::Full];

fn history(n: u32) -> Vec<f64> {
    let mut source = Source::new(3);
    let mut level = 100.0;
    (0..n)
        .map(|t| {
            level += 0.4 + source.normal();
            level + 8.0 * (f64::from(t % 6) - 2.5) + source.normal()
        })
        .collect()
}

#[test]
fn spread_is_that_of_simulated_futures() {
    let y = history(90);
    let horizon = 14;
    for kind in KINDS {
        let model = Ces::new(kind, 6).fit(&y).unwrap();
        let told = forecast(&model, horizon);
        let mut source = Source::new(8);
        let mut squares = vec![0.0; horizon];
        for _ in 0..20_000 {
            let mut future = model.clone();
            for h in 0..horizon {
                let next = forecast(&future, 1)[0];
                let x = next.mean() + next.sd() * source.normal();
                squares[h] += (x - told[h].mean()).powi(2);
                future.update(x);
            }
        }
        for h in 0..horizon {
            assert_close!(told[h].sd(), (squares[h] / 20_000.0).sqrt(), 0.03, 0.0, "{kind:?} {h}");
        }
    }
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = history(90);
    y[40] = f64::NAN;
    y[41] = f64::NAN;
    for kind in KINDS {
        let fitted = Ces::new(kind, 6).fit(&y).unwrap();
        let mut replayed = fitted.clone();
        replayed.reset();
        let (mut sum, mut n) = (0.0, 0.0);
        for x in &y {
            let e = x - forecast(&replayed, 1)[0].mean();
            if !e.is_nan() {
                sum += e * e;
                n += 1.0;
            }
            replayed.update(*x);
        }
        assert_eq!(replayed, fitted);
        // The likelihood that is told is that of the stream.
        let expected = -0.5 * n * ((core::f64::consts::TAU * sum / n).ln() + 1.0);
        assert_close!(fitted.report().criteria().log_likelihood(), expected, 1e-9, 0.0, "{kind:?}");
    }
}

#[test]
fn the_choice_is_the_best_and_sees_a_season() {
    let y = history(120);
    let chosen = AutoCes::new(6).fit(&y).unwrap();
    assert_ne!(chosen.kind(), CesKind::None);
    for kind in KINDS {
        assert!(
            chosen.report().criteria().aicc()
                <= Ces::new(kind, 6).fit(&y).unwrap().report().criteria().aicc(),
            "{kind:?}"
        );
    }
    let ahead = forecast(&chosen, 6);
    let truth = y[119] - 8.0 * 2.5;
    for (h, p) in ahead.iter().enumerate() {
        let season = 8.0 * (f64::from(u32::try_from(h).unwrap()) - 2.5);
        assert!((p.mean() - truth - season).abs() < 10.0, "{h}: {p:?}");
    }
}

#[test]
fn forecasts_stay_bounded() {
    let mut y = history(60);
    let last = y[59];
    y.extend((0..30).map(|t| last * 1.05f64.powi(t)));
    for kind in KINDS {
        let model = Ces::new(kind, 6).fit(&y).unwrap();
        let largest = y.iter().fold(0.0, |m: f64, v| m.max(*v));
        assert!(forecast(&model, 500).iter().all(|p| p.mean().abs() < 10.0 * largest), "{kind:?}");
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let y = history(40);
    assert!(matches!(Ces::new(CesKind::Full, 1).fit(&y), Err(Error::Parameter { name: "period", .. })));
    assert!(matches!(AutoCes::new(0).fit(&y), Err(Error::Parameter { name: "period", .. })));
    assert!(matches!(Ces::new(CesKind::None, 1).fit(&y[..6]), Err(Error::TooShort { needed: 7, got: 6 })));
}

/// A constant added to all values is added to all forecasts, and nothing else.
#[test]
fn the_level_of_the_data_makes_no_difference() {
    let climb = [10.0, 11.2, 11.7, 13.4, 13.9, 15.1, 16.3, 16.6, 17.3];
    let seasonal: Vec<f64> = history(90);
    for (y, period) in [(&climb[..], 1), (&seasonal, 6)] {
        let base = forecast(&AutoCes::new(period).fit(y).unwrap(), 12);
        for level in [-1e6, 1e3, 1e6, 1e9] {
            let raised: Vec<f64> = y.iter().map(|x| x + level).collect();
            let out = forecast(&AutoCes::new(period).fit(&raised).unwrap(), 12);
            for (a, b) in base.iter().zip(&out) {
                // What the level leaves of the digits of the data moves the end of the search.
                let tolerance = 0.2 * a.sd();
                assert!((b.mean() - level - a.mean()).abs() < tolerance, "{level}: {a:?} {b:?}");
                assert!((b.sd() - a.sd()).abs() < tolerance, "{level}: {a:?} {b:?}");
            }
        }
    }
    let raised: Vec<f64> = climb.iter().map(|x| x + 1e6).collect();
    let out = forecast(&AutoCes::new(1).fit(&raised).unwrap(), 12);
    assert!(out.iter().all(|p| (1_000_010.0..1_000_025.0).contains(&p.mean()) && p.sd() < 20.0), "{out:?}");
}

/// A season of this period, with noise that keeps so much of its last value.
fn seasonal(n: u32, period: u32, kept: f64) -> Vec<f64> {
    let mut source = Source::new(17);
    let mut noise = 0.0;
    (0..n)
        .map(|t| {
            let turn = core::f64::consts::TAU * f64::from(t) / f64::from(period);
            noise = kept * noise + source.normal();
            100.0 + 30.0 * turn.sin() + 10.0 * (2.0 * turn).cos() + noise
        })
        .collect()
}

/// The bounds are the log-likelihoods that were reached when admissibility was tested by the polynomial of
/// the season written out, from fewer starts and without going on along the border: being faster may not be
/// paid for with a worse fit. With noise that lasts, a season that hardly changes gained more than 50 in
/// log-likelihood, since searches that began with one that learns fast ended at the border.
#[test]
fn long_seasons_are_fitted_as_well_as_by_the_long_way() {
    for (period, kept, before) in [
        (96, 0.0, [-1055.7910, -737.6906, -650.1794, -642.3184]),
        (96, 0.98, [-1007.6952, -1370.8498, -741.93, -762.7382]),
        (288, 0.9, [-2236.0273, -3271.6115, -1989.7807, -2115.5404]),
    ] {
        let history = seasonal(5 * period, period, kept);
        for (kind, before) in KINDS.into_iter().zip(before) {
            let fitted = Ces::new(kind, period as usize).fit(&history).unwrap();
            let reached = fitted.report().criteria().log_likelihood();
            assert!(reached > before - 1e-3, "{period} {kept} {kind:?}: {reached} {before}");
        }
    }
}
