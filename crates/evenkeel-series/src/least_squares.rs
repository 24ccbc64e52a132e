//! Linear regression by orthogonal triangles.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// The share of squares that rounding leaves where nothing is random.
pub(crate) const EXACT: f64 = 1e-26;

/// What least squares of some columns comes to, and with it that of each of the first few of them: Householder's reflections leave the
/// triangles nested. O(n k²).
#[derive(Debug, Clone)]
pub(crate) struct LeastSquares {
    rows: usize,
    /// The triangle, row by row, k x k.
    triangle: Vec<f64>,
    /// The response in the same rotated axes.
    rotated: Vec<f64>,
    /// Squares that no column explains.
    rest: f64,
    columns: usize,
}

impl LeastSquares {
    /// Regresses `y` on columns of its length.
    ///
    /// # Errors
    /// [`Error::TooShort`] without more rows than columns, [`Error::Numerical`] if a column depends on those before it.
    pub(crate) fn new(mut columns: Vec<Vec<f64>>, mut y: Vec<f64>) -> Result<Self, Error> {
        let (rows, k) = (y.len(), columns.len());
        if rows <= k {
            return Err(Error::TooShort { needed: k + 1, got: rows });
        }
        let mut triangle = vec![0.0; k * k];
        for j in 0..k {
            let (done, later) = columns.split_at_mut(j + 1);
            let column = &mut done[j];
            let before = norm(column);
            let length = norm(&column[j..]);
            // A NaN fails the comparison.
            if !(length > 1e-11 * before && length.is_finite()) {
                return Err(Error::Numerical { what: "the regressors depend on each other" });
            }
            let pivot = if column[j] > 0.0 { -length } else { length };
            for i in 0..j {
                triangle[i * k + j] = column[i];
            }
            triangle[j * k + j] = pivot;
            column[j] -= pivot;
            let mirror = &column[j..];
            let size = mirror.iter().map(|v| v * v).sum::<f64>();
            for other in later.iter_mut().chain(core::iter::once(&mut y)) {
                let other = &mut other[j..];
                let share = 2.0 * mirror.iter().zip(other.iter()).map(|(a, b)| a * b).sum::<f64>() / size;
                mirror.iter().zip(other).for_each(|(a, b)| *b -= share * a);
            }
        }
        let rest = y[k..].iter().map(|x| x * x).sum();
        y.truncate(k);
        Ok(Self { rows, triangle, rotated: y, rest, columns: k })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Squares that the first `m` columns leave.
    pub(crate) fn squares(&self, m: usize) -> f64 {
        self.rest + self.rotated[m..].iter().map(|x| x * x).sum::<f64>()
    }

    /// The coefficients of the first `m` columns alone.
    pub(crate) fn coefficients(&self, m: usize) -> Vec<f64> {
        self.solve(self.rotated[..m].to_vec())
    }

    fn solve(&self, mut b: Vec<f64>) -> Vec<f64> {
        let k = self.columns;
        for i in (0..b.len()).rev() {
            for j in i + 1..b.len() {
                b[i] -= self.triangle[i * k + j] * b[j];
            }
            b[i] /= self.triangle[i * k + i];
        }
        b
    }

    /// The squared standard error of a coefficient among those of the first `m` columns, in units of the variance of the noise.
    pub(crate) fn leverage(&self, m: usize, coefficient: usize) -> f64 {
        // Row `coefficient` of the inverse triangle, by forward substitution.
        let k = self.columns;
        let mut row = vec![0.0; m];
        row[coefficient] = 1.0 / self.triangle[coefficient * k + coefficient];
        for j in coefficient + 1..m {
            let sum: f64 = (coefficient..j).map(|i| row[i] * self.triangle[i * k + j]).sum();
            row[j] = -sum / self.triangle[j * k + j];
        }
        row.iter().map(|x| x * x).sum()
    }

    /// A coefficient among those of the first `m` columns, less what it is compared with, in standard errors.
    ///
    /// # Errors
    /// [`Error::Numerical`] if nothing is left to be explained.
    pub(crate) fn t(&self, m: usize, coefficient: usize, null: f64) -> Result<f64, Error> {
        let noise = self.squares(m) / (self.rows - m) as f64;
        let t =
            (self.coefficients(m)[coefficient] - null) / libm::sqrt(noise * self.leverage(m, coefficient));
        let random = self.squares(m) > EXACT * self.squares(0);
        if random && t.is_finite() {
            Ok(t)
        } else {
            Err(Error::Numerical { what: "the regression leaves no noise" })
        }
    }

    /// Akaike's and Schwarz's criteria of the first `m` columns with normal noise.
    pub(crate) fn criteria(&self, m: usize) -> (f64, f64) {
        let n = self.rows as f64;
        let likelihood =
            -0.5 * n * (libm::log(core::f64::consts::TAU) + libm::log(self.squares(m) / n) + 1.0);
        (-2.0 * likelihood + 2.0 * m as f64, -2.0 * likelihood + libm::log(n) * m as f64)
    }
}

fn norm(v: &[f64]) -> f64 {
    libm::sqrt(v.iter().map(|x| x * x).sum())
}

/// Rows without a missing value among columns and response; NaN means missing.
pub(crate) fn complete_rows(columns: &mut [Vec<f64>], y: &mut Vec<f64>) {
    let whole: Vec<bool> =
        (0..y.len()).map(|i| !y[i].is_nan() && columns.iter().all(|column| !column[i].is_nan())).collect();
    for column in columns.iter_mut().chain(core::iter::once(y)) {
        let mut kept = whole.iter();
        column.retain(|_| kept.next().copied().unwrap_or(false));
    }
}

/// The values with NaN for what is missing.
pub(crate) fn judged(values: &[f64]) -> Vec<f64> {
    values.iter().map(|x| evenkeel_core::observed(*x).unwrap_or(f64::NAN)).collect()
}
