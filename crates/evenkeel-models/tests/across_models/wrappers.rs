//! What stands around other models: scales, seasons, ensembles, conformal intervals, backtests, many series.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::ensemble::Combination;
use evenkeel_models::fit::fit_all;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_models::{Arima, Backtest, Conformal, Ensemble, Naive, SparseAr};
use evenkeel_testing::{Source, forecast};
use std::sync::Mutex;

fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    (0..n).map(|_| source.normal()).collect()
}

#[test]
fn a_logarithmic_model_is_the_model_of_logarithms() {
    let z = noise(300, 1);
    let y: Vec<f64> = z.iter().map(|z| z.exp()).collect();
    let inner = SparseAr::new().fit(&z).unwrap();
    let outer = Transformed::new(Transform::Logarithm, SparseAr::new()).fit(&y).unwrap();
    for (a, b) in forecast(&inner, 10).iter().zip(forecast(&outer, 10)) {
        assert!((a.mean().exp() - b.mean()).abs() < 1e-9);
        let half = 0.5 * ((a.mean() + a.sd()).exp() - (a.mean() - a.sd()).exp());
        assert!((half - b.sd()).abs() < 1e-9);
    }
    // The log-normal density.
    let (at, there) = (inner.assess(0.7).unwrap(), outer.assess(0.7_f64.exp()).unwrap());
    assert!((at.log_density() - 0.7 - there.log_density()).abs() < 1e-9);
    assert!((at.upper() - there.upper()).abs() < 1e-9);
    // What has no place on the scale lies below all of it.
    let below = outer.assess(-1.0).unwrap();
    assert_eq!((below.lower(), below.upper()), (0.0, 1.0));
}

#[test]
fn densities_integrate_to_one_on_every_scale() {
    let y: Vec<f64> = noise(300, 2).iter().map(|z| (10.0 + z).powi(2)).collect();
    for transform in Transform::ALL {
        let model = Transformed::new(transform, SimpleSmoothing::new()).fit(&y).unwrap();
        let step = 0.05;
        let mass: f64 =
            (1..20_000).map(|i| model.assess(f64::from(i) * step).unwrap().log_density().exp() * step).sum();
        assert!((mass - 1.0).abs() < 1e-3, "{transform:?}: {mass}");
    }
}

#[test]
fn what_has_no_place_on_a_scale_is_named() {
    let error =
        Transformed::new(Transform::Logarithm, SimpleSmoothing::new()).fit(&[1.0, 2.0, 0.0, 3.0, 4.0]);
    assert!(matches!(error, Err(Error::Parameter { name: "history", .. })));
    let error =
        Transformed::new(Transform::SquareRoot, SimpleSmoothing::new()).fit(&[1.0, 2.0, -0.5, 3.0, 4.0]);
    assert!(error.unwrap_err().to_string().contains("-0.5"));
    // A root that is expected far below 0 stands for 0, not for certainty.
    let falling: Vec<f64> = (0..12).map(|t| (11.0 - f64::from(t)).powi(2) + f64::from(t % 3)).collect();
    let drift = Transformed::new(Transform::SquareRoot, Naive::drift()).fit(&falling).unwrap();
    let mut ahead = [Prediction::default(); 40];
    assert!(drift.forecast_into(&mut ahead));
    assert!(ahead[39].mean() == 0.0 && ahead[39].sd() > 0.5, "{:?}", ahead[39]);
    assert!(Transform::SquareRoot.fits(&[0.0, f64::NAN]) && !Transform::Logarithm.fits(&[0.0]));
}

