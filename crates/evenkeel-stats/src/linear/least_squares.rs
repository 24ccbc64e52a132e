//! QR least squares.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A linear regression by a QR factorization, and with it the regressions on each of the first few columns
/// alone.
///
/// *Method*: Householder reflections, whose triangular factors are nested: that of the first `m` columns is
/// the upper left part of the whole. O(n k²) for `n` rows and `k` columns. Source: G. H. Golub and C. F. Van
/// Loan, Matrix Computations (4th ed. 2013), 5.3.2.
///
/// ```
/// use evenkeel_stats::linear::QrLeastSquares;
///
/// // A constant and a slope.
/// let fit = QrLeastSquares::new(vec![vec![1.0; 4], vec![0.0, 1.0, 2.0, 3.0]], vec![1.0, 3.1, 4.9, 7.0])?;
/// assert!((fit.coefficients(2)[1] - 1.98).abs() < 1e-12);
/// // The constant alone is the mean.
/// assert!((fit.coefficients(1)[0] - 4.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QrLeastSquares {
    rows: usize,
    /// The triangular factor, row by row, k x k.
    triangle: Vec<f64>,
    /// The first k values of the response, in the same rotated axes.
    rotated: Vec<f64>,
    /// The sum of squares that no column explains.
    rest: f64,
    columns: usize,
}

impl QrLeastSquares {
    /// A sum of squares that is this share of all of them or less is what rounding leaves of data without
    /// noise.
    const ROUNDING: f64 = 1e-26;

    /// Regresses `y` on columns of its length.
    ///
    /// # Errors
    /// [`Error::Shape`] if a column has not the length of `y`; [`Error::TooShort`] without more rows than
    /// columns; [`Error::Numerical`] if a column depends on those before it, or is not finite.
    pub fn new(mut columns: Vec<Vec<f64>>, mut y: Vec<f64>) -> Result<Self, Error> {
        let (rows, k) = (y.len(), columns.len());
        if let Some(column) = columns.iter().find(|column| column.len() != rows) {
            return Err(Error::Shape { what: "column", expected: rows, found: column.len() });
        }
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
                return Err(Error::Numerical { what: "the regressors are linearly dependent" });
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

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The residual sum of squares of the regression on the first `m` columns.
    #[must_use]
    pub fn squares(&self, m: usize) -> f64 {
        self.rest + self.rotated[m.min(self.columns)..].iter().map(|x| x * x).sum::<f64>()
    }

    /// The coefficients of the regression on the first `m` columns.
    #[must_use]
    pub fn coefficients(&self, m: usize) -> Vec<f64> {
        let k = self.columns;
        let mut b = self.rotated[..m.min(k)].to_vec();
        for i in (0..b.len()).rev() {
            for j in i + 1..b.len() {
                b[i] -= self.triangle[i * k + j] * b[j];
            }
            b[i] /= self.triangle[i * k + i];
        }
        b
    }

    /// The squared standard error of a coefficient of the regression on the first `m` columns, in units of
    /// the noise variance. NaN if there is no such coefficient.
    #[must_use]
    pub fn variance_factor(&self, m: usize, coefficient: usize) -> f64 {
        let k = self.columns;
        let m = m.min(k);
        if coefficient >= m {
            return f64::NAN;
        }
        // Row `coefficient` of the inverse of the triangular factor, by forward substitution.
        let mut row = vec![0.0; m];
        row[coefficient] = 1.0 / self.triangle[coefficient * k + coefficient];
        for j in coefficient + 1..m {
            let sum: f64 = (coefficient..j).map(|i| row[i] * self.triangle[i * k + j]).sum();
            row[j] = -sum / self.triangle[j * k + j];
        }
        row.iter().map(|x| x * x).sum()
    }

    /// Whether the regression on the first `m` columns leaves more than rounding, so that there is noise to
    /// compare with.
    #[must_use]
    pub fn has_noise(&self, m: usize) -> bool {
        self.squares(m) > Self::ROUNDING * self.squares(0)
    }

    /// Student's t of a coefficient of the regression on the first `m` columns: its difference from `null`,
    /// in standard errors.
    ///
    /// # Errors
    /// [`Error::Numerical`] if the regression leaves no noise, or there is no such coefficient.
    pub fn t(&self, m: usize, coefficient: usize, null: f64) -> Result<f64, Error> {
        let estimate = self.coefficients(m).get(coefficient).copied().unwrap_or(f64::NAN);
        let noise = self.squares(m) / (self.rows - m.min(self.columns)) as f64;
        let t = (estimate - null) / libm::sqrt(noise * self.variance_factor(m, coefficient));
        if self.has_noise(m) && t.is_finite() {
            Ok(t)
        } else {
            Err(Error::Numerical { what: "the regression leaves no noise" })
        }
    }

    /// Akaike's and Schwarz's criteria (AIC, BIC) of the regression on the first `m` columns, with normal
    /// noise.
    #[must_use]
    pub fn criteria(&self, m: usize) -> (f64, f64) {
        let n = self.rows as f64;
        let likelihood =
            -0.5 * n * (libm::log(core::f64::consts::TAU) + libm::log(self.squares(m) / n) + 1.0);
        (-2.0 * likelihood + 2.0 * m as f64, -2.0 * likelihood + libm::log(n) * m as f64)
    }
}

fn norm(v: &[f64]) -> f64 {
    libm::sqrt(v.iter().map(|x| x * x).sum())
}
