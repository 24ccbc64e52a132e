//! Laws of the theta models.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::{AutoTheta, Theta, ThetaKind, ThetaModel, ThetaParameters};
use evenkeel_testing::{Source, assert_close};

const KINDS: [ThetaKind; 5] = [
    ThetaKind::Classic,
    ThetaKind::Standard,
    ThetaKind::Optimized,
    ThetaKind::DynamicStandard,
    ThetaKind::DynamicOptimized,
];

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

fn forecast(model: &ThetaModel, h: usize) -> Vec<Prediction> {
    let mut out = vec![Prediction::default(); h];
    assert!(model.forecast_into(&mut out));
    out
}

#[test]
fn no_other_numbers_are_better() {
    let y = history(80);
    for kind in KINDS {
        if kind == ThetaKind::Classic {
            continue;
        }
        let best = Theta::new(kind, 1).fit(&y).unwrap();
        for i in 0..10 {
            let alpha = 0.1 + 0.089 * f64::from(i);
            for theta in [1.0, 2.0, 5.0, 50.0] {
                if theta != 2.0 && matches!(kind, ThetaKind::Standard | ThetaKind::DynamicStandard) {
                    continue;
                }
                for level in [0.0, 50.0, 100.0, 150.0] {
                    let given = ThetaParameters::new(alpha, theta, level);
                    let other = Theta::new(kind, 1).with_parameters(given).fit(&y).unwrap();
                    let (a, b) = (other.account().scaled_squares(), best.account().scaled_squares());
                    assert!(b <= a * (1.0 + 1e-12), "{kind:?} {alpha} {theta} {level}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn spread_is_that_of_simulated_futures() {
    let y = history(60);
    let horizon = 10;
    for kind in KINDS {
        let model = Theta::new(kind, 6).fit(&y).unwrap();
        let told = forecast(&model, horizon);
        let mut source = Source::new(8);
        let mut squares = vec![0.0; horizon];
        for _ in 0..20_000 {
            let mut future = model.clone();
            for h in 0..horizon {
                // A surprise is as large as the spread of a step says.
                let next = forecast(&future, 1)[0];
                let x = next.mean() + next.sd() * source.normal();
                squares[h] += (x - told[h].mean()).powi(2);
                future.update(x);
            }
        }
        for h in 0..horizon {
            let sd = (squares[h] / 20_000.0).sqrt();
            assert_close!(told[h].sd(), sd, 0.03, 0.0, "{kind:?} {h}");
        }
    }
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = history(90);
    y[40] = f64::NAN;
    y[41] = f64::NAN;
    for kind in KINDS {
        let fitted = Theta::new(kind, 6).fit(&y).unwrap();
        assert!(fitted.account().is_seasonal());
        let mut replayed = fitted.clone();
        replayed.reset();
        for x in &y {
            replayed.update(*x);
        }
        assert_eq!(replayed, fitted);
    }
}

#[test]
fn a_line_goes_on() {
    let y: Vec<f64> = (0..50).map(|t| 3.0 + 2.0 * f64::from(t)).collect();
    for kind in [ThetaKind::Optimized, ThetaKind::DynamicOptimized] {
        let model = Theta::new(kind, 1).fit(&y).unwrap();
        assert_close!(forecast(&model, 10)[9].mean(), 121.0, 1e-3, 0.0, "{kind:?}");
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let y = history(40);
    let fit = |alpha, theta, level| match Theta::new(ThetaKind::Standard, 1)
        .with_parameters(ThetaParameters::new(alpha, theta, level))
        .fit(&y)
    {
        Err(Error::Parameter { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(fit(0.0, 2.0, 1.0), "alpha");
    assert_eq!(fit(0.5, 0.5, 1.0), "theta");
    assert_eq!(fit(0.5, 2.0, f64::NAN), "level");
    assert!(matches!(AutoTheta::new(0).fit(&y), Err(Error::Parameter { name: "period", .. })));
    assert!(matches!(AutoTheta::new(1).fit(&y[..4]), Err(Error::TooShort { needed: 5, got: 4 })));
}
