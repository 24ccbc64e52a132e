//! Forward-backward, Viterbi and the filter against sums over all paths.

use evenkeel_core::{Forecaster, Prediction, Stage};
use evenkeel_models::HmmModel;
use evenkeel_models::hmm::{
    AutoregressiveGaussian, Before, Categorical, Covariance, Emission, Gaussian, GaussianMixture, Poisson,
};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

fn probabilities(random: &mut Generator, n: usize, zeros: bool) -> Vec<f64> {
    let mut p: Vec<f64> = (0..n).map(|_| random.exponential()).collect();
    if zeros && n > 1 {
        p[random.uniform_below(n as u64) as usize] = 0.0;
    }
    let total: f64 = p.iter().sum();
    p.iter().map(|x| x / total).collect()
}

fn model<E: Emission>(random: &mut Generator, emission: E, zeros: bool) -> HmmModel<E> {
    let k = emission.states();
    let initial = probabilities(random, k, zeros);
    let transitions: Vec<f64> = (0..k).flat_map(|_| probabilities(random, k, zeros)).collect();
    HmmModel::from_parameters(initial, transitions, emission).unwrap()
}

/// The log-probability of every path with the sequence.
fn paths<E: Emission>(model: &HmmModel<E>, x: &[f64]) -> Vec<(Vec<usize>, f64)> {
    let (k, d) = (model.states(), model.emission().dimension());
    let length = x.len() / d;
    (0..k.pow(length as u32))
        .map(|code| {
            let path: Vec<usize> = (0..length).map(|t| code / k.pow(t as u32) % k).collect();
            let mut log = model.initial()[path[0]].ln();
            for (t, row) in x.chunks_exact(d).enumerate() {
                if t > 0 {
                    log += model.transition(path[t - 1], path[t]).ln();
                }
                if row.iter().any(|x| !x.is_nan()) {
                    let mut densities = vec![0.0; k];
                    let last = (0..t).rev().find(|s| x[s * d..(s + 1) * d].iter().any(|x| !x.is_nan()));
                    match last {
                        Some(s) if model.emission().remembers() => {
                            let before = Before { row: &x[s * d..(s + 1) * d], ago: t - s };
                            model.emission().log_densities_after(before, row, &mut densities);
                        }
                        _ => model.emission().log_densities(row, &mut densities),
                    }
                    log += densities[path[t]];
                }
            }
            (path, log)
        })
        .collect()
}