#[test]
fn seasons_are_put_back_where_they_were() {
    for start in [0, 5] {
        let course = |t: usize| 10.0 * ((t + start) % 12) as f64;
        let history: Vec<f64> = (0..12 * 10 + 7).map(course).collect();
        for decomposed in [
            Decomposed::mstl([12], SimpleSmoothing::new()),
            Decomposed::classical(12, SimpleSmoothing::new()),
        ] {
            let mut model = decomposed.fit(&history).unwrap();
            for (h, p) in forecast(&model, 30).iter().enumerate() {
                assert!((p.mean() - course(127 + h)).abs() < 1e-6, "{h} {} {}", p.mean(), course(127 + h));
            }
            for t in 127..140 {
                let next = model.update(course(t)).unwrap();
                assert!((next.mean() - course(t + 1)).abs() < 1e-6);
            }
            assert_eq!(model.seasons().next().unwrap().len(), 12);
            model.reset();
            assert!((model.update(course(0)).unwrap().mean() - course(1)).abs() < 10.0);
        }
    }
    let short = Decomposed::mstl([50], SimpleSmoothing::new()).fit(&[1.0; 60]);
    assert!(matches!(short, Err(Error::TooShort { .. })));
}

/// Says always the same.
#[derive(Debug, Clone)]
struct Says(Option<f64>, f64);

impl Stage<f64> for Says {
    type Output = Prediction;

    fn update(&mut self, _: f64) -> Option<Prediction> {
        Prediction::new(self.0?, self.1)
    }

    fn reset(&mut self) {}
}

impl Forecaster for Says {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let Some(p) = self.0.and_then(|mean| Prediction::new(mean, self.1)) else { return false };
        out.fill(p);
        true
    }
}

fn said(members: &[(Option<f64>, f64, f64)], combination: Combination) -> Prediction {
    let members = members.iter().map(|(mean, sd, weight)| (Says(*mean, *sd), *weight));
    let mut ensemble = Ensemble::new(members, combination).unwrap();
    let out = forecast(&ensemble, 3)[2];
    assert_eq!(ensemble.update(0.0), Some(out));
    out
}

#[test]
fn combinations_by_hand() {
    let four = [(Some(1.0), 1.0, 1.0), (Some(100.0), 1.0, 1.0), (Some(2.0), 1.0, 1.0), (Some(4.0), 1.0, 1.0)];
    assert_eq!(said(&four, Combination::Mean).mean(), 26.75);
    assert_eq!(said(&four, Combination::Median).mean(), 3.0);
    assert_eq!(said(&four, Combination::MiddleHalf).mean(), 3.0);
    let odd = [(Some(5.0), 2.0, 1.0), (Some(1.0), 2.0, 1.0), (Some(-50.0), 2.0, 1.0)];
    assert_eq!(said(&odd, Combination::Median).mean(), 1.0);
    assert_eq!(said(&odd, Combination::Median).sd(), 2.0);
    // Weights: the middle half lies in the heavy one.
    let heavy = [(Some(0.0), 1.0, 1.0), (Some(10.0), 1.0, 6.0), (Some(90.0), 1.0, 1.0)];
    assert_eq!(said(&heavy, Combination::MiddleHalf).mean(), 10.0);
    // Who knows nothing is left out; variances add what members disagree by.
    let two = [(Some(0.0), 3.0, 1.0), (None, 1.0, 5.0), (Some(8.0), 3.0, 1.0)];
    let mean = said(&two, Combination::Mean);
    assert_eq!((mean.mean(), mean.sd()), (4.0, 5.0));
    let mut nobody = Ensemble::new([(Says(None, 1.0), 1.0)], Combination::Mean).unwrap();
    assert!(nobody.update(1.0).is_none() && !nobody.forecast_into(&mut [Prediction::default()]));
}

#[test]
fn bad_ensembles_are_refused() {
    let none: [(Says, f64); 0] = [];
    assert!(Ensemble::new(none, Combination::Mean).is_err());
    assert!(Ensemble::new(vec![(Says(None, 1.0), 1.0); 65], Combination::Mean).is_err());
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Ensemble::new([(Says(None, 1.0), weight)], Combination::Mean).is_err());
    }
}

