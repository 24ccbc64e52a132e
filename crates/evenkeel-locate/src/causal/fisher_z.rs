//! Fisher's z test of partial correlation.

use evenkeel_core::{Error, observed};
use evenkeel_stats::Normal;
use evenkeel_stats::linear::factor;

/// Tests whether two columns are correlated given others, for many pairs of the same data.
///
/// *When to use*: on columns that are about jointly normal and whose rows are independent. Rows of time series are not: p
/// is too small then.
///
/// *Method*: R. A. Fisher, 1924 (Metron 3): z = atanh(r) sqrt(n - k - 3) of the partial correlation r given k columns is about
/// standard normal if it is 0. The partial correlation comes from an LDL factorization of the columns' correlations.
///
/// *Missing data*: rows with a missing value are left out. *Cost*: O(rows columns²) once, O(k³) a test.
///
/// ```
/// use evenkeel_locate::causal::FisherZ;
/// use evenkeel_stats::Generator;
///
/// let mut generator = Generator::new(3);
/// let cause: Vec<f64> = (0..200).map(|_| generator.normal()).collect();
/// let mut of = |x: &[f64]| -> Vec<f64> { x.iter().map(|x| x + 0.5 * generator.normal()).collect() };
/// let (a, b) = (of(&cause), of(&cause));
/// let test = FisherZ::new(&[&cause, &a, &b])?;
/// assert!(test.test(1, 2, &[])?.p < 1e-9);
/// assert!(test.test(1, 2, &[0])?.p > 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FisherZ {
    correlations: Vec<f64>,
    columns: usize,
    rows: usize,
}

/// A partial correlation and its test.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PartialCorrelation {
    /// The partial correlation, in [-1, 1].
    pub correlation: f64,
    /// Its z, about standard normal without a correlation; with the sign of the correlation.
    pub z: f64,
    /// The two-sided p-value.
    pub p: f64,
}

impl FisherZ {
    /// The test on these columns.
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ in length, [`Error::TooShort`] with fewer than 4 complete rows,
    /// [`Error::Numerical`] if a column does not vary.
    pub fn new(columns: &[&[f64]]) -> Result<Self, Error> {
        let n = columns.first().map_or(0, |column| column.len());
        if let Some(other) = columns.iter().find(|column| column.len() != n) {
            return Err(Error::Shape { what: "column", expected: n, found: other.len() });
        }
        let is_complete = |row: &usize| columns.iter().all(|column| observed(column[*row]).is_some());
        let complete: Vec<usize> = (0..n).filter(is_complete).collect();
        let rows = complete.len();
        if rows < 4 {
            return Err(Error::TooShort { needed: 4, got: rows });
        }
        let standardized = |column: &&[f64]| -> Result<Vec<f64>, Error> {
            // By the largest value first: squares of what is observed may overflow otherwise.
            let largest = complete.iter().map(|row| column[*row].abs()).fold(f64::MIN_POSITIVE, f64::max);
            let mean = complete.iter().map(|row| column[*row] / largest).sum::<f64>() / rows as f64;
            let centered: Vec<f64> = complete.iter().map(|row| column[*row] / largest - mean).collect();
            let norm = libm::sqrt(centered.iter().map(|x| x * x).sum());
            if norm <= 1e-14 * libm::sqrt(rows as f64) {
                return Err(Error::Numerical { what: "a column does not vary" });
            }
            Ok(centered.into_iter().map(|x| x / norm).collect())
        };
        let standardized = columns.iter().map(standardized).collect::<Result<Vec<_>, _>>()?;
        let k = columns.len();
        let mut correlations = vec![1.0; k * k];
        for (i, a) in standardized.iter().enumerate() {
            for (j, b) in standardized.iter().enumerate().take(i) {
                let r: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                correlations[i * k + j] = r;
                correlations[j * k + i] = r;
            }
        }
        Ok(Self { correlations, columns: k, rows })
    }

    /// How many complete rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Tests two columns given others, all by their 0-based places.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a column is not there or named twice, [`Error::TooShort`] with less than 4 rows more
    /// than given columns, [`Error::Numerical`] if some of the columns depend linearly on the others.
    pub fn test(&self, x: usize, y: usize, given: &[usize]) -> Result<PartialCorrelation, Error> {
        let order: Vec<usize> = given.iter().copied().chain([x, y]).collect();
        for (i, column) in order.iter().enumerate() {
            Error::require(*column < self.columns, "column", "that of the data", column)?;
            Error::require(!order[..i].contains(column), "column", "named once", column)?;
        }
        let k = given.len();
        if self.rows < k + 4 {
            return Err(Error::TooShort { needed: k + 4, got: self.rows });
        }
        let m = k + 2;
        let entry = |i: usize| self.correlations[order[i / m] * self.columns + order[i % m]];
        let mut matrix: Vec<f64> = (0..m * m).map(entry).collect();
        factor(&mut matrix, m)?;
        // The variances that the given columns leave, and what the two still share.
        let left_x = matrix[k * m + k];
        let slope = matrix[(k + 1) * m + k];
        let left_y = matrix[(k + 1) * m + k + 1] + slope * slope * left_x;
        let correlation = (slope * libm::sqrt(left_x / left_y)).clamp(-1.0, 1.0);
        let z = libm::atanh(correlation) * libm::sqrt((self.rows - k - 3) as f64);
        let p = 2.0 * Normal::new(0.0, 1.0)?.upper(z.abs());
        Ok(PartialCorrelation { correlation, z, p: p.min(1.0) })
    }
}