fn check<E: Emission>(model: &HmmModel<E>, x: &[f64], what: &str) {
    let k = model.states();
    let length = x.len() / model.emission().dimension();
    let all = paths(model, x);
    let most = all.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        assert_eq!(model.log_likelihood(x).unwrap(), most, "{what}");
        assert_eq!(model.smooth(x).unwrap().log_likelihood(), most, "{what}");
        assert_eq!(model.decode(x).unwrap().1, most, "{what}");
        return;
    }
    let weights: Vec<f64> = all.iter().map(|(_, log)| (log - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    let log_likelihood = most + total.ln();
    assert_close!(model.log_likelihood(x).unwrap(), log_likelihood, 1e-12, 1e-11, "{what}: likelihood");
    let smoothed = model.smooth(x).unwrap();
    assert_close!(smoothed.log_likelihood(), log_likelihood, 1e-12, 1e-11, "{what}: smoothed likelihood");
    assert_eq!(smoothed.len(), length);
    for t in 0..length {
        for j in 0..k {
            let of_state = all.iter().zip(&weights).filter(|((path, _), _)| path[t] == j);
            let expected: f64 = of_state.map(|(_, w)| w / total).sum();
            assert_close!(smoothed.probabilities(t)[j], expected, 1e-9, 1e-11, "{what}: posterior {t} {j}");
        }
    }
    for i in 0..k {
        for j in 0..k {
            let expected: f64 = all
                .iter()
                .zip(&weights)
                .map(|((path, _), w)| {
                    path.windows(2).filter(|pair| pair[0] == i && pair[1] == j).count() as f64 * w / total
                })
                .sum();
            let ours = smoothed.expected_transitions(i, j);
            assert_close!(ours, expected, 1e-9, 1e-11, "{what}: transitions {i} {j}");
        }
    }
    let (path, score) = model.decode(x).unwrap();
    assert_close!(score, most, 1e-12, 1e-11, "{what}: best path");
    let ours = all.iter().find(|(other, _)| *other == path).unwrap().1;
    assert_close!(ours, most, 1e-12, 1e-11, "{what}: the path is a best one");
    // The filter is the smoother of everything so far.
    let mut filter = model.vector_filter();
    for (t, row) in x.chunks_exact(model.emission().dimension()).enumerate() {
        filter.update(row);
        let so_far = model.smooth(&x[..(t + 1) * model.emission().dimension()]).unwrap();
        for (online, batch) in filter.probabilities().iter().zip(so_far.probabilities(t)) {
            assert_close!(*online, *batch, 1e-9, 1e-11, "{what}: filter {t}");
        }
    }
}

#[test]
fn everything_is_the_sum_over_all_paths() {
    let mut random = Generator::new(1);
    for round in 0..60 {
        let zeros = round % 2 == 1;
        let k = 1 + round % 3;
        let length = 1 + round % 6;
        let gap = |random: &mut Generator, x: f64| if random.bernoulli(0.2) { f64::NAN } else { x };
        let means: Vec<f64> = (0..k).map(|_| 3.0 * random.normal()).collect();
        let variances: Vec<f64> = (0..k).map(|_| 0.1 + random.exponential()).collect();
        let emission = Gaussian::from_parameters(1, Covariance::Diagonal, means, variances).unwrap();
        let x: Vec<f64> = (0..length).map(|_| 3.0 * random.normal()).collect();
        let x: Vec<f64> = x.into_iter().map(|x| gap(&mut random, x)).collect();
        check(&model(&mut random, emission, zeros), &x, &format!("Gaussian {round}"));

        let rates: Vec<f64> = (0..k).map(|_| 4.0 * random.exponential()).collect();
        let emission = Poisson::from_rates(1, rates).unwrap();
        let x: Vec<f64> = (0..length).map(|_| random.uniform_below(9) as f64).collect();
        let x: Vec<f64> = x.into_iter().map(|x| gap(&mut random, x)).collect();
        check(&model(&mut random, emission, zeros), &x, &format!("Poisson {round}"));

        let shares: Vec<f64> = (0..k).flat_map(|_| probabilities(&mut random, 3, zeros)).collect();
        let emission = Categorical::from_probabilities(3, shares).unwrap();
        let x: Vec<f64> = (0..length).map(|_| random.uniform_below(3) as f64).collect();
        check(&model(&mut random, emission, zeros), &x, &format!("categorical {round}"));

        let (d, covariance) = (2, [Covariance::Full, Covariance::Tied, Covariance::Spherical][round % 3]);
        let means: Vec<f64> = (0..k * d).map(|_| 2.0 * random.normal()).collect();
        let covariances = match covariance {
            Covariance::Full => [2.0, 0.7, 0.7, 1.0].repeat(k),
            Covariance::Tied => vec![2.0, 0.7, 0.7, 1.0],
            _ => vec![1.5; k],
        };
        let emission = Gaussian::from_parameters(d, covariance, means, covariances).unwrap();
        let x: Vec<f64> = (0..length * d).map(|_| 2.0 * random.normal()).collect();
        let x: Vec<f64> = x.into_iter().map(|x| gap(&mut random, x)).collect();
        check(&model(&mut random, emission, zeros), &x, &format!("Gaussian of two {round}"));

        let weights: Vec<f64> = (0..k).flat_map(|_| probabilities(&mut random, 2, zeros)).collect();
        let means: Vec<f64> = (0..2 * k * d).map(|_| 2.0 * random.normal()).collect();
        let components = match covariance {
            Covariance::Full => {
                Gaussian::from_parameters(d, covariance, means, [2.0, 0.7, 0.7, 1.0].repeat(2 * k))
            }
            _ => Gaussian::from_parameters(d, Covariance::Diagonal, means, [1.0, 0.5].repeat(2 * k)),
        };
        let emission = GaussianMixture::from_parameters(weights, 2, components.unwrap()).unwrap();
        check(&model(&mut random, emission, zeros), &x, &format!("mixture {round}"));

        let constants: Vec<f64> = (0..k).map(|_| random.normal()).collect();
        let coefficients: Vec<f64> = (0..k).map(|_| 1.8 * random.uniform() - 0.9).collect();
        let variances: Vec<f64> = (0..k).map(|_| 0.1 + random.exponential()).collect();
        let emission =
            AutoregressiveGaussian::from_parameters(&constants, &coefficients, &variances).unwrap();
        check(&model(&mut random, emission, zeros), &x[..length], &format!("autoregression {round}"));
    }
}

#[test]
fn probabilities_beyond_a_double_are_kept() {
    // From the first state to the last only through steps of 1e-200; densities 1e-5000 apart.
    let emission =
        Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 100.0, 200.0], [1.0, 1.0, 1.0]).unwrap();
    let transitions = [1.0, 1e-200, 0.0, 0.0, 1.0, 1e-300, 0.0, 0.0, 1.0];
    let model = HmmModel::from_parameters([1.0, 0.0, 0.0], transitions, emission).unwrap();
    for x in [
        [0.0, 0.0, 200.0, 200.0, 200.0, 200.0],
        [0.0, 200.0, 200.0, f64::NAN, 200.0, 200.0],
        [0.0, 100.0, 0.0, 100.0, 200.0, 0.0],
        [200.0, 200.0, 200.0, 0.0, 0.0, 0.0],
    ] {
        check(&model, &x, &format!("{x:?}"));
    }
}

