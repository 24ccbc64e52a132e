//! The streaming contract, of what works on long lags or stands around other models.

use evenkeel_core::{Fit, Forecaster, Snapshot, Stage};
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::ensemble::Combination;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::sparse_ar::SparseArModel;
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_models::{Auto, Backtest, Conformal, Ensemble, SparseAr};
use evenkeel_testing::conformance::{Kind, Options, does_not_allocate};

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
    sparse_ar { stage: sparse(), input: f64, kind: forecaster, tampered: survived, schema: "SparseArModel@2", golden: "../evenkeel-testing/golden/models/sparse_ar.json" }
    sparse_ar_differenced {
        stage: reset(SparseAr::new().lags([1, 5]).choose(false).difference(7).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster, tampered: survived,
        steps: 100_000
    }
    transformed {
        stage: reset(Transformed::new(Transform::SquareRoot, SparseAr::new().lags([1])).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "Transformed@1<SparseArModel@2>",
        golden: "../evenkeel-testing/golden/models/transformed.json"
    }
    decomposed {
        stage: reset(Decomposed::classical(24, SimpleSmoothing::new()).fit(&hours()).unwrap()),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "DecomposedModel@1<SimpleSmoothingModel@3>",
        golden: "../evenkeel-testing/golden/models/decomposed.json"
    }
    ensemble {
        stage: Ensemble::new([(sparse(), 1.0), (sparse(), 2.0)], Combination::MiddleHalf).unwrap(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "Ensemble@1<SparseArModel@2>",
        golden: "../evenkeel-testing/golden/models/ensemble.json"
    }
    conformal {
        stage: reset(
            Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(4).origins(5), &hours()).unwrap().adapt(0.05).unwrap()
        ),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "Conformal@1<SimpleSmoothingModel@3>",
        golden: "../evenkeel-testing/golden/models/conformal.json"
    }
    auto { stage: reset(Auto::new().seasons([24]).fit(&hours()).unwrap()), input: f64, kind: forecaster, tampered: survived }
    auto_short {
        stage: reset(Auto::new().seasons([]).fit(&hours()[..4]).unwrap()),
        input: f64,
        kind: forecaster, tampered: survived,
        // The mean of four values and of all that come is among its members.
        forgets: never,
        golden: "../evenkeel-testing/golden/models/auto.json"
    }
}

/// What a detector does with a forecaster: it asks about each value before the model learns it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Asked<F>(F);

impl<F: Forecaster> Stage<f64> for Asked<F> {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let asked = self.0.assess(x).map(|assessed| assessed.log_density());
        self.0.update(x);
        asked
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

impl<F: Snapshot> Snapshot for Asked<F> {
    fn schema() -> String {
        format!("Asked@1<{}>", F::schema())
    }
}

#[test]
fn to_assess_allocates_nothing() {
    let options = Options::new(Kind::Stage);
    let auto = Asked(reset(Auto::new().seasons([24]).fit(&hours()).unwrap()));
    does_not_allocate::<f64, _>(|| auto.clone(), &options).unwrap();
    let short = Asked(reset(Auto::new().seasons([]).fit(&hours()[..100]).unwrap()));
    does_not_allocate::<f64, _>(|| short.clone(), &options).unwrap();
    let both = Ensemble::new([(sparse(), 1.0), (sparse(), 2.0)], Combination::MiddleHalf).unwrap();
    does_not_allocate::<f64, _>(|| Asked(both.clone()), &options).unwrap();
    let conformal = Conformal::fit(&SparseAr::new().lags([1, 24]), &Backtest::new(24), &hours()).unwrap();
    does_not_allocate::<f64, _>(|| Asked(reset(conformal.clone())), &options).unwrap();
    let rest = Decomposed::classical(24, SimpleSmoothing::new()).fit(&hours()).unwrap();
    does_not_allocate::<f64, _>(|| Asked(reset(rest.clone())), &options).unwrap();
}
