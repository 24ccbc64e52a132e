//! Forecast moments of forms with multiplicative error and season.
//!
//! For the forms with multiplicative error and season and a linear trend (class 3 of Hyndman et al. 2008,
//! chapter 6) a value is `y = w'x s (1 + e)` with `x = (level, slope)`, `x ← (F + G e) x` a step and
//! `s ← s (1 + gamma e)` in its own phase. Given the states now, `z = x s` of a phase is thus moved by an
//! affine map a step: one in the steps of other phases, another in its own. Those of the same cycle have the
//! same product, so that a forecast needs no memory of the phases: `h = j + k m` steps ahead, the first `j`
//! are those of other phases, and `k` whole cycles follow that each begin with the phase's own. Errors are
//! normal, which decides the third and fourth moments. Variances are carried about the mean, not as second
//! moments, so that small ones keep their digits.

use super::linear_variance::bounded;
use super::parameters::EtsParameters;

type Matrix = [[f64; 2]; 2];
/// A linear map of symmetric 2 × 2 matrices, written as (first diagonal entry, the other one beside it,
/// second diagonal entry).
type Symmetric = [[f64; 3]; 3];

const NONE: Symmetric = [[0.0; 3]; 3];
const SAME: Symmetric = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Mean and covariance of level and slope times the season of a phase, in units of that season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    mean: [f64; 2],
    spread: [f64; 3],
}

impl Moments {
    /// Of states that are known.
    pub(super) fn known(level: f64, slope: f64) -> Self {
        Self { mean: [level, slope], spread: [0.0; 3] }
    }

    /// Mean and variance of the next value in units of its season.
    pub(super) fn next(&self, phi: f64, noise: f64) -> (f64, f64) {
        let [level, slope] = self.mean;
        let mean = level + phi * slope;
        let [of_level, cross, of_slope] = self.spread;
        let spread = of_level + phi * (2.0 * cross + phi * of_slope);
        (mean, bounded(spread + noise * (mean * mean + spread)))
    }

    pub(super) fn after(&self, step: &Step) -> Self {
        let [level, slope] = self.mean;
        let squares = [level * level, level * slope, slope * slope];
        let mut spread = [0.0; 3];
        for (out, (kept, added)) in spread.iter_mut().zip(step.kept.iter().zip(&step.added)) {
            *out = bounded(dot(kept, &self.spread) + dot(added, &squares));
        }
        Self { mean: step.mean.map(|row| bounded(row[0] * level + row[1] * slope)), spread }
    }
}

/// What a step, or several, make of the moments: `mean ← M mean`, `V ← K(V) + A(mean mean')`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    mean: Matrix,
    kept: Symmetric,
    added: Symmetric,
}

impl Step {
    pub(super) const NONE: Self = Self { mean: [[1.0, 0.0], [0.0, 1.0]], kept: SAME, added: NONE };

    /// Both states of the trend, without an error and by an error.
    fn states(p: &EtsParameters) -> (Matrix, Matrix) {
        ([[1.0, p.phi], [0.0, p.phi]], [[p.alpha, p.alpha * p.phi], [p.beta, p.beta * p.phi]])
    }

    /// A step of another phase; `noise` is the variance of the error.
    pub(super) fn of_others(p: &EtsParameters, noise: f64) -> Self {
        let (f, g) = Self::states(p);
        let by_error = scaled(noise, &pair(&g, &g));
        Self { mean: f, kept: sum(&pair(&f, &f), &by_error), added: by_error }
    }

    /// A step of the phase itself, whose season the same error moves.
    pub(super) fn of_itself(p: &EtsParameters, noise: f64) -> Self {
        let (f, g) = Self::states(p);
        let (both, all) = (p.gamma * noise, p.gamma * p.gamma * noise);
        let (ff, fg, gg) = (pair(&f, &f), pair(&f, &g), pair(&g, &g));
        let combine =
            |f: f64, fg_: f64, g: f64| sum(&scaled(f, &ff), &sum(&scaled(fg_, &fg), &scaled(g, &gg)));
        let mut mean = f;
        for (row, by) in mean.iter_mut().flatten().zip(g.iter().flatten()) {
            *row += both * by;
        }
        Self {
            mean,
            kept: combine(1.0 + all, 4.0 * both, noise * (1.0 + 3.0 * all)),
            added: combine(all, 2.0 * both, noise * (1.0 + 2.0 * all)),
        }
    }

    /// This after another.
    pub(super) fn after(&self, first: &Self) -> Self {
        let mut mean = [[0.0; 2]; 2];
        for (out, row) in mean.iter_mut().zip(&self.mean) {
            for (j, out) in out.iter_mut().enumerate() {
                *out = bounded(row[0] * first.mean[0][j] + row[1] * first.mean[1][j]);
            }
        }
        let squares = pair(&first.mean, &first.mean);
        Self {
            mean,
            kept: product(&self.kept, &first.kept),
            added: sum(&product(&self.kept, &first.added), &product(&self.added, &squares)),
        }
    }

    pub(super) fn times(&self, mut count: usize) -> Self {
        let (mut out, mut power) = (Self::NONE, *self);
        while count > 0 {
            if count % 2 == 1 {
                out = power.after(&out);
            }
            count /= 2;
            if count > 0 {
                power = power.after(&power);
            }
        }
        out
    }
}

/// The map `V -> (F V G' + G V F') / 2`.
fn pair(f: &Matrix, g: &Matrix) -> Symmetric {
    let [[a, b], [c, d]] = *f;
    let [[p, q], [r, s]] = *g;
    let half = 0.5;
    [
        [a * p, a * q + b * p, b * q],
        [half * (a * r + c * p), half * (a * s + b * r + c * q + d * p), half * (b * s + d * q)],
        [c * r, c * s + d * r, d * s],
    ]
}

fn scaled(by: f64, of: &Symmetric) -> Symmetric {
    of.map(|row| row.map(|x| by * x))
}

fn sum(a: &Symmetric, b: &Symmetric) -> Symmetric {
    let mut out = *a;
    for (out, b) in out.iter_mut().flatten().zip(b.iter().flatten()) {
        *out = bounded(*out + b);
    }
    out
}

fn product(a: &Symmetric, b: &Symmetric) -> Symmetric {
    let mut out = NONE;
    for (out, row) in out.iter_mut().zip(a) {
        for (j, out) in out.iter_mut().enumerate() {
            *out = bounded(dot(row, &[b[0][j], b[1][j], b[2][j]]));
        }
    }
    out
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
