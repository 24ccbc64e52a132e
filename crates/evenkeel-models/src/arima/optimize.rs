//! A small quasi-Newton minimizer.

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

/// BFGS with a backtracking line search. State that outlives one call lets a run be continued.
#[derive(Debug, Clone)]
pub(super) struct Bfgs {
    /// Where it stands.
    pub(super) x: Vec<f64>,
    pub(super) minimum: Minimum,
    slope: Vec<f64>,
    /// Approximate inverse of the second derivatives, by rows.
    inverse: Vec<f64>,
    fresh: bool,
}

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
        let mut new = Self { x, minimum, slope, inverse: vec![0.0; k * k], fresh: true };
        new.restart();
        Some(new)
    }

    /// Forgets the curvature.
    fn restart(&mut self) {
        let k = self.x.len();
        self.inverse.fill(0.0);
        for i in 0..k {
            self.inverse[i * k + i] = 1.0;
        }
        self.fresh = true;
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
            if self.minimum.converged {
                return;
            }
            for i in 0..k {
                step[i] = -dot(&self.inverse[i * k..(i + 1) * k], &self.slope);
            }
            let mut descent = dot(&step, &self.slope);
            if !(descent < 0.0) {
                self.restart();
                for i in 0..k {
                    step[i] = -self.slope[i];
                }
                descent = dot(&step, &self.slope);
            }
            if -0.5 * descent < tolerance {
                if self.fresh || self.minimum.iterations == 0 {
                    // Without curvature the gain is only guessed from the slope.
                    self.minimum.converged = -0.5 * descent < tolerance * 1e-2;
                } else {
                    self.minimum.converged = true;
                }
                if self.minimum.converged {
                    return;
                }
            }
            let longest = step.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            let mut length = if longest > LONGEST { LONGEST / longest } else { 1.0 };
            let mut found = None;
            for _ in 0..25 {
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
            let Some(value) = found else {
                if self.fresh {
                    self.minimum.stuck = true;
                    return;
                }
                self.restart();
                continue;
            };
            self.learn(&next, &next_slope, value);
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
        let curvature = dot(&moved, &turned);
        if !(curvature > 1e-10 * (dot(&moved, &moved) * dot(&turned, &turned)).sqrt()) {
            return;
        }
        if self.fresh {
            // The first step tells the scale.
            let scale = curvature / dot(&turned, &turned);
            for i in 0..k {
                self.inverse[i * k + i] = scale;
            }
            self.fresh = false;
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
