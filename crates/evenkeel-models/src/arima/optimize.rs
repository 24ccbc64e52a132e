//! A small quasi-Newton minimizer.

use super::scalar::is_positive;
use nalgebra::DMatrix;

/// Where a minimization ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Minimum {
    pub(super) value: f64,
    pub(super) iterations: usize,
    /// Whether the expected gain of a further step is below the tolerance.
    pub(super) converged: bool,
    /// Whether no step along the last direction gained anything.
    pub(super) stuck: bool,
}

/// BFGS from a measured curvature, with a backtracking line search. State that outlives one call lets a run be continued.
#[derive(Debug, Clone)]
pub(super) struct Bfgs {
    /// Where it stands.
    pub(super) x: Vec<f64>,
    pub(super) minimum: Minimum,
    slope: Vec<f64>,
    /// Approximate inverse of the second derivatives, by rows.
    inverse: Vec<f64>,
    /// Steps since the curvature was measured.
    age: usize,
}

/// After so many steps the curvature is measured again.
const FRESH: usize = 10;
/// How far apart gradients are compared.
const APART: f64 = 1e-5;
/// The smallest curvature that is believed, relative to the largest.
const FLATTEST: f64 = 1e-7;
/// No coordinate moves further than this in one step.
const LONGEST: f64 = 2.0;

impl Bfgs {
    /// Stands at `x`. None if the objective has no value there. `objective` writes the gradient and gives the value.
    pub(super) fn new(
        x: Vec<f64>,
        objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    ) -> Option<Self> {
        let k = x.len();
        let mut slope = vec![0.0; k];
        let value = objective(&x, &mut slope)?;
        let minimum = Minimum { value, iterations: 0, converged: k == 0, stuck: false };
        let mut new = Self { x, minimum, slope, inverse: vec![0.0; k * k], age: FRESH };
        new.minimum.converged = k == 0;
        Some(new)
    }

    /// Measures the curvature by differences of the gradient. Directions in which the objective bends down are walked as if it bent
    /// up as much, so that saddles are left behind (Dauphin et al. 2014, arXiv:1406.2572).
    fn measure(&mut self, objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>) {
        let k = self.x.len();
        let mut at = self.x.clone();
        let mut slope = vec![0.0; k];
        let mut second = DMatrix::<f64>::zeros(k, k);
        for j in 0..k {
            at[j] = self.x[j] + APART;
            let known = objective(&at, &mut slope).is_some();
            at[j] = self.x[j];
            for i in 0..k {
                let bend = if known { (slope[i] - self.slope[i]) / APART } else { 0.0 };
                second[(i, j)] += 0.5 * bend;
                second[(j, i)] += 0.5 * bend;
            }
        }
        self.age = 0;
        self.inverse.fill(0.0);
        let eigen = second.symmetric_eigen();
        let largest = eigen.eigenvalues.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        if !is_positive(largest) || !largest.is_finite() {
            for i in 0..k {
                self.inverse[i * k + i] = 1.0;
            }
            return;
        }
        for (v, bend) in eigen.eigenvectors.column_iter().zip(eigen.eigenvalues.iter()) {
            let by = 1.0 / bend.abs().max(FLATTEST * largest);
            for i in 0..k {
                for j in 0..k {
                    self.inverse[i * k + j] += by * v[i] * v[j];
                }
            }
        }
    }

    /// At most `iterations` further steps, until the expected gain of a Newton step is below `tolerance`.
    pub(super) fn run(
        &mut self,
        iterations: usize,
        tolerance: f64,
        objective: &mut impl FnMut(&[f64], &mut [f64]) -> Option<f64>,
    ) {
        let k = self.x.len();
        let (mut step, mut next, mut next_slope) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
        for _ in 0..iterations {
            if self.minimum.converged || self.minimum.stuck {
                return;
            }
            if self.age >= FRESH {
                self.measure(objective);
            }
            for (out, row) in step.iter_mut().zip(self.inverse.chunks_exact(k)) {
                *out = -dot(row, &self.slope);
            }
            let mut descent = dot(&step, &self.slope);
            if !is_positive(-descent) {
                for (out, slope) in step.iter_mut().zip(&self.slope) {
                    *out = -slope;
                }
                descent = dot(&step, &self.slope);
            }
            if -0.5 * descent < tolerance {
                self.minimum.converged = true;
                return;
            }
            let longest = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            let mut length = if longest > LONGEST { LONGEST / longest } else { 1.0 };
            let mut found = None;
            for _ in 0..15 {
                for i in 0..k {
                    next[i] = self.x[i] + length * step[i];
                }
                let value = objective(&next, &mut next_slope).unwrap_or(f64::INFINITY);
                if value <= self.minimum.value + 1e-4 * length * descent {
                    found = Some(value);
                    break;
                }
                // The minimum of the parabola through what is known.
                let parabola = -0.5 * descent * length / ((value - self.minimum.value) / length - descent);
                length *= if parabola.is_finite() { (parabola / length).clamp(0.1, 0.5) } else { 0.2 };
            }
            self.minimum.iterations += 1;
            match found {
                Some(value) => self.learn(&next, &next_slope, value),
                None if self.age == 0 => self.minimum.stuck = true,
                None => self.age = FRESH,
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
        self.minimum.value = value;
        self.age += 1;
        let curvature = dot(&moved, &turned);
        if !is_positive(curvature - 1e-10 * (dot(&moved, &moved) * dot(&turned, &turned)).sqrt()) {
            return;
        }
        let along: Vec<f64> = (0..k).map(|i| dot(&self.inverse[i * k..(i + 1) * k], &turned)).collect();
        let factor = (1.0 + dot(&turned, &along) / curvature) / curvature;
        for i in 0..k {
            for j in 0..k {
                self.inverse[i * k + j] +=
                    factor * moved[i] * moved[j] - (moved[i] * along[j] + along[i] * moved[j]) / curvature;
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_of_a_curved_valley() {
        let mut calls = 0;
        let mut valley = |x: &[f64], slope: &mut [f64]| {
            calls += 1;
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            slope[0] = -2.0 * a - 400.0 * x[0] * b;
            slope[1] = 200.0 * b;
            Some(a * a + 100.0 * b * b)
        };
        let mut run = Bfgs::new(vec![-1.2, 1.0], &mut valley).unwrap();
        run.run(100, 1e-14, &mut valley);
        assert!(run.minimum.converged && run.minimum.value < 1e-12, "{:?}", run.minimum);
        assert!((run.x[0] - 1.0).abs() < 1e-5 && calls < 80, "{calls}");
    }

    #[test]
    fn no_value_at_the_start_is_no_start() {
        assert!(Bfgs::new(vec![0.0], &mut |_: &[f64], _: &mut [f64]| None).is_none());
    }
}