#[test]
fn origins_roll() {
    let series: Vec<f64> = (0..100).map(f64::from).collect();
    let tested =
        Backtest::new(5).origins(3).stride(2).run(&SimpleSmoothing::new().alpha(1.0), &series).unwrap();
    let origins: Vec<usize> = tested.trials().iter().map(|t| t.origin()).collect();
    assert_eq!(origins, [91, 93, 95]);
    // The last value, h steps behind.
    assert!((tested.mae() - 3.0).abs() < 1e-9 && (tested.bias() - 3.0).abs() < 1e-9);
    assert!((tested.rmse() - 11_f64.sqrt()).abs() < 1e-9);
    assert_eq!(tested.trials()[0].actual(), [91.0, 92.0, 93.0, 94.0, 95.0]);
    let mut gaps = series.clone();
    gaps[99] = f64::NAN;
    assert_eq!(Backtest::new(5).origins(1).run(&SimpleSmoothing::new(), &gaps).unwrap().errors().count(), 4);
    for bad in [Backtest::new(0), Backtest::new(5).origins(0), Backtest::new(5).stride(0)] {
        assert!(matches!(bad.run(&SimpleSmoothing::new(), &series), Err(Error::Parameter { .. })));
    }
    let long = Backtest::new(usize::MAX).origins(2).run(&SimpleSmoothing::new(), &series);
    assert!(matches!(long, Err(Error::TooShort { .. })));
}

#[test]
fn conformal_intervals_cover_where_stated_ones_do_not() {
    // Heavy tails, and a model that thinks of none: it is too sure by far.
    let mut source = Source::new(11);
    let series: Vec<f64> = (0..3000)
        .map(|_| {
            let wild = source.normal();
            50.0 + source.normal() * if wild > 1.2 { 12.0 } else { 0.5 }
        })
        .collect();
    let (past, future) = series.split_at(2000);
    let model = Conformal::fit(&Arima::new(0, 0, 0), &Backtest::new(20).origins(40), past).unwrap();
    for level in [0.5, 0.8, 0.9] {
        let intervals = model.intervals(1000, level).unwrap().unwrap();
        let inside = intervals.iter().zip(future).filter(|((low, high), x)| (low..=high).contains(x)).count();
        let share = inside as f64 / 1000.0;
        assert!((share - level).abs() < 0.05, "{level}: {share}");
        let stated = forecast(model.inner(), 1000);
        let inside = stated.iter().zip(future).filter(|(p, x)| {
            let (low, high) = p.interval(level).unwrap();
            (low..=high).contains(x)
        });
        let stated = inside.count() as f64 / 1000.0;
        assert!((stated - level).abs() > (share - level).abs(), "{level}: {stated} {share}");
    }
    assert!(model.reach(1.0).is_err() && model.intervals(3, 0.0).is_err());
    let few = Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(3).origins(2), past);
    assert!(matches!(few, Err(Error::TooShort { needed: 10, got: 6 })));
}

#[test]
fn conformal_intervals_adapt() {
    let calm = noise(600, 12);
    let model = Conformal::fit(&Arima::new(0, 0, 0), &Backtest::new(10).origins(20), &calm).unwrap();
    let share = |mut model: Conformal<_>| {
        let mut next = forecast(&model, 1)[0];
        let wild: Vec<f64> = noise(3000, 13).iter().map(|x| 3.0 * x).collect();
        let mut inside = 0;
        for x in &wild {
            let (low, high) = next.interval(0.95).unwrap();
            inside += usize::from((low..=high).contains(x));
            next = model.update(*x).unwrap();
        }
        inside as f64 / 3000.0
    };
    let (still, moving) = (share(model.clone()), share(model.adapt(0.02).unwrap()));
    assert!(still < 0.6 && (moving - 0.95).abs() < 0.03, "{still} {moving}");
}

#[test]
fn many_series_and_one_bad_one() {
    let series: Vec<Vec<f64>> =
        (0..20).map(|i| if i == 7 { vec![f64::NAN; 5] } else { noise(60, 100 + i) }).collect();
    let told = Mutex::new(Vec::new());
    let fitted = fit_all(&SimpleSmoothing::new(), &series, |done| told.lock().unwrap().push(done));
    for (i, (fit, one)) in fitted.iter().zip(&series).enumerate() {
        assert_eq!(fit.is_err(), i == 7);
        assert_eq!(*fit, SimpleSmoothing::new().fit(one));
    }
    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, (1..=20).collect::<Vec<_>>());
}
