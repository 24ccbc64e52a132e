//! The streaming contract.

use evenkeel_core::Fit;
use evenkeel_core::Stage;
use evenkeel_models::{
    Arima, ArimaModel, ArimaParameters, Constant, Ets, EtsError, EtsForm, EtsModel, EtsSeason, EtsTrend,
    SimpleSmoothing, SimpleSmoothingModel,
};
use evenkeel_models::{
    Auto, Backtest, Combination, Conformal, Decomposed, Ensemble, RecursiveSparseAr, SparseAr, SparseArModel,
    Transform, Transformed,
};

fn history() -> Vec<f64> {
    (0..120u32).map(|t| f64::from(t * 7919 % 101) + f64::from(t)).collect()
}

fn given(order: (usize, usize, usize), constant: Constant, ar: &[f64], ma: &[f64]) -> ArimaModel {
    let settings = Arima::new(order.0, order.1, order.2).constant(constant);
    let parameters = ArimaParameters::new(ar, ma).sigma2(2.0);
    let parameters = if constant == Constant::None { parameters } else { parameters.constant(0.5) };
    ArimaModel::from_parameters(&settings, &parameters).unwrap()
}

fn fitted() -> ArimaModel {
    let mut model = Arima::new(1, 1, 1).constant(Constant::Drift).fit(&history()).unwrap();
    model.reset();
    model
}

fn smoothed() -> SimpleSmoothingModel {
    let mut model = SimpleSmoothing::new().fit(&history()).unwrap();
    model.reset();
    model
}

fn ets(error: EtsError, trend: EtsTrend, season: EtsSeason) -> EtsModel {
    let history: Vec<f64> =
        (0..120u32).map(|t| 50.0 + f64::from(t * 7919 % 101) + 20.0 * f64::from(t % 6)).collect();
    let mut model = Ets::new(EtsForm::new(error, trend, season), 6).fit(&history).unwrap();
    model.reset();
    model
}

/// Two weeks of hours, and little of the hour itself.
fn hours() -> Vec<f64> {
    (0..240u32).map(|t| f64::from(t % 24) + f64::from(t * 7919 % 101) / 20.0).collect()
}

fn sparse() -> SparseArModel {
    let mut model = SparseAr::new().lags([1, 2, 24]).choose(false).fit(&hours()).unwrap();
    model.reset();
    model
}

fn reset<S: Stage<f64>>(mut stage: S) -> S {
    stage.reset();
    stage
}

evenkeel_testing::conformance! {
    sparse_ar { stage: sparse(), input: f64, kind: forecaster, schema: "SparseArModel@1", golden: "../evenkeel-testing/golden/models/sparse_ar.json" }
    sparse_ar_differenced {
        stage: reset(SparseAr::new().lags([1, 5]).choose(false).difference(7).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster,
        steps: 100_000
    }
    recursive_sparse_ar {
        stage: RecursiveSparseAr::builder([1, 3, 12]).forgetting(0.98).build().unwrap(),
        input: f64,
        kind: forecaster,
        schema: "RecursiveSparseAr@1<RecursiveLeastSquares@1>",
        golden: "../evenkeel-testing/golden/models/recursive_sparse_ar.json"
    }
    transformed {
        stage: reset(Transformed::new(Transform::SquareRoot, SparseAr::new().lags([1])).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster,
        schema: "Transformed@1<SparseArModel@1>",
        golden: "../evenkeel-testing/golden/models/transformed.json"
    }
    decomposed {
        stage: reset(Decomposed::classical(24, SimpleSmoothing::new()).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster,
        schema: "DecomposedModel@1<SimpleSmoothingModel@1>",
        golden: "../evenkeel-testing/golden/models/decomposed.json"
    }
    ensemble {
        stage: Ensemble::new([(sparse(), 1.0), (sparse(), 2.0)], Combination::MiddleHalf).unwrap(),
        input: f64,
        kind: forecaster,
        schema: "Ensemble@1<SparseArModel@1>",
        golden: "../evenkeel-testing/golden/models/ensemble.json"
    }
    conformal {
        stage: reset(
            Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(4).origins(5), &hours()).unwrap().adapt(0.05).unwrap()
        ),
        input: f64,
        kind: forecaster,
        schema: "Conformal@1<SimpleSmoothingModel@1>",
        golden: "../evenkeel-testing/golden/models/conformal.json"
    }
    auto { stage: reset(Auto::new().seasons([24]).fit(&hours()).unwrap()), input: f64, kind: forecaster }
}

evenkeel_testing::conformance! {
    arima_fitted { stage: fitted(), input: f64, kind: forecaster, schema: "ArimaModel@1" }
    arima_stationary {
        stage: given((2, 0, 2), Constant::Mean, &[1.2, -0.5], &[0.4, 0.2]),
        input: f64,
        kind: forecaster,
        golden: "../evenkeel-testing/golden/models/arima.json"
    }
    arima_twice_differenced {
        stage: given((1, 2, 1), Constant::None, &[0.3], &[-0.7]),
        input: f64,
        kind: forecaster,
        steps: 100_000
    }
    arima_noninvertible {
        stage: given((0, 1, 1), Constant::None, &[], &[-1.0]),
        input: f64,
        kind: forecaster,
        steps: 100_000
    }
    simple_smoothing { stage: smoothed(), input: f64, kind: forecaster, schema: "SimpleSmoothingModel@1", golden: "../evenkeel-testing/golden/models/simple_smoothing.json" }
    ets_additive {
        stage: ets(EtsError::Additive, EtsTrend::AdditiveDamped, EtsSeason::Additive),
        input: f64,
        kind: forecaster,
        schema: "EtsModel@1",
        golden: "../evenkeel-testing/golden/models/ets.json",
        steps: 200_000
    }
    ets_undamped { stage: ets(EtsError::Additive, EtsTrend::Additive, EtsSeason::Additive), input: f64, kind: forecaster, steps: 50_000 }
    ets_level { stage: ets(EtsError::Multiplicative, EtsTrend::None, EtsSeason::None), input: f64, kind: forecaster, steps: 50_000 }
    ets_multiplicative_error {
        stage: ets(EtsError::Multiplicative, EtsTrend::Additive, EtsSeason::Additive),
        input: f64,
        kind: forecaster,
        steps: 50_000
    }
    ets_multiplicative_season {
        stage: ets(EtsError::Multiplicative, EtsTrend::AdditiveDamped, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster,
        steps: 200_000
    }
    ets_additive_error_multiplicative_season {
        stage: ets(EtsError::Additive, EtsTrend::Additive, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster,
        steps: 50_000
    }
    ets_multiplicative_trend {
        stage: ets(EtsError::Multiplicative, EtsTrend::Multiplicative, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster,
        steps: 50_000
    }
    ets_damped_multiplicative_trend {
        stage: ets(EtsError::Additive, EtsTrend::MultiplicativeDamped, EtsSeason::Additive),
        input: f64,
        kind: forecaster,
        steps: 50_000
    }
}
