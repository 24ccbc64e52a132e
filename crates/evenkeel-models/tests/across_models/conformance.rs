//! The streaming contract.

use evenkeel_core::Fit;
use evenkeel_core::Stage;
use evenkeel_models::arima::{
    ArimaParameters, AutoArimaModel, Constant, HarmonicRegression, HarmonicRegressionModel,
};
use evenkeel_models::ces::{Ces, CesKind, CesModel};
use evenkeel_models::crossing_paths::CrossingPaths;
use evenkeel_models::crossing_watch::CrossingWatch;
use evenkeel_models::croston::{Croston, CrostonKind, CrostonModel};
use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsModel, EtsParameters, EtsSeason, EtsTrend};
use evenkeel_models::naive::NaiveModel;
use evenkeel_models::simple_smoothing::{SimpleSmoothing, SimpleSmoothingModel};
use evenkeel_models::state_space::{Structural, StructuralModel};
use evenkeel_models::theta::{Theta, ThetaKind, ThetaModel, ThetaParameters};
use evenkeel_models::{Arima, ArimaModel, AutoArima, Naive};
use evenkeel_stats::Limit;

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

fn seasonal() -> ArimaModel {
    let settings = Arima::new(1, 1, 1).seasonal(1, 1, 1, 7);
    let parameters = ArimaParameters::new([0.5], [0.3]).seasonal([0.2], [-0.7]).sigma2(2.0);
    ArimaModel::from_parameters(&settings, &parameters).unwrap()
}

/// Longer than what keeps a covariance.
fn long_season() -> ArimaModel {
    let settings = Arima::new(1, 0, 1).seasonal(0, 1, 1, 90);
    let parameters = ArimaParameters::new([0.5], [0.3]).seasonal([], [-0.4]);
    ArimaModel::from_parameters(&settings, &parameters).unwrap()
}

fn chosen() -> AutoArimaModel {
    let mut model = AutoArima::new().fit(&history()).unwrap();
    model.reset();
    model
}

