//! Likelihood, filter and smoother against dense algebra on the joint distribution of all values.

use evenkeel_models::state_space::StateSpace;
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;
use nalgebra::{DMatrix, DVector};

struct Dense {
    m: usize,
    p: usize,
    t: DMatrix<f64>,
    z: DMatrix<f64>,
    h: DMatrix<f64>,
    q: DMatrix<f64>,
    mean: DVector<f64>,
    start: DMatrix<f64>,
    diffuse: Vec<bool>,
}

/// What the joint distribution says: log-likelihood, states, their covariances.
struct Answer {
    log: f64,
    means: Vec<DVector<f64>>,
    covariances: Vec<DMatrix<f64>>,
}

impl Dense {
    fn random(g: &mut Generator, m: usize, p: usize, correlated: bool, diffuse: Vec<bool>) -> Self {
        let mut matrix = |rows, columns, by: f64| DMatrix::from_fn(rows, columns, |_, _| by * g.normal());
        let (a, b, c) = (matrix(m, m, 0.7), matrix(p, p, 1.0), matrix(m, m, 0.8));
        let h = if correlated { &b * b.transpose() } else { DMatrix::from_diagonal(&b.diagonal().abs()) };
        let symmetric = |x: DMatrix<f64>| 0.5 * (&x + x.transpose());
        Self {
            m,
            p,
            t: matrix(m, m, 0.5),
            z: matrix(p, m, 1.0),
            h: symmetric(h),
            q: symmetric(&a * a.transpose()),
            mean: matrix(m, 1, 1.0).column(0).into(),
            start: symmetric(&c * c.transpose()),
            diffuse,
        }
    }

    fn model(&self) -> StateSpace {
        let rows = |x: &DMatrix<f64>| x.transpose().as_slice().to_vec();
        StateSpace::new(self.m, self.p)
            .transition(&rows(&self.t))
            .design(&rows(&self.z))
            .observation_covariance(&rows(&self.h))
            .state_covariance(&rows(&self.q))
            .start(self.mean.as_slice(), &rows(&self.start), &self.diffuse)
    }

    /// Every value and every state is a linear function of the unknown start (a flat prior) and of noise.
    fn answer(&self, y: &[f64]) -> Answer {
        let (m, p, n) = (self.m, self.p, y.len() / self.p);
        let unknown: Vec<usize> = (0..m).filter(|i| self.diffuse[*i]).collect();
        let d = unknown.len();
        let (mut mean, mut covariance) = (self.mean.clone(), self.start.clone());
        for &i in &unknown {
            mean[i] = 0.0;
            covariance.row_mut(i).fill(0.0);
            covariance.column_mut(i).fill(0.0);
        }
        // Of all states: mean, effect of the unknown, covariance.
        let mut effect = DMatrix::zeros(n * m, d);
        let mut means = DVector::zeros(n * m);
        let mut joint = DMatrix::zeros(n * m, n * m);
        let mut now = DMatrix::zeros(m, d);
        for (c, &i) in unknown.iter().enumerate() {
            now[(i, c)] = 1.0;
        }
        for s in 0..n {
            effect.view_mut((s * m, 0), (m, d)).copy_from(&now);
            means.rows_mut(s * m, m).copy_from(&mean);
            joint.view_mut((s * m, s * m), (m, m)).copy_from(&covariance);
            let mut cross = covariance.clone();
            for later in s + 1..n {
                cross = &self.t * cross;
                joint.view_mut((later * m, s * m), (m, m)).copy_from(&cross);
                joint.view_mut((s * m, later * m), (m, m)).copy_from(&cross.transpose());
            }
            now = &self.t * now;
            mean = &self.t * mean;
            covariance = &self.t * covariance * self.t.transpose() + &self.q;
        }
        let seen: Vec<usize> = (0..n * p).filter(|k| !y[*k].is_nan()).collect();
        let k = seen.len();
        let mut read = DMatrix::zeros(k, n * m);
        let mut noise = DMatrix::zeros(k, k);
        for (row, &at) in seen.iter().enumerate() {
            let (s, i) = (at / p, at % p);
            read.view_mut((row, s * m), (1, m)).copy_from(&self.z.row(i));
            for (column, &other) in seen.iter().enumerate() {
                if other / p == s {
                    noise[(row, column)] = self.h[(i, other % p)];
                }
            }
        }
        let values = DVector::from_iterator(k, seen.iter().map(|at| y[*at]));
        let v = &read * &joint * read.transpose() + noise;
        let x = &read * &effect;
        let error = values - &read * &means;
        let inverse = v.clone().try_inverse().unwrap();
        let gram = x.transpose() * &inverse * &x;
        let gram_inverse = if d == 0 { gram.clone() } else { gram.clone().try_inverse().unwrap() };
        let beta = &gram_inverse * (x.transpose() * &inverse * &error);
        let rest = &error - &x * &beta;
        let quadratic = (rest.transpose() * &inverse * &rest)[(0, 0)];
        let determinant = v.determinant().ln() + if d == 0 { 0.0 } else { gram.determinant().ln() };
        let log = -0.5 * (k as f64 * core::f64::consts::TAU.ln() + determinant + quadratic);
        let gain = &joint * read.transpose() * &inverse;
        let states = &means + &effect * &beta + &gain * rest;
        let left = &effect - &gain * &x;
        let covariances = &joint - &gain * (&read * &joint) + &left * &gram_inverse * left.transpose();
        Answer {
            log,
            means: (0..n).map(|s| states.rows(s * m, m).into()).collect(),
            covariances: (0..n).map(|s| covariances.view((s * m, s * m), (m, m)).into()).collect(),
        }
    }

