//! The likelihood of a history without gaps, from its differences.

use super::component::{COMPONENTS, Component};
use super::likelihood::{Likelihood, Slope, likelihood};
use super::specification::{SeasonForm, Specification, Variances};
use super::system::{System, read};

/// Differences that no unknown start has an influence on.
///
/// With D the characteristic polynomial of the transition, `w = D(B) y` is a moving average of as many steps
/// as there are states m. The diffuse likelihood of y is that of w up to a factor that does not depend on the
/// variances: the first m values are spent on the start. The covariance matrix of w is a banded Toeplitz
/// matrix and linear in the variances.
///
/// Schur's algorithm, which is stable (Bojanczyk, Brent, de Hoog and Sweet 1995), factors it in O(n m). The
/// derivatives need the sums along the diagonals of its inverse, which follow from the first column of that
/// alone (Gohberg and Semencul 1972), so that they are O(n m), too. A pass of the filter is O(n m²).
///
/// What it cannot do: where w cannot be inverted, as when noise is all that disturbs the series, the matrix
/// is nearly singular, and digits are lost that the filter keeps. So its optimum is checked by the filter.
#[derive(Debug, Clone)]
pub(super) struct DifferencedLikelihood {
    differences: Vec<f64>,
    /// The autocovariances of w for a variance of 1, by [`Component::index`]; empty for components that are
    /// not there.
    parts: [Vec<f64>; COMPONENTS],
    /// What the values that are spent on the start add to the log-determinant.
    start: f64,
    states: usize,
    /// The factor of the covariance matrix: its columns from the diagonal downwards.
    factor: Vec<f64>,
    /// `(u, v)` of Schur's algorithm, and what is left to solve for.
    generators: [Vec<f64>; 2],
    solution: Vec<f64>,
    column: Vec<f64>,
}

impl DifferencedLikelihood {
    /// `None` if a value is missing between others, if there are no differences, with a cycle, which has a
    /// start that is known, and with regressors.
    pub(super) fn new(specification: &Specification, system: &System, y: &[f64]) -> Option<Self> {
        let first = y.iter().position(|x| !x.is_nan())?;
        let last = y.iter().rposition(|x| !x.is_nan())?;
        let y = &y[first..=last];
        let m = system.states;
        if specification.cycle.is_some() || specification.regressors > 0 {
            return None;
        }
        if y.len() <= m || y.iter().any(|x| x.is_nan()) {
            return None;
        }
        let polynomial = characteristic(specification);
        let differences = y.windows(m + 1).map(|window| filtered(&polynomial, window)).collect();
        let z = system.design.first()?;
        let parts = Component::ALL.map(|component| {
            if !specification.has(component) {
                return Vec::new();
            }
            let mut covariances = vec![0.0; m + 1];
            if component == Component::Irregular {
                add_autocovariances(&polynomial, &mut covariances);
            }
            for state in specification.moved(component) {
                add_autocovariances(&response(system, z, &polynomial, state), &mut covariances);
            }
            covariances
        });
        let start = likelihood(system, 1.0, &y[..m], &[]);
        (start.diffuse == m).then(|| Self {
            differences,
            parts,
            start: start.log_determinant,
            states: m,
            factor: Vec::new(),
            generators: [vec![0.0; m + 1], vec![0.0; m + 1]],
            solution: Vec::new(),
            column: Vec::new(),
        })
    }

    /// The likelihood of so many of the first values; `None` if the covariance matrix is numerically
    /// singular.
    pub(super) fn evaluate(&mut self, variances: &Variances, values: usize) -> Option<Likelihood> {
        let count = values.saturating_sub(self.states).min(self.differences.len());
        self.factorize(variances, count)?;
        self.solution.clear();
        self.solution.extend_from_slice(&self.differences[..count]);
        self.solve_forwards(false);
        let mut sums = Likelihood {
            observed: self.states + count,
            diffuse: self.states,
            log_determinant: self.start,
            quadratic: self.solution.iter().map(|e| e * e).sum(),
            is_impossible: false,
        };
        let band = self.states + 1;
        sums.log_determinant +=
            2.0 * self.factor.chunks_exact(band).map(|column| column[0].ln()).sum::<f64>();
        sums.log().is_finite().then_some(sums)
    }

    /// The likelihood of all values, and its derivatives by [`Component::index`].
    pub(super) fn score(
        &mut self,
        variances: &Variances,
        slopes: &mut [Slope; COMPONENTS],
    ) -> Option<Likelihood> {
        let (n, band) = (self.differences.len(), self.states + 1);
        let sums = self.evaluate(variances, self.states + n)?;
        self.solve_backwards(false);
        self.column.clear();
        self.column.resize(n, 0.0);
        self.column[0] = 1.0;
        self.solve_forwards(true);
        self.solve_backwards(true);
        let (u, x) = (&self.solution, &self.column);
        *slopes = [Slope::default(); COMPONENTS];
        for lag in 0..band.min(n) {
            let pairs = u.iter().zip(&u[lag..]).map(|(a, b)| a * b).sum::<f64>();
            // `x_i` and `x_(i + lag)` weighted by how often the formula of Gohberg and Semencul has their
            // product on the diagonal.
            let mut weight = (n - lag) as f64;
            let mut diagonal = 0.0;
            for (a, b) in x.iter().zip(&x[lag..]) {
                diagonal += weight * a * b;
                weight -= 2.0;
            }
            diagonal /= x[0];
            // Off the diagonal each stands twice.
            let times = if lag == 0 { 1.0 } else { 2.0 };
            for (slope, part) in slopes.iter_mut().zip(&self.parts).filter(|(_, part)| !part.is_empty()) {
                slope.squares += times * part[lag] * pairs;
                slope.expected += times * part[lag] * diagonal;
            }
        }
        let finite = |slope: &Slope| slope.squares.is_finite() && slope.expected.is_finite();
        slopes.iter().all(finite).then_some(sums)
    }