fn waves() -> HarmonicRegressionModel {
    let settings = HarmonicRegression::new([7.0, 30.5]).waves([2, 1]).errors(Arima::new(1, 0, 0));
    let mut model = settings.fit(&history()).unwrap();
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

fn theta(kind: ThetaKind, period: usize) -> ThetaModel {
    let history: Vec<f64> =
        (0..120u32).map(|t| 50.0 + f64::from(t * 7919 % 101) + 200.0 * f64::from(t % 6)).collect();
    let mut model = Theta::new(kind, period).fit(&history).unwrap();
    model.reset();
    model
}

fn given_ets() -> EtsModel {
    let form = EtsForm::new(EtsError::Additive, EtsTrend::AdditiveDamped, EtsSeason::Additive);
    let parameters = EtsParameters::new(0.4, 100.0)
        .beta(0.1)
        .gamma(0.2)
        .phi(0.9)
        .trend(0.5)
        .season([-5.0, -2.0, 0.0, 1.0, 2.0, 4.0]);
    EtsModel::from_parameters(form, 6, parameters, 3.0).unwrap()
}

fn ces(kind: CesKind) -> CesModel {
    let history: Vec<f64> =
        (0..120u32).map(|t| 50.0 + f64::from(t * 7919 % 101) + 20.0 * f64::from(t % 6)).collect();
    let mut model = Ces::new(kind, 6).fit(&history).unwrap();
    model.reset();
    model
}

fn croston(kind: CrostonKind) -> CrostonModel {
    let history: Vec<f64> = (0..60u32).map(|t| f64::from(t % 5 / 4 * (t % 7))).collect();
    let mut model = Croston::new(kind).alpha(0.2).beta(0.1).fit(&history).unwrap();
    model.reset();
    model
}

fn naive(settings: Naive) -> NaiveModel {
    let history: Vec<f64> =
        (0..60u32).map(|t| 60.0 + 30.0 * f64::from(t % 6) + f64::from(t * 37 % 11)).collect();
    let mut model = settings.fit(&history).unwrap();
    model.reset();
    model
}

fn given_theta() -> ThetaModel {
    let settings = Theta::new(ThetaKind::DynamicOptimized, 6);
    let history: Vec<f64> = (0..24u32).map(|t| 50.0 + f64::from(t % 6)).collect();
    let mut model = settings.with_parameters(ThetaParameters::new(0.5, 4.0, 40.0)).fit(&history).unwrap();
    model.reset();
    model
}

fn structural(settings: &Structural) -> StructuralModel {
    let history: Vec<f64> =
        (0..120u32).map(|t| 50.0 + f64::from(t * 7919 % 101) + 20.0 * f64::from(t % 6)).collect();
    let mut model = settings.fit(&history).unwrap();
    model.reset();
    model
}

/// The local linear trend with known variances.
fn given_structural() -> StructuralModel {
    use evenkeel_models::state_space::Component;
    let given = Structural::local_linear_trend()
        .variance(Component::Irregular, 4.0)
        .variance(Component::Level, 1.0)
        .variance(Component::Slope, 0.1);
    structural(&given)
}

evenkeel_testing::conformance! {
    arima_fitted { stage: fitted(), input: f64, kind: forecaster, tampered: survived, schema: "ArimaModel@5" }
    arima_stationary {
        stage: given((2, 0, 2), Constant::Mean, &[1.2, -0.5], &[0.4, 0.2]),
        input: f64,
        kind: forecaster, tampered: survived,
        golden: "../evenkeel-testing/golden/models/arima.json"
    }
    arima_twice_differenced {
        stage: given((1, 2, 1), Constant::None, &[0.3], &[-0.7]),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 100_000
    }
    arima_noninvertible {
        stage: given((0, 1, 1), Constant::None, &[], &[-1.0]),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 100_000
    }
    arima_seasonal {
        stage: seasonal(),
        input: f64,
        kind: forecaster, tampered: survived,
        golden: "../evenkeel-testing/golden/models/arima_seasonal.json"
    }
    arima_long_season { stage: long_season(), input: f64, kind: forecaster, tampered: survived }
    auto_arima {
        stage: chosen(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "AutoArimaModel@2<ArimaModel@5>"
    }
    harmonic_regression {
        stage: waves(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HarmonicRegressionModel@2<ArimaRegression@1<ArimaModel@5>>"
    }
    simple_smoothing { stage: smoothed(), input: f64, kind: forecaster, tampered: survived, schema: "SimpleSmoothingModel@3", golden: "../evenkeel-testing/golden/models/simple_smoothing.json" }
    ets_additive {
        stage: given_ets(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "EtsModel@5",
        golden: "../evenkeel-testing/golden/models/ets.json",
        steps: 200_000
    }
    ets_undamped { stage: ets(EtsError::Additive, EtsTrend::Additive, EtsSeason::Additive), input: f64, kind: forecaster, tampered: survived, steps: 50_000 }
    ets_level { stage: ets(EtsError::Multiplicative, EtsTrend::None, EtsSeason::None), input: f64, kind: forecaster, tampered: survived, steps: 50_000 }
    ets_multiplicative_error {
        stage: ets(EtsError::Multiplicative, EtsTrend::Additive, EtsSeason::Additive),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 50_000
    }
    ets_multiplicative_season {
        stage: ets(EtsError::Multiplicative, EtsTrend::AdditiveDamped, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 200_000
    }
    ets_additive_error_multiplicative_season {
        stage: ets(EtsError::Additive, EtsTrend::Additive, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 50_000
    }
    ets_multiplicative_trend {
        stage: ets(EtsError::Multiplicative, EtsTrend::Multiplicative, EtsSeason::Multiplicative),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 50_000
    }
    ets_damped_multiplicative_trend {
        stage: ets(EtsError::Additive, EtsTrend::MultiplicativeDamped, EtsSeason::Additive),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 50_000
    }
    theta_dynamic {
        stage: given_theta(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "ThetaModel@4",
        golden: "../evenkeel-testing/golden/models/theta.json",
        steps: 200_000
    }
    theta_static { stage: theta(ThetaKind::Optimized, 1), input: f64, kind: forecaster, tampered: survived, steps: 200_000 }
    theta_classic { stage: theta(ThetaKind::Classic, 6), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    // Its fit to a level lies at the end of the region in which it forgets: what a value would have taught
    // stays.
    ces_none { stage: ces(CesKind::None), input: f64, kind: forecaster, tampered: survived, forgets: never, schema: "CesModel@4", steps: 100_000 }
    ces_simple { stage: ces(CesKind::Simple), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    ces_partial { stage: ces(CesKind::Partial), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    ces_full { stage: ces(CesKind::Full), input: f64, kind: forecaster, tampered: survived, steps: 200_000 }
    croston_classic {
        stage: croston(CrostonKind::Classic),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "CrostonModel@2",
        golden: "../evenkeel-testing/golden/models/croston.json",
        steps: 200_000
    }
    croston_approximate { stage: croston(CrostonKind::Approximate), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    croston_probability { stage: croston(CrostonKind::Probability), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    structural_level { stage: structural(&Structural::local_level()), input: f64, kind: forecaster, tampered: survived, forgets: never }
    structural_trend {
        stage: given_structural(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "StructuralModel@2",
        golden: "../evenkeel-testing/golden/models/structural.json",
        steps: 50_000
    }
    structural_basic { stage: structural(&Structural::basic(6)), input: f64, kind: forecaster, tampered: survived, forgets: never }
    structural_cycle {
        stage: structural(&Structural::local_level().cycle(4.0, 20.0)),
        input: f64,
        kind: forecaster, tampered: survived, forgets: never,
        steps: 50_000
    }
    crossing_watch {
        stage: CrossingWatch::new(given_structural(), CrossingPaths::new(Limit::Above(90.0), 8).paths(12)).unwrap(),
        input: f64,
        kind: stage,
        missing: advances,
        schema: "CrossingWatch@1<StructuralModel@2>",
        golden: "../evenkeel-testing/golden/models/crossing_watch.json",
        steps: 20_000
    }
    naive_last { stage: naive(Naive::last()), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    naive_seasonal {
        stage: naive(Naive::seasonal(6)),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "NaiveModel@2",
        golden: "../evenkeel-testing/golden/models/naive.json",
        steps: 200_000
    }
    naive_drift { stage: naive(Naive::drift()), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    naive_mean { stage: naive(Naive::mean()), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    naive_window { stage: naive(Naive::window_mean(5)), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
    naive_adjusted { stage: naive(Naive::adjusted(6)), input: f64, kind: forecaster, tampered: survived, steps: 100_000 }
}
