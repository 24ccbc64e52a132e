//! Small dense linear algebra: what has a handful of unknowns. No blocking, and no large or general matrices.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`solve`], or [`factor`], [`solve_factored`] and [`log_determinant`] | symmetric positive definite systems, LDL^T in place, without allocation |
//! | [`solve_general`] | any square system, by elimination with partial pivoting in place |
//! | [`QrLeastSquares`] | linear regression by a QR factorization, and that of each of the first few columns |
//! | [`dot`] | the inner product |
//!
//! Matrices are row-major slices of `n * n` values; of a symmetric one the lower triangle is read.
//!
//! ```
//! use evenkeel_stats::linear;
//!
//! // Least squares of a line through three points, by the normal equations.
//! let mut a = [3.0, 0.0, 3.0, 5.0];
//! let mut b = [6.0, 8.0];
//! linear::solve(&mut a, &mut b)?;
//! assert!((b[0] - 1.0).abs() < 1e-12 && (b[1] - 1.0).abs() < 1e-12);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod dot;
mod elimination;
mod ldl;
mod least_squares;
mod shape;

pub use dot::dot;
pub use elimination::solve_general;
pub use ldl::{factor, log_determinant, solve, solve_factored};
pub use least_squares::QrLeastSquares;
