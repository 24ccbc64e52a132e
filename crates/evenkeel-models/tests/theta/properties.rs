//! Properties of the theta models.

use evenkeel_core::{Error, Fit, Stage};
use evenkeel_models::AutoTheta;
use evenkeel_models::theta::{Theta, ThetaKind, ThetaParameters};
use evenkeel_testing::{Source, assert_close, forecast};

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
                    let (a, b) = (
                        other.report().criteria().scaled_squares(),
                        best.report().criteria().scaled_squares(),
                    );
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
        // The futures of the model are as uncertain as its parameters are given.
        let fitted = Theta::new(kind, 6).fit(&y).unwrap();
        let given = ThetaParameters::new(fitted.alpha(), fitted.theta(), fitted.initial_level());
        let model = Theta::new(kind, 6).with_parameters(given).fit(&y).unwrap();
        let told = forecast(&model, horizon);
        assert!(told[0].sd() < forecast(&fitted, 1)[0].sd());
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
        assert!(fitted.is_seasonal());
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

/// Two counted errors and three estimates leave no error at all of five values: what the estimates took up
/// counts as the errors of a walk with a drift.
#[test]
fn few_values_claim_no_certainty() {
    // Each with the least and the most that the first standard deviation may be: errors of the naive forecast
    // are 0.5, 4.7, 0.05.
    let cases: [(&[f64], f64, f64); 3] = [
        (&[7.0, 7.0, 7.0, 6.0, 6.0], 0.3, 3.0),
        (&[2.868, 7.205, 13.349, 20.115, 22.769, 23.981], 0.7, 9.0),
        (
            &[-0.001_730_532, -0.035_105_068, -0.094_437_577, -0.149_320_148, -0.146_847_96, -0.129_048_208],
            0.02,
            0.2,
        ),
    ];
    for (y, least, most) in cases {
        let out = forecast(&AutoTheta::new(1).fit(y).unwrap(), 6);
        assert!((least..most).contains(&out[0].sd()), "{y:?}: {out:?}");
        assert!(out.windows(2).all(|pair| pair[1].sd() >= pair[0].sd()), "{y:?}: {out:?}");
        assert!(out[5].sd() > 1.05 * out[0].sd(), "a drift and a level are uncertain: {out:?}");
    }
    // What is exact still is: lines and constants.
    for y in [[5.0; 8], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]] {
        let out = forecast(&AutoTheta::new(1).fit(&y).unwrap(), 6);
        assert!(out.iter().all(|p| p.sd() < 1e-8), "{out:?}");
    }
}

#[test]
fn short_walks_are_covered() {
    let mut inside = [0; 2];
    for seed in 0..200 {
        let mut source = Source::new(700 + seed);
        let mut level = 0.0;
        let y: Vec<f64> = (0..14)
            .map(|_| {
                level += source.normal();
                level
            })
            .collect();
        let out = forecast(&AutoTheta::new(1).fit(&y[..8]).unwrap(), 6);
        for (inside, h) in inside.iter_mut().zip([1, 6]) {
            let (low, high) = out[h - 1].interval(0.95).unwrap();
            *inside += i32::from((low..=high).contains(&y[7 + h]));
        }
    }
    // 66 and 31 % before, nominally 95.
    assert!(inside[0] >= 170 && inside[1] >= 130, "{inside:?} of 200");
}
