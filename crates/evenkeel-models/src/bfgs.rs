//! BFGS: a quasi-Newton minimizer for objectives that give their gradient.

use crate::fit::Termination;
use nalgebra::DMatrix;

/// BFGS from a measured curvature, with a backtracking line search. A run can be continued.
#[derive(Debug, Clone)]
pub(crate) struct Bfgs {
    /// The current point.
    pub(crate) x: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) iterations: usize,
    pub(crate) termination: Termination,
    slope: Vec<f64>,
    /// Approximate inverse of the second derivatives, by rows; empty until it is measured.
    inverse: Vec<f64>,
    /// Steps since the curvature was measured.
    age: usize,
    options: BfgsOptions,
}

/// What differs between objectives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BfgsOptions {
    /// How many coordinates, from the first, have a limited step.
    pub(crate) careful: usize,
    /// The largest step of those coordinates.
    pub(crate) longest: f64,
    /// After this many steps the Hessian is measured again, which costs a gradient for each coordinate.
    pub(crate) fresh: usize,
}

/// The step of the differences of gradients.
const APART: f64 = 1e-5;
/// The smallest curvature that is used, relative to the largest.
const FLATTEST: f64 = 1e-7;

impl Bfgs {
    /// Starts at `x`. None if the objective has no value there. `objective` writes the gradient and gives the
    /// value.
    pub(crate) fn new(
        x: Vec<f64>,
        options: BfgsOptions,
        objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    ) -> Option<Self> {
        let mut slope = vec![0.0; x.len()];
        let value = objective(&x, &mut slope).filter(|v| v.is_finite())?;
        let inverse = Vec::new();
        Some(Self {
            x,
            value,
            iterations: 0,
            termination: Termination::IterationLimit,
            slope,
            inverse,
            age: 0,
            options,
        })
    }

    /// Measures the Hessian by differences of the gradient, made positive definite.
    fn measure(&mut self, objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>) {
        let k = self.x.len();
        let (mut at, mut slope) = (self.x.clone(), vec![0.0; k]);
        let mut second = vec![0.0; k * k];
        for j in 0..k {
            let mut bend = 0.0;
            // Outside the domain, the other side.
            for step in [APART, -APART] {
                at[j] = self.x[j] + step;
                if objective(&at, &mut slope).is_some() {
                    bend = 1.0 / step;
                    break;
                }
            }
            at[j] = self.x[j];
            for i in 0..k {
                let value = 0.5 * bend * (slope[i] - self.slope[i]);
                if value.is_finite() {
                    second[i * k + j] += value;
                    second[j * k + i] += value;
                }
            }
        }
        self.age = 0;
        self.inverse = inverted(&second, k);
    }

    /// At most `iterations` further steps, until the expected gain of a step is below `tolerance`. A run that
    /// ended as flat does not continue.
    pub(crate) fn run(
        &mut self,
        iterations: usize,
        tolerance: f64,
        objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    ) {
        let k = self.x.len();
        if k == 0 {
            self.termination = Termination::Converged;
        }
        if k == 0 || self.termination == Termination::Flat {
            return;
        }
        let most = self.options.longest;
        let (mut step, mut next, mut next_slope) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
        self.termination = Termination::IterationLimit;
        for _ in 0..iterations {
            if self.inverse.is_empty() || self.age >= self.options.fresh {
                self.measure(objective);
            }
            for (out, row) in step.iter_mut().zip(self.inverse.chunks_exact(k)) {
                *out = -dot(row, &self.slope);
            }
            let descent = dot(&step, &self.slope);
            // NaN is no descent direction either.
            if !matches!(descent.partial_cmp(&0.0), Some(core::cmp::Ordering::Less)) {
                if self.age == 0 {
                    self.termination =
                        if descent == 0.0 { Termination::Converged } else { Termination::Flat };
                    return;
                }
                self.inverse.clear();
                continue;
            }
            if -0.5 * descent < tolerance {
                self.termination = Termination::Converged;
                return;
            }
            let longest = step.iter().take(self.options.careful).fold(0.0, |most: f64, s| most.max(s.abs()));
            let mut length = if longest > most { most / longest } else { 1.0 };
            let mut found = None;
            for _ in 0..20 {
                for i in 0..k {
                    next[i] = self.x[i] + length * step[i];
                }
                let value = objective(&next, &mut next_slope).unwrap_or(f64::INFINITY);
                if value <= self.value + 1e-4 * length * descent {
                    found = Some(value);
                    break;
                }
                // The minimum of the parabola through what is known.
                let parabola = -0.5 * descent * length / ((value - self.value) / length - descent);
                length *= if parabola.is_finite() { (parabola / length).clamp(0.1, 0.5) } else { 0.2 };
            }
            self.iterations += 1;
            match found {
                Some(value) => self.learn(&next, &next_slope, value),
                None if self.age == 0 => {
                    self.termination = Termination::Flat;
                    return;
                }
                None => self.inverse.clear(),
            }
        }
    }

    /// Moves and updates the curvature.
    fn learn(&mut self, next: &[f64], next_slope: &[f64], value: f64) {
        let k = self.x.len();
        let moved: Vec<f64> = next.iter().zip(&self.x).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&self.slope).map(|(a, b)| a - b).collect();
        self.x.copy_from_slice(next);
        self.slope.copy_from_slice(next_slope);
        self.value = value;
        self.age += 1;
        let curvature = dot(&moved, &turned);
        if curvature.is_nan() || curvature <= 1e-10 * (dot(&moved, &moved) * dot(&turned, &turned)).sqrt() {
            return;
        }
        let along: Vec<f64> = self.inverse.chunks_exact(k).map(|row| dot(row, &turned)).collect();
        let factor = (1.0 + dot(&turned, &along) / curvature) / curvature;
        for (i, row) in self.inverse.chunks_exact_mut(k).enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell +=
                    factor * moved[i] * moved[j] - (moved[i] * along[j] + along[i] * moved[j]) / curvature;
            }
        }
    }
}

/// The inverse of a symmetric matrix if it is positive definite; else of the matrix with the absolute
/// eigenvalues, so that saddle points are left (Dauphin et al. 2014, arXiv:1406.2572).
fn inverted(second: &[f64], k: usize) -> Vec<f64> {
    let mut factor = second.to_vec();
    let mut inverse = vec![0.0; k * k];
    if evenkeel_stats::linear::factor(&mut factor, k).is_ok() {
        for (j, column) in inverse.chunks_exact_mut(k).enumerate() {
            column[j] = 1.0;
            if evenkeel_stats::linear::solve_factored(&factor, column).is_err() {
                break;
            }
        }
        return inverse;
    }
    let eigen = DMatrix::from_row_slice(k, k, second).symmetric_eigen();
    let largest = eigen.eigenvalues.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    if largest.is_nan() || largest <= 0.0 {
        for i in 0..k {
            inverse[i * k + i] = 1.0;
        }
        return inverse;
    }
    for (v, bend) in eigen.eigenvectors.column_iter().zip(eigen.eigenvalues.iter()) {
        let by = 1.0 / bend.abs().max(FLATTEST * largest);
        for i in 0..k {
            for j in 0..k {
                inverse[i * k + j] += by * v[i] * v[j];
            }
        }
    }
    inverse
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
