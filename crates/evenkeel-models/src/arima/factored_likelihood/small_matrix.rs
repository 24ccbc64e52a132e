//! Square matrices of a handful of rows, in plain or in dual numbers; only the first `d` rows and columns
//! count.

#![expect(clippy::needless_range_loop, reason = "small matrices read best by index")]

use crate::arima::dual::{Scalar, is_positive};
use core::array::from_fn;

/// The most unknown numbers at the start.
pub(super) const MOST: usize = 5;
/// A pivot below this part of its diagonal is none.
const SINGULAR: f64 = 1e-11;

pub(super) type Square<N> = [[N; MOST]; MOST];

pub(super) fn image<N: Scalar>(d: usize, m: &Square<N>, x: &[N; MOST]) -> [N; MOST] {
    from_fn(|i| (0..d).fold(N::of(0.0), |sum, j| sum + m[i][j] * x[j]))
}

pub(super) fn product<N: Scalar>(d: usize, a: &Square<N>, b: &Square<N>) -> Square<N> {
    let mut out = [[N::of(0.0); MOST]; MOST];
    for i in 0..d {
        for k in 0..d {
            for j in 0..d {
                out[i][j] = out[i][j] + a[i][k] * b[k][j];
            }
        }
    }
    out
}

pub(super) fn power<N: Scalar>(d: usize, m: &Square<N>, exponent: usize) -> Square<N> {
    let mut out: Square<N> = from_fn(|i| from_fn(|j| N::of(f64::from(u8::from(i == j)))));
    for bit in (0..usize::BITS - exponent.leading_zeros()).rev() {
        out = product(d, &out, &out);
        if exponent >> bit & 1 == 1 {
            out = product(d, &out, m);
        }
    }
    out
}

/// Solves a linear system by elimination with the largest pivots. None if it is singular.
pub(super) fn linear<N: Scalar>(d: usize, mut m: Square<N>, mut right: [N; MOST]) -> Option<[N; MOST]> {
    for k in 0..d {
        let size = |i: &usize| m[*i][k].value().abs();
        let pivot = (k..d).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        m.swap(k, pivot);
        right.swap(k, pivot);
        if !is_positive(m[k][k].value().abs()) {
            return None;
        }
        for i in k + 1..d {
            let by = m[i][k] / m[k][k];
            for j in k..d {
                m[i][j] = m[i][j] - by * m[k][j];
            }
            right[i] = right[i] - by * right[k];
        }
    }
    for k in (0..d).rev() {
        for j in k + 1..d {
            right[k] = right[k] - m[k][j] * right[j];
        }
        right[k] = right[k] / m[k][k];
    }
    Some(right)
}

/// The inverse of a positive definite matrix, and the logarithm of its determinant. None if it is close to
/// singular.
pub(super) fn inverse(d: usize, m: &Square<f64>) -> Option<(Square<f64>, f64)> {
    let mut low = *m;
    let mut log_det = 0.0;
    for i in 0..d {
        for j in 0..=i {
            let mut sum = m[i][j];
            for k in 0..j {
                sum -= low[i][k] * low[j][k];
            }
            if i == j {
                if !is_positive(sum - SINGULAR * m[i][i]) || !sum.is_finite() {
                    return None;
                }
                low[i][i] = sum.sqrt();
                log_det += libm::log(sum);
            } else {
                low[i][j] = sum / low[j][j];
            }
        }
    }
    let mut out = [[0.0; MOST]; MOST];
    for c in 0..d {
        let mut x: [f64; MOST] = from_fn(|i| f64::from(u8::from(i == c)));
        for i in 0..d {
            for k in 0..i {
                x[i] -= low[i][k] * x[k];
            }
            x[i] /= low[i][i];
        }
        for i in (0..d).rev() {
            for k in i + 1..d {
                x[i] -= low[k][i] * x[k];
            }
            x[i] /= low[i][i];
        }
        for i in 0..d {
            out[i][c] = x[i];
        }
    }
    Some((out, log_det))
}
