//! The streaming contract.

use evenkeel_models::HmmModel;
use evenkeel_models::hmm::{
    AutoregressiveGaussian, Categorical, Covariance, Duration, Gaussian, GaussianMixture, HmmFilter,
    HmmVectorFilter, HsmmModel, Poisson,
};

fn three() -> HmmModel {
    let emission =
        Gaussian::from_parameters(1, Covariance::Diagonal, [90.0, 100.0, 110.0], [9.0, 16.0, 25.0]).unwrap();
    let transitions = [0.9, 0.06, 0.04, 0.05, 0.9, 0.05, 0.04, 0.06, 0.9];
    HmmModel::from_parameters([0.2, 0.5, 0.3], transitions, emission).unwrap()
}

/// Three states in a ring: most transitions are impossible.
fn ring() -> HmmModel {
    let emission =
        Gaussian::from_parameters(1, Covariance::Diagonal, [90.0, 100.0, 110.0], [9.0, 16.0, 25.0]).unwrap();
    let transitions = [0.9, 0.1, 0.0, 0.0, 0.9, 0.1, 0.1, 0.0, 0.9];
    HmmModel::from_parameters([1.0, 0.0, 0.0], transitions, emission).unwrap()
}

fn counts() -> HmmModel<Poisson> {
    let emission = Poisson::from_rates(1, [2.0, 100.0]).unwrap();
    HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission).unwrap()
}

fn symbols() -> HmmFilter<Categorical> {
    let emission = Categorical::from_probabilities(3, [0.7, 0.2, 0.1, 0.1, 0.2, 0.7]).unwrap();
    HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission).unwrap().filter().unwrap()
}

fn lumps() -> HmmModel<GaussianMixture> {
    let components = Gaussian::from_parameters(
        1,
        Covariance::Diagonal,
        [90.0, 95.0, 105.0, 120.0],
        [9.0, 4.0, 16.0, 25.0],
    );
    let emission = GaussianMixture::from_parameters([0.7, 0.3, 0.4, 0.6], 2, components.unwrap()).unwrap();
    HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission).unwrap()
}

fn segments() -> HsmmModel {
    let emission =
        Gaussian::from_parameters(1, Covariance::Diagonal, [90.0, 100.0, 110.0], [9.0, 16.0, 25.0]).unwrap();
    let durations = [(4.0, 3.0), (9.0, 50.0), (2.0, 0.5)]
        .map(|(mean, shape)| Duration::negative_binomial(mean, shape, 24).unwrap());
    let transitions = [0.0, 0.6, 0.4, 0.5, 0.0, 0.5, 0.9, 0.1, 0.0];
    HsmmModel::from_parameters([0.2, 0.5, 0.3], transitions, durations, emission).unwrap()
}

fn switching() -> HmmModel<AutoregressiveGaussian> {
    let emission = AutoregressiveGaussian::from_parameters(&[10.0, 130.0], &[0.9, -0.3], &[2.0, 60.0]);
    HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission.unwrap()).unwrap()
}

fn rows(covariance: Covariance) -> HmmVectorFilter<Gaussian> {
    let variances = if covariance == Covariance::Full {
        [9.0, 4.0, 4.0, 9.0].repeat(2)
    } else {
        vec![9.0, 9.0, 25.0, 25.0]
    };
    let emission = Gaussian::from_parameters(2, covariance, [95.0, 95.0, 105.0, 105.0], variances).unwrap();
    HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission).unwrap().vector_filter()
}

evenkeel_testing::conformance! {
    hmm_model {
        stage: three(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HmmModel@2<Gaussian@1>",
        golden: "../evenkeel-testing/golden/models/hmm.json",
        steps: 200_000
    }
    hmm_ring { stage: ring(), input: f64, kind: forecaster, tampered: survived, steps: 50_000 }
    hmm_counts {
        stage: counts(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HmmModel@2<Poisson@1>",
        golden: "../evenkeel-testing/golden/models/hmm_poisson.json",
        steps: 100_000
    }
    hmm_mixture {
        stage: lumps(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HmmModel@2<GaussianMixture@1<Gaussian@1>>",
        golden: "../evenkeel-testing/golden/models/hmm_mixture.json",
        steps: 50_000
    }
    hmm_autoregressive {
        stage: switching(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HmmModel@2<AutoregressiveGaussian@1>",
        golden: "../evenkeel-testing/golden/models/hmm_autoregressive.json",
        steps: 50_000
    }
    hsmm_model {
        stage: segments(),
        input: f64,
        kind: forecaster, tampered: survived,
        schema: "HsmmModel@1<Gaussian@1>",
        golden: "../evenkeel-testing/golden/models/hsmm.json",
        steps: 30_000
    }
    hsmm_filter {
        stage: segments().filter().unwrap(),
        input: f64,
        kind: stage, tampered: survived,
        schema: "HsmmFilter@1<Gaussian@1>",
        golden: "../evenkeel-testing/golden/models/hsmm_filter.json",
        steps: 30_000
    }
    hmm_filter {
        stage: three().filter().unwrap(),
        input: f64,
        kind: stage, tampered: survived,
        schema: "HmmFilter@2<Gaussian@1>",
        golden: "../evenkeel-testing/golden/models/hmm_filter.json",
        steps: 200_000
    }
    hmm_symbols {
        stage: symbols(),
        input: f64,
        kind: stage, tampered: survived,
        schema: "HmmFilter@2<Categorical@1>",
        golden: "../evenkeel-testing/golden/models/hmm_categorical.json",
        steps: 100_000
    }
    hmm_rows {
        stage: rows(Covariance::Full),
        input: [f64; 2],
        kind: stage, tampered: survived,
        schema: "HmmVectorFilter@2<Gaussian@1>",
        golden: "../evenkeel-testing/golden/models/hmm_vector_filter.json",
        steps: 50_000
    }
    hmm_independent_rows {
        stage: rows(Covariance::Diagonal),
        input: [f64; 2],
        kind: stage, tampered: survived,
        steps: 50_000
    }
}