#[test]
fn a_missing_row_adds_exactly_nothing() {
    let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 2.0]).unwrap();
    let model = HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.2, 0.8], emission).unwrap();
    assert_eq!(model.log_likelihood(&[f64::NAN; 50]).unwrap(), 0.0);
    assert_eq!(model.smooth(&[f64::NAN; 50]).unwrap().log_likelihood(), 0.0);
    let x = [0.1, 4.0, 0.3, 5.5];
    let gap: Vec<f64> = x.into_iter().chain([f64::NAN; 30]).collect();
    assert_eq!(model.log_likelihood(&gap).unwrap(), model.log_likelihood(&x).unwrap());
    assert_close!(
        model.smooth(&gap).unwrap().log_likelihood(),
        model.smooth(&x).unwrap().log_likelihood(),
        1e-15,
        0.0
    );
}

#[test]
fn the_forecast_is_the_mixture() {
    let emission = Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 5.0], [1.0, 4.0]).unwrap();
    let mut model = HmmModel::from_parameters([0.3, 0.7], [0.9, 0.1, 0.2, 0.8], emission).unwrap();
    model.update(0.5);
    let p = model.probabilities()[0];
    let (first, second) = (0.9 * p + 0.2 * (1.0 - p), 0.1 * p + 0.8 * (1.0 - p));
    let mut next = [Prediction::default(); 200];
    assert!(model.forecast_into(&mut next));
    assert_close!(next[0].mean(), 5.0 * second, 1e-12, 0.0);
    let variance = first + 4.0 * second + 25.0 * first * second;
    assert_close!(next[0].sd(), variance.sqrt(), 1e-12, 0.0);
    // Far ahead it is the stationary distribution: 2/3, 1/3.
    assert_close!(next[199].mean(), 5.0 / 3.0, 1e-9, 0.0);
    for x in [-3.0, 0.0, 2.0, 9.0] {
        let of = |m: f64, s: f64| Prediction::new(m, s).unwrap().assess(x);
        let (a, b) = (of(0.0, 1.0), of(5.0, 2.0));
        let ours = model.assess(x).unwrap();
        let density = first * a.log_density().exp() + second * b.log_density().exp();
        assert_close!(ours.log_density(), density.ln(), 1e-12, 1e-12);
        assert_close!(ours.lower(), first * a.lower() + second * b.lower(), 1e-12, 0.0);
        assert_close!(ours.upper(), first * a.upper() + second * b.upper(), 1e-12, 0.0);
    }
    let emission = Poisson::from_rates(1, [2.0, 9.0]).unwrap();
    let model = HmmModel::from_parameters([0.5, 0.5], [0.9, 0.1, 0.1, 0.9], emission).unwrap();
    let mass = |rate: f64, n: u32| (1..=n).fold((-rate).exp(), |p, i| p * rate / f64::from(i));
    let below: f64 = (0..=4).map(|n| 0.5 * (mass(2.0, n) + mass(9.0, n))).sum();
    let at = 0.5 * (mass(2.0, 4) + mass(9.0, 4));
    let assessed = model.assess(4.0).unwrap();
    assert_close!(assessed.log_density(), at.ln(), 1e-12, 0.0);
    assert_close!(assessed.lower(), below, 1e-12, 0.0);
    assert_close!(assessed.upper(), 1.0 - below + at, 1e-12, 0.0);
}