    fn check(&self, what: &str, y: &[f64]) {
        let (model, answer) = (self.model(), self.answer(y));
        let (filtered, smoothed) = (model.filter(y).unwrap(), model.smooth(y).unwrap());
        assert_close!(filtered.log_likelihood(), answer.log, 1e-9, 1e-9, "{what}: likelihood");
        assert_close!(model.log_likelihood(y).unwrap(), answer.log, 1e-9, 1e-9, "{what}: likelihood alone");
        let n = y.len() / self.p;
        let scale = answer.covariances.iter().map(|c| c.amax()).fold(1.0, f64::max);
        for s in 0..n {
            for i in 0..self.m {
                let (ours, theirs) = (smoothed.state(s).unwrap()[i], answer.means[s][i]);
                assert_close!(ours, theirs, 1e-7, 1e-7, "{what}: state {i} at {s}");
                for j in 0..self.m {
                    let ours = smoothed.covariance(s).unwrap()[i * self.m + j];
                    let theirs = answer.covariances[s][(i, j)];
                    assert_close!(ours, theirs, 1e-6, 1e-7 * scale, "{what}: covariance {i} {j} at {s}");
                }
            }
        }
        // The last state knows all values in either pass.
        for i in 0..self.m {
            let (ours, theirs) = (filtered.state(n - 1).unwrap()[i], answer.means[n - 1][i]);
            assert_close!(ours, theirs, 1e-7, 1e-7, "{what}: filtered state {i}");
        }
        // A disturbance is what a step has that the transition does not explain.
        for s in 0..n - 1 {
            let step = &answer.means[s + 1] - &self.t * &answer.means[s];
            for i in 0..self.m {
                let ours = smoothed.disturbance(s).unwrap()[i];
                assert_close!(ours, step[i], 1e-6, 1e-6, "{what}: disturbance {i} at {s}");
            }
        }
    }
}

