//! The linear system in which the numbers of the start are integrated out.

use super::small_matrix::{MOST, Square, inverse, product};
use core::array::from_fn;

/// The inverse of the matrix of the start, in blocks: [a, b; b', d].
#[derive(Debug, Clone, Default)]
pub(super) struct Solved {
    pub(super) a: Square<f64>,
    pub(super) b: Square<f64>,
    pub(super) d: Square<f64>,
    pub(super) log_det: f64,
}

/// The inverse of `[-s, e; e', q]`.
pub(super) fn solve(d: usize, s: &Square<f64>, e: &Square<f64>, q: &Square<f64>) -> Option<Solved> {
    let (q, log_q) = inverse(d, q)?;
    let eq = product(d, e, &q);
    let mut h = *s;
    for i in 0..d {
        for j in 0..d {
            h[i][j] += (0..d).map(|k| eq[i][k] * e[j][k]).sum::<f64>();
        }
    }
    let (h, log_h) = inverse(d, &h)?;
    let b = product(d, &h, &eq);
    let mut lower = q;
    for i in 0..d {
        for j in 0..d {
            lower[i][j] -= (0..d).map(|k| eq[k][i] * b[k][j]).sum::<f64>();
        }
    }
    Some(Solved { a: h.map(|row| row.map(|x| -x)), b, d: lower, log_det: log_q + log_h })
}

impl Solved {
    pub(super) fn times(
        &self,
        d: usize,
        (first, second): ([f64; MOST], [f64; MOST]),
    ) -> ([f64; MOST], [f64; MOST]) {
        let row = |m: &Square<f64>, i: usize, x: &[f64; MOST]| (0..d).map(|j| m[i][j] * x[j]).sum::<f64>();
        let column = |m: &Square<f64>, i: usize, x: &[f64; MOST]| (0..d).map(|j| m[j][i] * x[j]).sum::<f64>();
        let part = |i: usize, value: f64| if i < d { value } else { 0.0 };
        (
            from_fn(|i| part(i, row(&self.a, i, &first) + row(&self.b, i, &second))),
            from_fn(|i| part(i, column(&self.b, i, &first) + row(&self.d, i, &second))),
        )
    }
}
