//! Gaussian elimination.

use super::shape::check_shape;
use evenkeel_core::Error;

/// Solves `A x = b` for any square `A`, by Gaussian elimination with partial pivoting; `a` is overwritten,
/// `b` becomes `x`. `n^3 / 3` multiplications.
///
/// # Errors
/// [`Error::Shape`] if `a` has not `n * n` values for the `n` values of `b`; [`Error::Numerical`] if the
/// solution is not finite, as for a singular matrix.
pub fn solve_general(a: &mut [f64], b: &mut [f64]) -> Result<(), Error> {
    let n = b.len();
    check_shape(a, n)?;
    for column in 0..n {
        let largest = |i: &usize, j: &usize| a[i * n + column].abs().total_cmp(&a[j * n + column].abs());
        let pivot = (column..n).max_by(largest).unwrap_or(column);
        if pivot != column {
            for j in column..n {
                a.swap(column * n + j, pivot * n + j);
            }
            b.swap(column, pivot);
        }
        for i in column + 1..n {
            let factor = a[i * n + column] / a[column * n + column];
            for j in column..n {
                a[i * n + j] -= factor * a[column * n + j];
            }
            b[i] -= factor * b[column];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| a[i * n + j] * b[j]).sum();
        b[i] = (b[i] - known) / a[i * n + i];
    }
    if b.iter().all(|x| x.is_finite()) {
        Ok(())
    } else {
        Err(Error::Numerical { what: "the system of equations has no finite solution" })
    }
}