#[test]
fn agrees_with_dense_algebra() {
    let mut g = Generator::new(5);
    for (m, p) in [(1, 1), (2, 1), (3, 1), (1, 3), (3, 2), (4, 3)] {
        for correlated in [false, true] {
            for diffuse in [vec![false; m], vec![true; m], (0..m).map(|i| i % 2 == 0).collect()] {
                for gaps in [0.0, 0.3] {
                    let dense = Dense::random(&mut g, m, p, correlated, diffuse.clone());
                    let n = 12;
                    let y: Vec<f64> = (0..n * p)
                        .map(|_| {
                            let x = 3.0 * g.normal();
                            if g.bernoulli(gaps) { f64::NAN } else { x }
                        })
                        .collect();
                    let what = format!("{m} states, {p} values, {correlated}, {diffuse:?}, gaps {gaps}");
                    dense.check(&what, &y);
                }
            }
        }
    }
}

#[test]
fn a_level_and_a_cycle_agree_with_dense_algebra() {
    use evenkeel_core::Fit;
    use evenkeel_models::state_space::{Component, Structural};

    let (damping, angle) = (0.9_f64, core::f64::consts::TAU / 7.5);
    let (sin, cos) = (damping * angle.sin(), damping * angle.cos());
    let spread = 0.4 / (1.0 - damping * damping);
    let dense = Dense {
        m: 3,
        p: 1,
        t: DMatrix::from_row_slice(3, 3, &[1.0, 0.0, 0.0, 0.0, cos, sin, 0.0, -sin, cos]),
        z: DMatrix::from_row_slice(1, 3, &[1.0, 1.0, 0.0]),
        h: DMatrix::from_element(1, 1, 0.5),
        q: DMatrix::from_diagonal(&DVector::from_vec(vec![0.2, 0.4, 0.4])),
        mean: DVector::zeros(3),
        start: DMatrix::from_diagonal(&DVector::from_vec(vec![0.0, spread, spread])),
        diffuse: vec![true, false, false],
    };
    let mut g = Generator::new(15);
    let mut y: Vec<f64> = (0..30).map(|_| 10.0 + 2.0 * g.normal()).collect();
    (y[0], y[11], y[12]) = (f64::NAN, f64::NAN, f64::NAN);
    let answer = dense.answer(&y);
    let model = Structural::local_level()
        .cycle(7.5, 7.5)
        .damping(damping)
        .variance(Component::Irregular, 0.5)
        .variance(Component::Level, 0.2)
        .variance(Component::Cycle, 0.4)
        .fit(&y)
        .unwrap();
    assert_close!(model.report().criteria().log_likelihood(), answer.log, 1e-10, 0.0);
    let centered: Vec<f64> = y.iter().map(|x| x - model.center()).collect();
    assert_close!(model.state_space().log_likelihood(&centered).unwrap(), answer.log, 1e-10, 0.0);
    let parts = model.components(&y).unwrap();
    for t in 0..30 {
        for (component, i) in [(Component::Level, 0), (Component::Cycle, 1)] {
            assert_close!(parts.estimate(component).unwrap()[t], answer.means[t][i], 1e-8, 1e-8);
            assert_close!(parts.variance(component).unwrap()[t], answer.covariances[t][(i, i)], 1e-8, 1e-9);
        }
    }
}

#[test]
fn disturbances_scatter_as_the_model_says() {
    // The variance of an estimate is that of the disturbance less what is left unknown of it.
    let mut g = Generator::new(9);
    let dense = Dense::random(&mut g, 2, 1, false, vec![true, true]);
    let y: Vec<f64> = (0..10).map(|_| g.normal()).collect();
    let smoothed = dense.model().smooth(&y).unwrap();
    for s in 0..9 {
        for i in 0..2 {
            let variance = smoothed.disturbance_variance(s).unwrap()[i];
            assert!(variance >= 0.0 && variance <= dense.q[(i, i)] * (1.0 + 1e-9), "{variance}");
        }
    }
    assert!(smoothed.disturbance_variance(9).unwrap().iter().all(|v| *v == 0.0));
    assert!(smoothed.disturbance(10).is_none());
}
