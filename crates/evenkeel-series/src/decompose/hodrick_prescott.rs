//! The Hodrick-Prescott filter.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The Hodrick-Prescott filter: a smooth trend close to the values.
///
/// It minimizes the sum of (value - trend)² plus λ times the sum of squared second differences of the trend.
/// λ is the smoothing parameter: 0 gives the values back, infinity the straight line of least squares. With
/// λ = (2 sin(π / T))⁻⁴, half of a wave of T values goes to the trend ([`for_cutoff`](Self::for_cutoff));
/// economists take 1600 for quarters (T ≈ 40).
///
/// ```
/// use evenkeel_series::decompose::HodrickPrescott;
///
/// let y: Vec<f64> = (0..200).map(|t| f64::from(t) * 0.1 + f64::from(t % 2)).collect();
/// let trend = HodrickPrescott::new(1600.0).apply(&y)?;
/// assert!((trend[100] - 10.5).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Missing* values have no weight: the trend continues as straight as possible across them. *Complexity*:
/// O(n) time and memory. *Accuracy*: up to λ = 2000 without gaps by a banded Cholesky factor of I + λ D'D,
/// whose condition is 16 λ; beyond by Givens rotations of the least squares problem itself, whose condition
/// is the square root of that (Å. Björck, Numerical Methods for Least Squares Problems, SIAM 1996,
/// doi:10.1137/1.9781611971484, section 6.2), about the straight line of least squares, which no λ changes.
/// *Source*: R. Hodrick, E. Prescott, Journal of Money, Credit and Banking 29 (1997) 1-16,
/// doi:10.2307/2953682; E. Whittaker, Proceedings of the Edinburgh Mathematical Society 41 (1923) 63-75,
/// doi:10.1017/S0013091500077853.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct HodrickPrescott {
    price: Price,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Price {
    Lambda(f64),
    Cutoff(f64),
}

/// Up to this λ the normal equations are accurate enough, as long as there are no gaps.
const SMALL: f64 = 2e3;

impl HodrickPrescott {
    /// With this smoothing parameter λ, from 0 to 1e200.
    pub const fn new(lambda: f64) -> Self {
        Self { price: Price::Lambda(lambda) }
    }

    /// With the λ at which half of a wave of `period` values, from 2 to 1e50, goes to the trend.
    pub const fn for_cutoff(period: f64) -> Self {
        Self { price: Price::Cutoff(period) }
    }

    fn lambda(&self) -> Result<f64, Error> {
        match self.price {
            Price::Lambda(lambda) => {
                Error::require((0.0..=1e200).contains(&lambda), "lambda", "in [0, 1e200]", lambda)?;
                Ok(lambda)
            }
            Price::Cutoff(period) => {
                Error::require((2.0..=1e50).contains(&period), "period", "in [2, 1e50]", period)?;
                let sine = 2.0 * libm::sin(core::f64::consts::PI / period);
                Ok(1.0 / (sine * sine * sine * sine))
            }
        }
    }

    /// The trend, one value for each, also where a value is missing.
    ///
    /// # Errors
    /// If λ or the period is out of range, fewer than two values are observed, or ([`Error::Numerical`]) a
    /// gap is too long for λ.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        let lambda = self.lambda()?;
        let seen = values.iter().filter(|x| observed(**x).is_some()).count();
        if seen < 2 {
            return Err(Error::TooShort { needed: 2, got: seen });
        }
        let n = values.len();
        if lambda == 0.0 && seen == n || n < 3 {
            return Ok(values.to_vec());
        }
        if lambda <= SMALL && seen == n {
            return Ok(by_normal_equations(values, lambda));
        }
        let (level, slope) = line(values);
        let at = |i: usize| level + slope * (i as f64 - 0.5 * (n as f64 - 1.0));
        let rest: Vec<f64> = values.iter().enumerate().map(|(i, x)| x - at(i)).collect();
        let mut trend = by_rotations(&rest, libm::sqrt(lambda.max(1e-200)))?;
        trend.iter_mut().enumerate().for_each(|(i, x)| *x += at(i));
        Ok(trend)
    }
}

/// The straight line of least squares: its level in the middle and its slope.
fn line(values: &[f64]) -> (f64, f64) {
    let middle = 0.5 * (values.len() as f64 - 1.0);
    let seen = || values.iter().enumerate().filter_map(|(i, x)| Some((i as f64 - middle, observed(*x)?)));
    let n = seen().count() as f64;
    // Two passes each, so that neither a large level nor the rounding of the first pass matters.
    let mut found = (0.0, 0.0);
    for _ in 0..2 {
        let rest = || seen().map(|(t, x)| (t, x - (found.0 + found.1 * t)));
        let (time, level) = rest().fold((0.0, 0.0), |(a, b), (t, x)| (a + t / n, b + x / n));
        let (spread, product) = rest()
            .fold((0.0, 0.0), |(a, b), (t, x)| (a + (t - time) * (t - time), b + (t - time) * (x - level)));
        let slope = product / spread;
        found = (found.0 + level - slope * time, found.1 + slope);
    }
    found
}

