//! LDL^T factorization of symmetric positive definite matrices.

use super::shape::check_shape;
use evenkeel_core::Error;

/// Factors a symmetric positive definite matrix into `L D L^T` in place: below the diagonal `L` (whose
/// diagonal is 1), on the diagonal `D`. What is above is left alone. `n^3 / 6` multiplications, no square
/// root.
///
/// # Errors
/// [`Error::Shape`] if `a` has not `n * n` values; [`Error::Numerical`] if it is not positive definite to
/// working accuracy (a pivot that is not above `1e-15` times its diagonal value) or not finite.
pub fn factor(a: &mut [f64], n: usize) -> Result<(), Error> {
    check_shape(a, n)?;
    for j in 0..n {
        let diagonal = a[j * n + j];
        let mut pivot = diagonal;
        for k in 0..j {
            pivot -= a[j * n + k] * a[j * n + k] * a[k * n + k];
        }
        // A NaN fails the comparison.
        if !(pivot > 1e-15 * diagonal && pivot < f64::INFINITY) {
            return Err(Error::Numerical { what: "the matrix is not positive definite" });
        }
        a[j * n + j] = pivot;
        for i in j + 1..n {
            let mut sum = a[i * n + j];
            for k in 0..j {
                sum -= a[i * n + k] * a[j * n + k] * a[k * n + k];
            }
            a[i * n + j] = sum / pivot;
        }
    }
    Ok(())
}

/// Solves `A x = b` in place, given what [`factor`] made of `A`. `n^2` multiplications.
///
/// # Errors
/// [`Error::Shape`] if `factored` has not `n * n` values for the `n` values of `b`.
pub fn solve_factored(factored: &[f64], b: &mut [f64]) -> Result<(), Error> {
    let n = b.len();
    check_shape(factored, n)?;
    for i in 0..n {
        for k in 0..i {
            b[i] -= factored[i * n + k] * b[k];
        }
    }
    for i in 0..n {
        b[i] /= factored[i * n + i];
    }
    for i in (0..n).rev() {
        for k in i + 1..n {
            b[i] -= factored[k * n + i] * b[k];
        }
    }
    Ok(())
}

/// Solves `A x = b` for a symmetric positive definite `A`; `a` is overwritten by its factors, `b` by `x`.
///
/// # Errors
/// Those of [`factor`].
pub fn solve(a: &mut [f64], b: &mut [f64]) -> Result<(), Error> {
    factor(a, b.len())?;
    solve_factored(a, b)
}

/// Natural logarithm of the determinant, given what [`factor`] made of the matrix.
///
/// # Errors
/// [`Error::Shape`] if `factored` has not `n * n` values.
pub fn log_determinant(factored: &[f64], n: usize) -> Result<f64, Error> {
    check_shape(factored, n)?;
    Ok((0..n).map(|i| libm::log(factored[i * n + i])).sum())
}
