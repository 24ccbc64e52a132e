//! No forecaster allocates in its steady state, whatever the stream does: the kit's check on rough streams,
//! with a question before each value.

use evenkeel_core::{Fit, Forecaster, Snapshot, Stage};
use evenkeel_models::arima::{Constant, HarmonicRegression};
use evenkeel_models::ces::{AutoCes, Ces, CesKind};
use evenkeel_models::croston::{Croston, CrostonKind};
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::ensemble::Combination;
use evenkeel_models::ets::{Ets, EtsForm};
use evenkeel_models::fit::Effort;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::state_space::Structural;
use evenkeel_models::theta::{Theta, ThetaKind};
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_models::{
    Arima, Auto, AutoArima, AutoEts, AutoTheta, Backtest, Conformal, Ensemble, Naive, SparseAr,
};
use evenkeel_testing::conformance::{Kind, Options, does_not_allocate};

/// How long a stretch of one kind is: longer than any season here.
const STRETCH: u32 = 160;

/// A forecaster that is asked about each value before it learns it, on a stream with stretches of gaps, of
/// constants, of zeros and of values far out.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Rough<F> {
    model: F,
    seen: u32,
}

impl<F: Forecaster> Stage<f64> for Rough<F> {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let x = match self.seen / STRETCH % 6 {
            1 => f64::NAN,
            2 => 17.0,
            3 if self.seen.is_multiple_of(7) => 1e12,
            4 => 0.0,
            _ => x,
        };
        self.seen = (self.seen + 1) % (6 * STRETCH);
        let asked = self.model.assess(x).map(|assessed| assessed.log_density());
        self.model.update(x);
        asked
    }

    fn reset(&mut self) {
        self.model.reset();
        self.seen = 0;
    }
}

impl<F: Snapshot> Snapshot for Rough<F> {
    fn schema() -> String {
        format!("Rough@1<{}>", F::schema())
    }
}

/// Two weeks of hours.
fn hours() -> Vec<f64> {
    (0..336u32).map(|t| 40.0 + f64::from(t % 24) + f64::from(t * 7919 % 101) / 20.0).collect()
}

fn check<F>(what: &str, model: &F)
where
    F: Forecaster + Snapshot + Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static,
{
    let rough = Rough { model: model.clone(), seen: 0 };
    if let Err(broken) = does_not_allocate::<f64, _>(|| rough.clone(), &Options::new(Kind::Stage)) {
        panic!("{what}: {broken}");
    }
}

#[test]
fn no_forecaster_allocates_on_rough_streams() {
    let y = hours();
    for (p, d, q, period) in
        [(2, 0, 1, 1), (1, 1, 1, 1), (0, 2, 2, 1), (1, 0, 1, 24), (0, 1, 1, 24), (1, 0, 0, 130)]
    {
        let settings =
            Arima::new(p, d, q).constant(if d == 0 && period == 1 { Constant::Mean } else { Constant::None });
        let settings =
            if period > 1 { settings.seasonal(0, usize::from(period < 100), 1, period) } else { settings };
        check(&format!("Arima ({p},{d},{q}) {period}"), &settings.fit(&y).unwrap());
    }
    check("AutoArima", &AutoArima::new().fit(&y).unwrap());
    check(
        "HarmonicRegression",
        &HarmonicRegression::new([24.0]).errors(Arima::new(1, 0, 0)).fit(&y).unwrap(),
    );
    check("SimpleSmoothing", &SimpleSmoothing::new().fit(&y).unwrap());
    for form in EtsForm::all() {
        check(&form.to_string(), &Ets::new(form, 6).fit(&y).unwrap());
    }
    check("AutoEts", &AutoEts::new(24).fit(&y).unwrap());
    for structural in [
        Structural::local_level(),
        Structural::smooth_trend(),
        Structural::basic(24),
        Structural::local_level().cycle(5.0, 50.0),
    ] {
        check("Structural", &structural.fit(&y).unwrap());
    }
    for kind in [ThetaKind::Classic, ThetaKind::Optimized, ThetaKind::DynamicOptimized] {
        check("Theta", &Theta::new(kind, 24).fit(&y).unwrap());
    }
    check("AutoTheta", &AutoTheta::new(24).fit(&y).unwrap());
    for kind in [CesKind::None, CesKind::Simple, CesKind::Partial, CesKind::Full] {
        check("Ces", &Ces::new(kind, 24).fit(&y).unwrap());
    }
    check("AutoCes", &AutoCes::new(24).fit(&y).unwrap());
    for kind in [CrostonKind::Classic, CrostonKind::Approximate, CrostonKind::Probability] {
        check("Croston", &Croston::new(kind).fit(&y).unwrap());
    }
    for naive in [
        Naive::last(),
        Naive::seasonal(24),
        Naive::drift(),
        Naive::mean(),
        Naive::window_mean(5),
        Naive::adjusted(24),
    ] {
        check("Naive", &naive.fit(&y).unwrap());
    }
}

#[test]
fn nothing_composed_allocates_on_rough_streams() {
    let y = hours();
    let lags = SparseAr::new().lags([1, 2, 24]);
    check("SparseAr", &lags.fit(&y).unwrap());
    check("SparseAr of differences", &lags.clone().difference(24).fit(&y).unwrap());
    for transform in Transform::ALL {
        check("Transformed", &Transformed::new(transform, lags.clone()).fit(&y).unwrap());
    }
    check("Decomposed, classical", &Decomposed::classical(24, SimpleSmoothing::new()).fit(&y).unwrap());
    check("Decomposed, MSTL", &Decomposed::mstl([24, 48], AutoArima::new()).fit(&y).unwrap());
    for combination in [Combination::Mean, Combination::Median, Combination::MiddleHalf] {
        let members = (1..=5).map(|n| (lags.fit(&y[..n * 60]).unwrap(), n as f64));
        check("Ensemble", &Ensemble::new(members, combination).unwrap());
    }
    let conformal = Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(4).origins(5), &y).unwrap();
    check("Conformal", &conformal);
    check("Conformal that adapts", &conformal.clone().adapt(0.05).unwrap());
    check("Conformal of Auto", &Conformal::fit(&Auto::new(), &Backtest::new(4).origins(3), &y).unwrap());
    for effort in [Effort::Fast, Effort::Default, Effort::Thorough] {
        check("Auto, of few", &Auto::new().effort(effort).seasons([]).fit(&y[..30]).unwrap());
        check("Auto", &Auto::new().effort(effort).seasons([24]).fit(&y).unwrap());
    }
}