/// I + λ D'D = L diag(d) L' with two bands below the diagonal, and both triangular solves. All values are
/// observed.
fn by_normal_equations(values: &[f64], lambda: f64) -> Vec<f64> {
    let n = values.len();
    let (mut d, mut first, mut second) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut x = vec![0.0; n];
    for i in 0..n {
        let squares = (if i + 2 < n { 1.0 } else { 0.0 })
            + (if i >= 1 && i + 1 < n { 4.0 } else { 0.0 })
            + (if i >= 2 { 1.0 } else { 0.0 });
        let mut diagonal = lambda * squares + 1.0;
        // The product of neighboring columns of D.
        let mut beside =
            lambda * ((if i + 2 < n { -2.0 } else { 0.0 }) + (if i >= 1 && i + 1 < n { -2.0 } else { 0.0 }));
        let mut right = values[i];
        if i >= 1 {
            diagonal -= first[i - 1] * first[i - 1] * d[i - 1];
            beside -= first[i - 1] * second[i - 1] * d[i - 1];
            right -= first[i - 1] * x[i - 1];
        }
        if i >= 2 {
            diagonal -= second[i - 2] * second[i - 2] * d[i - 2];
            right -= second[i - 2] * x[i - 2];
        }
        d[i] = diagonal;
        first[i] = beside / diagonal;
        second[i] = if i + 2 < n { lambda / diagonal } else { 0.0 };
        x[i] = right;
    }
    for i in (0..n).rev() {
        let mut value = x[i] / d[i];
        if i + 1 < n {
            value -= first[i] * x[i + 1];
        }
        if i + 2 < n {
            value -= second[i] * x[i + 2];
        }
        x[i] = value;
    }
    x
}

const GAP: Error = Error::Numerical { what: "the gaps are too long for this lambda" };

/// Three neighboring columns of a row, and its right side.
type Row = [f64; 4];

/// The least squares of the rows of the identity, where a value is observed, and of `root` times second
/// differences: rotated into an upper triangle with two bands above its diagonal, column by column.
fn by_rotations(values: &[f64], root: f64) -> Result<Vec<f64>, Error> {
    let n = values.len();
    let mut triangle: Vec<Row> = Vec::with_capacity(n);
    // What is left of the rows so far, from this column on: a triangle of two columns.
    let (mut left, mut last) = ([0.0; 4], [0.0; 4]);
    for (i, value) in values.iter().enumerate() {
        let mut pivot: Row = if i + 2 < n { [root, -2.0 * root, root, 0.0] } else { [0.0; 4] };
        let mut own: Row = observed(*value).map_or([0.0; 4], |x| [1.0, 0.0, 0.0, x]);
        // The row with the larger entries first: the smaller ones keep their digits.
        rotate(&mut pivot, &mut left, 0);
        rotate(&mut pivot, &mut own, 0);
        if pivot[0] == 0.0 || !pivot[0].is_finite() {
            return Err(GAP);
        }
        triangle.push(pivot);
        rotate(&mut left, &mut own, 1);
        rotate(&mut left, &mut last, 1);
        rotate(&mut own, &mut last, 2);
        let shift = |row: Row| [row[1], row[2], 0.0, row[3]];
        (left, last) = (shift(left), shift(own));
    }
    let mut trend = vec![0.0; n];
    let mut next = (0.0, 0.0);
    for (row, x) in triangle.iter().zip(&mut trend).rev() {
        *x = (row[3] - row[1] * next.0 - row[2] * next.1) / row[0];
        next = (*x, next.0);
    }
    Ok(trend)
}

/// A Givens rotation of two rows that makes the first entry of the second zero.
fn rotate(row: &mut Row, other: &mut Row, column: usize) {
    if other[column] == 0.0 {
        return;
    }
    let length = libm::sqrt(row[column] * row[column] + other[column] * other[column]);
    let (c, s) = (row[column] / length, other[column] / length);
    for (a, b) in row.iter_mut().zip(other.iter_mut()) {
        (*a, *b) = (c * *a + s * *b, c * *b - s * *a);
    }
    (row[column], other[column]) = (length, 0.0);
}