    /// Schur's algorithm on the generators of `C - Z C Z' = u u' - v v'`, Z the shift by one place. The
    /// hyperbolic rotation is done in its mixed form, which is the stable one.
    fn factorize(&mut self, variances: &Variances, count: usize) -> Option<()> {
        let band = self.states + 1;
        let [u, v] = &mut self.generators;
        u.fill(0.0);
        for (part, variance) in self.parts.iter().zip(variances) {
            for (out, covariance) in u.iter_mut().zip(part) {
                *out += variance * covariance;
            }
        }
        let root = u[0].sqrt();
        if root.is_nan() || root <= 0.0 {
            return None;
        }
        for x in u.iter_mut() {
            *x /= root;
        }
        v.copy_from_slice(u);
        v[0] = 0.0;
        self.factor.clear();
        self.factor.reserve(count * band);
        for step in 0..count {
            if step > 0 {
                let reflection = v[1] / u[0];
                let left = (1.0 - reflection) * (1.0 + reflection);
                if left.is_nan() || left <= 0.0 {
                    return None;
                }
                let root = left.sqrt();
                let inverse = 1.0 / root;
                for i in 0..band - 1 {
                    u[i] = inverse * (u[i] - reflection * v[i + 1]);
                    v[i] = root * v[i + 1] - reflection * u[i];
                }
                // Nothing is shifted into the last place of v.
                u[band - 1] *= inverse;
                v[band - 1] = -reflection * u[band - 1];
            }
            self.factor.extend_from_slice(u);
        }
        Some(())
    }

    fn solve_forwards(&mut self, unit: bool) {
        let band = self.states + 1;
        let right = if unit { &mut self.column } else { &mut self.solution };
        for (t, column) in self.factor.chunks_exact(band).enumerate() {
            let e = right[t] / column[0];
            right[t] = e;
            for (out, weight) in right[t + 1..].iter_mut().zip(&column[1..]) {
                *out -= weight * e;
            }
        }
    }

    fn solve_backwards(&mut self, unit: bool) {
        let band = self.states + 1;
        let right = if unit { &mut self.column } else { &mut self.solution };
        for (t, column) in self.factor.chunks_exact(band).enumerate().rev() {
            let later: f64 = column[1..].iter().zip(&right[t + 1..]).map(|(weight, x)| weight * x).sum();
            right[t] = (right[t] - later) / column[0];
        }
    }
}

/// The coefficients of D, beginning with that of no shift: differences for level and slope, and the sum over a
/// period for a season.
fn characteristic(specification: &Specification) -> Vec<f64> {
    let mut polynomial = match specification.season {
        SeasonForm::None => vec![1.0],
        SeasonForm::Dummy | SeasonForm::Trigonometric => vec![1.0; specification.period],
    };
    for _ in 0..1 + usize::from(specification.slope) {
        let mut product = vec![0.0; polynomial.len() + 1];
        for (i, weight) in polynomial.iter().enumerate() {
            product[i] += weight;
            product[i + 1] -= weight;
        }
        polynomial = product;
    }
    polynomial
}

/// The last value of `D(B) x`, for as many values as D has coefficients.
fn filtered(polynomial: &[f64], x: &[f64]) -> f64 {
    polynomial.iter().zip(x.iter().rev()).map(|(weight, x)| weight * x).sum()
}

/// What a disturbance of 1 of a state adds to the differences after it; as D annihilates the transition, it is
/// over after as many steps as there are states.
fn response(system: &System, z: &[(usize, f64)], polynomial: &[f64], state: usize) -> Vec<f64> {
    let m = system.states;
    let (mut now, mut next) = (vec![0.0; m], vec![0.0; m]);
    now[state] = 1.0;
    // As many zeros before it as D reaches back.
    let mut values = vec![0.0; m];
    for _ in 0..m {
        values.push(read(z, &now));
        system.advance(&now, &mut next);
        core::mem::swap(&mut now, &mut next);
    }
    values.windows(m + 1).map(|window| filtered(polynomial, window)).collect()
}

fn add_autocovariances(response: &[f64], out: &mut [f64]) {
    for (lag, out) in out.iter_mut().enumerate().take(response.len()) {
        *out += response.iter().zip(&response[lag..]).map(|(a, b)| a * b).sum::<f64>();
    }
}
