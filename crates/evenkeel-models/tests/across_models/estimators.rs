//! Every estimator, behind one interface.

use evenkeel_core::{Error, Fit, Forecaster, Prediction};
use evenkeel_models::arima::{Constant, HarmonicRegression};
use evenkeel_models::ces::{AutoCes, Ces, CesKind};
use evenkeel_models::croston::{Croston, CrostonKind};
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsSeason, EtsTrend};
use evenkeel_models::fit::Effort;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::theta::{Theta, ThetaKind};
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_models::{Arima, Auto, AutoArima, AutoEts, AutoTheta, Naive, SparseAr};

type Forecasted = Result<Vec<Prediction>, Error>;
type Run = dyn Fn(&[f64], usize) -> Forecasted;

/// A name, and what it forecasts of a history so many steps ahead.
pub(crate) struct Estimator {
    pub(crate) name: &'static str,
    run: Box<Run>,
}

impl Estimator {
    fn new<E: Fit + 'static>(name: &'static str, estimator: E) -> Self
    where
        E::Fitted: Forecaster,
    {
        let run = move |history: &[f64], horizon: usize| {
            let model = estimator.fit(history)?;
            let mut out = vec![Prediction::default(); horizon];
            assert!(model.forecast_into(&mut out), "{name} says nothing after a fit");
            Ok(out)
        };
        Self { name, run: Box::new(run) }
    }

    pub(crate) fn forecast(&self, history: &[f64], horizon: usize) -> Forecasted {
        (self.run)(history, horizon)
    }
}

/// All of them, for a series with a season of `period` samples, 1 for none.
pub(crate) fn all(period: usize) -> Vec<Estimator> {
    let ets = |error, trend, season| Ets::new(EtsForm::new(error, trend, season), period);
    let (a, m, n) = (EtsError::Additive, EtsError::Multiplicative, EtsSeason::None);
    let mut all = vec![
        Estimator::new("Auto", Auto::new()),
        Estimator::new("Auto, thorough", Auto::new().effort(Effort::Thorough)),
        Estimator::new("AutoArima", AutoArima::new().period(period)),
        Estimator::new("AutoCes", AutoCes::new(period)),
        Estimator::new("AutoEts", AutoEts::new(period)),
        Estimator::new("AutoTheta", AutoTheta::new(period)),
        Estimator::new("Theta, classic", Theta::new(ThetaKind::Classic, period)),
        Estimator::new("Arima (1,0,0)", Arima::new(1, 0, 0)),
        Estimator::new("Arima (0,1,1)", Arima::new(0, 1, 1)),
        Estimator::new("Arima (1,1,1) drift", Arima::new(1, 1, 1).constant(Constant::Drift)),
        Estimator::new("Ets (A,N,N)", ets(a, EtsTrend::None, n)),
        Estimator::new("Ets (A,Ad,N)", ets(a, EtsTrend::AdditiveDamped, n)),
        Estimator::new("Ets (M,N,N)", ets(m, EtsTrend::None, n)),
        Estimator::new("Ces", Ces::new(CesKind::None, period)),
        Estimator::new("SparseAr", SparseAr::new()),
        Estimator::new(
            "SparseAr of logarithms",
            Transformed::new(Transform::Logarithm, SparseAr::new().lags([1, 2, 3])),
        ),
        Estimator::new("SparseAr, differences", SparseAr::new().lags([1, 2, 3]).difference(1)),
        Estimator::new("SimpleSmoothing", SimpleSmoothing::new()),
        Estimator::new("Naive, last", Naive::last()),
        Estimator::new("Naive, drift", Naive::drift()),
        Estimator::new("Naive, mean", Naive::mean()),
        Estimator::new("Naive, window", Naive::window_mean(5)),
        Estimator::new("Croston", Croston::new(CrostonKind::Classic)),
        Estimator::new("Croston, TSB", Croston::new(CrostonKind::Probability)),
    ];
    if period > 1 {
        all.push(Estimator::new("Naive, seasonal", Naive::seasonal(period)));
        all.push(Estimator::new("Naive2", Naive::adjusted(period)));
        all.push(Estimator::new("Ets (A,N,A)", ets(a, EtsTrend::None, EtsSeason::Additive)));
        all.push(Estimator::new(
            "Mstl and SimpleSmoothing",
            Decomposed::mstl([period], SimpleSmoothing::new()),
        ));
        let whole = u32::try_from(period).unwrap_or(u32::MAX);
        all.push(Estimator::new("Harmonic", HarmonicRegression::new([f64::from(whole)]).most(3)));
    }
    all
}
