//! The plain ARMA recursion and its derivatives: the exact likelihood once the gain has reached its limit.

use super::lag_polynomials::Lags;
use std::iter::zip;

/// The terms of a lag polynomial, nearest first: lag and coefficient. Products with seasonal factors are long
/// and nearly empty.
pub(super) fn terms(coefficients: &[f64], lags: &[usize], out: &mut Vec<(usize, f64)>) {
    out.clear();
    out.extend(lags.iter().map(|&j| (j + 1, coefficients[j])));
}

/// The innovations of `z` into `e` of the same length: `e_t = z_t - phi(B) z - theta(B) e`, where `state` is
/// what was predicted of the first values from what came before. O(n (p + q)).
pub(super) fn innovations(z: &[f64], state: &[f64], ar: &[(usize, f64)], ma: &[(usize, f64)], e: &mut [f64]) {
    e.copy_from_slice(z);
    for (out, known) in zip(e.iter_mut(), state) {
        *out -= known;
    }
    for &(lag, phi) in ar {
        for (out, past) in zip(e.iter_mut().skip(lag), z) {
            *out -= phi * past;
        }
    }
    divide(e, ma);
}

/// Divides by the moving average polynomial in place: `e_t -= theta_1 e_{t-1} + …`, zero before the start.
pub(super) fn divide(e: &mut [f64], ma: &[(usize, f64)]) {
    let (near, far) = ma.split_at(ma.partition_point(|(lag, _)| *lag <= FEW));
    match far.first() {
        None => divide_near(e, 0, near),
        // What is far back is known for a whole block, and goes off without waiting for what is near; in the
        // same order, so that all is the same to the last bit.
        Some(&(block, _)) if block >= LEAST_BLOCK => {
            for from in (0..e.len()).step_by(block) {
                let (past, rest) = e.split_at_mut(from);
                let length = block.min(rest.len());
                let rest = &mut rest[..length];
                for &(lag, theta) in far.iter().rev() {
                    // Entry i of the block lies lag behind entry from + i - lag of the past.
                    let skipped = lag.saturating_sub(from);
                    let back = &past[(from + skipped).saturating_sub(lag)..];
                    for (out, before) in rest.iter_mut().skip(skipped).zip(back) {
                        *out -= theta * before;
                    }
                }
                divide_near(&mut e[..from + length], from, near);
            }
        }
        Some(_) => {
            for t in 0..e.len() {
                let mut sum = e[t];
                for &(lag, theta) in ma.iter().rev() {
                    if let Some(i) = t.checked_sub(lag) {
                        sum -= theta * e[i];
                    }
                }
                e[t] = sum;
            }
        }
    }
}

/// Lags up to this stay in registers.
const FEW: usize = 5;
/// Shorter blocks are not worth it.
const LEAST_BLOCK: usize = 16;

/// [`divide`] by lags up to [`FEW`], from an index on.
fn divide_near(e: &mut [f64], from: usize, ma: &[(usize, f64)]) {
    let near = |j: usize| ma.iter().find(|term| term.0 == j).map_or(0.0, |term| term.1);
    match ma.last() {
        Some((1, _)) => divide_few(e, from, [near(1)]),
        Some((2, _)) => divide_few(e, from, [near(2), near(1)]),
        Some((3, _)) => divide_few(e, from, [near(3), near(2), near(1)]),
        Some((4, _)) => divide_few(e, from, [near(4), near(3), near(2), near(1)]),
        Some((5, _)) => divide_few(e, from, [near(5), near(4), near(3), near(2), near(1)]),
        _ => {}
    }
}

/// [`divide`] for the last Q lags, farthest first, in registers. The nearest lag comes last, so that one
/// product and one difference a step wait for each other.
fn divide_few<const Q: usize>(e: &mut [f64], from: usize, theta: [f64; Q]) {
    let mut past = [0.0; Q];
    for (past, known) in past.iter_mut().rev().zip(e[..from].iter().rev()) {
        *past = *known;
    }
    for out in &mut e[from..] {
        let mut sum = *out;
        for (c, p) in zip(theta, past) {
            sum -= c * p;
        }
        past.rotate_left(1);
        past[Q - 1] = sum;
        *out = sum;
    }
}

/// The derivatives of half the sum of squares of [`innovations`] by going backwards, whatever the number of
/// parameters in one pass (the adjoint method). `adjoint` is workspace of the length of `e`; its first
/// entries are left as the negated derivatives by the entries of `state`. Squares before `counted` do not
/// count. Adds to `by_ar` and `by_ma` at the lags that are there. O(n (p + q)).
#[expect(clippy::too_many_arguments, reason = "one formula with all that is in it")]
pub(super) fn gradient(
    z: &[f64],
    e: &[f64],
    counted: usize,
    ma: &[(usize, f64)],
    lags: &Lags,
    adjoint: &mut [f64],
    by_ar: &mut [f64],
    by_ma: &mut [f64],
) {
    adjoint.copy_from_slice(e);
    adjoint[..counted].fill(0.0);
    pull(z, e, ma, lags, adjoint, by_ar, by_ma);
}

/// [`gradient`] of anything, given its derivatives by the entries of `e` in `adjoint`.
pub(super) fn pull(
    z: &[f64],
    e: &[f64],
    ma: &[(usize, f64)],
    lags: &Lags,
    adjoint: &mut [f64],
    by_ar: &mut [f64],
    by_ma: &mut [f64],
) {
    adjoint.reverse();
    divide(adjoint, ma);
    adjoint.reverse();
    for &j in &lags.ar {
        by_ar[j] -= dot(adjoint.get(j + 1..).unwrap_or(&[]), z);
    }
    for &j in &lags.ma {
        by_ma[j] -= dot(adjoint.get(j + 1..).unwrap_or(&[]), e);
    }
}

/// The sum of products of three, in independent lanes so that it vectorizes.
pub(super) fn dot_weighted(a: &[f64], b: &[f64], weights: &[f64]) -> f64 {
    let n = a.len().min(b.len()).min(weights.len());
    let (a, a_rest) = a[..n].as_chunks::<4>();
    let (b, b_rest) = b[..n].as_chunks::<4>();
    let (w, w_rest) = weights[..n].as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for (x, (y, w)) in zip(a, zip(b, w)) {
        for i in 0..4 {
            lanes[i] += x[i] * y[i] * w[i];
        }
    }
    let rest: f64 = zip(a_rest, zip(b_rest, w_rest)).map(|(x, (y, w))| x * y * w).sum();
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) + rest
}

/// The sum of products over the shorter length, in independent lanes so that it vectorizes.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, a_rest) = a[..n].as_chunks::<8>();
    let (b, b_rest) = b[..n].as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (x, y) in zip(a, b) {
        for i in 0..8 {
            lanes[i] += x[i] * y[i];
        }
    }
    let rest: f64 = zip(a_rest, b_rest).map(|(x, y)| x * y).sum();
    ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])) + rest
}
