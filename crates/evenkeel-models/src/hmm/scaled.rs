//! Forward-backward with scaling: the fast path of the expectation step.
//!
//! Forward from the start and backward from the end go at the same time: two chains of dependent operations
//! that the processor can overlap. Where they have met, each finds the values of the other, and posteriors
//! and expected transitions follow at once. Densities are divided by the largest of their row, and sums that
//! have become small are brought back to 1 by powers of two, which round nothing.
//!
//! What underflows is lost. The posterior mass in front of every normalization shows how much that can have
//! been: where it is below 1e-250, nothing is returned, and logarithms do the work.

use super::chain::Chain;
use super::emission::{Before, Emission};
use super::expected::Expected;
use super::exponential::exp_of_nonpositive;

/// Rows at a time: their densities and weights stay in the nearest cache.
const BLOCK: usize = 64;
/// The least posterior mass before normalization.
const LEAST_MASS: f64 = 1e-250;
/// Sums below this (2^-64) are scaled: seldom enough that no row waits for it.
const SMALL: f64 = 5.421_010_862_427_522e-20;

/// Memory for sequences up to some length.
#[derive(Debug)]
pub(super) struct Work<const N: usize> {
    densities: Vec<[f64; N]>,
    /// Forward probabilities in the first half, backward ones in the second.
    halves: Vec<[f64; N]>,
    log_densities: Vec<f64>,
    weights: Vec<f64>,
}

/// The matrices of the chain, filled up with zeros.
struct Matrices<const N: usize> {
    initial: [f64; N],
    rows: [[f64; N]; N],
    columns: [[f64; N]; N],
}

/// One side of the recursion within a block: what posteriors are made of.
struct Side<const N: usize> {
    left: [[f64; N]; BLOCK],
    right: [[f64; N]; BLOCK],
    weights: [[f64; N]; BLOCK],
}

impl<const N: usize> Work<N> {
    pub(super) fn new(length: usize, states: usize) -> Self {
        Self {
            densities: vec![[0.0; N]; length],
            halves: vec![[0.0; N]; length],
            log_densities: vec![0.0; BLOCK * states],
            weights: vec![0.0; BLOCK * states],
        }
    }
}

impl<const N: usize> Matrices<N> {
    fn new(chain: &Chain) -> Self {
        let mut new = Self { initial: [0.0; N], rows: [[0.0; N]; N], columns: [[0.0; N]; N] };
        for (i, p) in chain.initial.iter().enumerate() {
            new.initial[i] = *p;
            for (j, p) in chain.row(i).iter().enumerate() {
                new.rows[i][j] = *p;
                new.columns[j][i] = *p;
            }
        }
        new
    }
}

/// `x` times a matrix, given by its rows.
#[inline(always)]
fn times<const N: usize>(x: &[f64; N], rows: &[[f64; N]; N]) -> [f64; N] {
    let mut out = [0.0; N];
    for j in 0..N {
        out[j] = x[0] * rows[0][j];
    }
    for i in 1..N {
        for j in 0..N {
            out[j] += x[i] * rows[i][j];
        }
    }
    out
}

/// Pairwise, so that the additions do not wait for each other.
#[inline(always)]
fn sum<const N: usize>(x: &[f64; N]) -> f64 {
    let mut parts = [0.0; 4];
    let (quads, rest) = x.as_chunks::<4>();
    for quad in quads {
        for i in 0..4 {
            parts[i] += quad[i];
        }
    }
    for (part, x) in parts.iter_mut().zip(rest) {
        *part += x;
    }
    (parts[0] + parts[1]) + (parts[2] + parts[3])
}

/// The power of two that brings `x` to [1, 2), and its exponent. Of 0 or NaN it is one that the check of the
/// mass sees.
#[inline(always)]
fn scale(x: f64) -> (f64, i64) {
    let field = (x.to_bits() >> 52) & 0x7ff;
    let field = if field > 2045 { 2045 } else { field };
    (f64::from_bits((2046 - field) << 52), field as i64 - 1023)
}

/// Densities of a block of a sequence relative to the largest of each row, 1 for a missing row; returns the
/// sum of the logarithms of the largest.
#[inline(always)]
fn fill<const N: usize, E: Emission>(
    emission: &E,
    (rows, missing): (&[f64], &[bool]),
    from: usize,
    logs: &mut [f64],
    out: &mut [[f64; N]],
) -> f64 {
    let (d, to) = (emission.dimension(), from + out.len());
    let before = Before::of_sequence(emission, rows, from);
    let (rows, missing) = (&rows[from * d..to * d], &missing[from..to]);
    let states = emission.states();
    let logs = &mut logs[..out.len() * states];
    emission.log_densities_of_rows(before, rows, logs);
    let mut total = 0.0;
    if states == N {
        let (logs, _) = logs.as_chunks::<N>();
        for ((logs, out), missing) in logs.iter().zip(out.iter_mut()).zip(missing) {
            total += relative(logs, *missing, out);
        }
    } else {
        for ((logs, out), missing) in logs.chunks_exact(states).zip(out.iter_mut()).zip(missing) {
            let mut padded = [f64::NEG_INFINITY; N];
            padded[..states].copy_from_slice(logs);
            total += relative(&padded, *missing, out);
        }
    }
    for out in out.as_flattened_mut() {
        *out = exp_of_nonpositive(*out);
    }
    total
}

#[inline(always)]
fn relative<const N: usize>(logs: &[f64; N], missing: bool, out: &mut [f64; N]) -> f64 {
    let mut most = logs[0];
    for log in &logs[1..] {
        most = if *log > most { *log } else { most };
    }
    for k in 0..N {
        out[k] = if missing { 0.0 } else { logs[k] - most };
    }
    if missing { 0.0 } else { most }
}

/// Adds the outer products of the rows of two blocks.
#[inline(always)]
fn products<const N: usize>(left: &[[f64; N]], right: &[[f64; N]], out: &mut [[f64; N]; N]) {
    for (i, out) in out.iter_mut().enumerate() {
        let mut sums = *out;
        for (left, right) in left.iter().zip(right) {
            for j in 0..N {
                sums[j] += left[i] * right[j];
            }
        }
        *out = sums;
    }
}

/// The expectation step of one sequence: expected counts, and through `sink` the posterior weights of blocks
/// of rows (first row, rows, weights), in no particular order. `None`, if probabilities were lost.
pub(super) fn expect<const N: usize, E: Emission>(
    chain: &Chain,
    emission: &E,
    rows: &[f64],
    missing: &[bool],
    work: &mut Work<N>,
    sink: &mut impl FnMut(usize, &[f64], &[f64]),
) -> Option<Expected> {
    let (length, states, d) = (missing.len(), chain.states(), emission.dimension());
    let mut expected = Expected::new(states);
    if length == 0 {
        return Some(expected);
    }
    let matrices = Matrices::<N>::new(chain);
    let middle = length / 2;
    let Work { densities, halves, log_densities, weights } = work;
    let densities = &mut densities[..length];
    let (alphas, betas) = halves[..length].split_at_mut(middle);
    let (fronts, backs) = densities.split_at_mut(middle);
    let mut shift = 0.0;

    // The first half: both recursions, whose values are kept.
    let (mut alpha, mut mass, mut exponent) = (matrices.initial, 1.0, 0_i64);
    let mut beta = [1.0; N];
    beta[states..].fill(0.0);
    let mut begun = false;
    let mut from = 0;
    while from < middle {
        let to = (from + BLOCK).min(middle);
        // Rows of the back: the same distance from the end.
        let (back_from, back_to) = (length - to, length - from);
        let front = &mut fronts[from..to];
        shift += fill(emission, (rows, missing), from, log_densities, front);
        let back = &mut backs[back_from - middle..back_to - middle];
        shift += fill(emission, (rows, missing), back_from, log_densities, back);
        let forward = front.iter().zip(&missing[from..to]).zip(&mut alphas[from..to]);
        let backward = back.iter().zip(&mut betas[back_from - middle..back_to - middle]).rev();
        for (((b, missing), kept), (next_b, kept_beta)) in forward.zip(backward) {
            if begun {
                let p = times(&alpha, &matrices.rows);
                (alpha, mass, exponent) = forward_step(&p, b, *missing, mass, exponent);
            } else {
                (alpha, mass) = first_step(&matrices.initial, b, *missing);
                begun = true;
            }
            *kept = alpha;
            *kept_beta = beta;
            beta = backward_step(&beta, next_b, &matrices.columns);
        }
        from = to;
    }
    if length % 2 == 1 {
        shift += fill(emission, (rows, missing), middle, log_densities, &mut backs[..1]);
        betas[0] = beta;
    }
    // The beta of the row before the middle: for an odd length the middle row has not been passed yet.
    if length % 2 == 1 {
        beta = backward_step(&beta, &backs[0], &matrices.columns);
    }

    // The second half: each finds what the other left. The backward recursion stands at `beta` of row middle
    // - 1, the forward one at `alpha` of the same row.
    let mut counts = [[0.0; N]; N];
    let mut least = f64::INFINITY;
    let mut front = Box::new(Side::<N>::new());
    let mut back = Box::new(Side::<N>::new());
    let mut done = 0;
    // Rows middle.. forward; rows ..middle backward.
    let ahead = length - middle;
    let mut last_b = [0.0; N];
    let mut last_beta = [0.0; N];
    while done < ahead {
        let to = (done + BLOCK).min(ahead);
        let count = to - done;
        let behind = middle.min(to).saturating_sub(done);
        let b_ahead = &backs[done..to];
        let beta_ahead = &betas[done..to];
        let missing_ahead = &missing[middle + done..middle + to];
        let both = behind.min(count);
        // So that the compiler knows.
        assert!(count <= BLOCK && behind <= count);
        for i in 0..count {
            // Forward.
            let (b, other) = (&b_ahead[i], &beta_ahead[i]);
            let p = if begun { times(&alpha, &matrices.rows) } else { matrices.initial };
            let mut right = [0.0; N];
            let mut product = [0.0; N];
            for j in 0..N {
                right[j] = b[j] * other[j];
                product[j] = p[j] * right[j];
            }
            let norm = sum(&product);
            least = if norm > least { least } else { norm };
            let r = 1.0 / norm;
            let begins = if begun { r } else { 0.0 };
            for j in 0..N {
                front.left[i][j] = alpha[j] * begins;
                front.right[i][j] = right[j];
                front.weights[i][j] = product[j] * r;
            }
            if begun {
                (alpha, mass, exponent) = forward_step(&p, b, missing_ahead[i], mass, exponent);
            } else {
                (alpha, mass) = first_step(&matrices.initial, b, missing_ahead[i]);
                begun = true;
            }
            // Backward: row middle - 1 - (done + i).
            if i < both {
                let row = middle - 1 - (done + i);
                let other = &alphas[row];
                let slot = behind - 1 - i;
                if done + i > 0 {
                    let mut right = [0.0; N];
                    for j in 0..N {
                        right[j] = last_b[j] * last_beta[j];
                    }
                    back.right[slot] = right;
                    let v = times(&right, &matrices.columns);
                    let mut product = [0.0; N];
                    for j in 0..N {
                        product[j] = other[j] * v[j];
                    }
                    beta = scaled(v);
                    let norm = sum(&product);
                    least = if norm > least { least } else { norm };
                    let r = 1.0 / norm;
                    for j in 0..N {
                        back.left[slot][j] = other[j] * r;
                        back.weights[slot][j] = product[j] * r;
                    }
                } else {
                    // Its transition to the next row was counted by the forward recursion.
                    let mut product = [0.0; N];
                    for j in 0..N {
                        product[j] = other[j] * beta[j];
                    }
                    let norm = sum(&product);
                    least = if norm > least { least } else { norm };
                    let r = 1.0 / norm;
                    back.left[slot] = [0.0; N];
                    back.right[slot] = [0.0; N];
                    for j in 0..N {
                        back.weights[slot][j] = product[j] * r;
                    }
                }
                last_b = fronts[row];
                last_beta = beta;
            }
        }
        products(&front.left[..count], &front.right[..count], &mut counts);
        let first = middle + done;
        give(&front.weights[..count], first, rows, states, d, weights, sink);
        if middle == 0 && done == 0 {
            expected.initial.copy_from_slice(&front.weights[0][..states]);
        }
        if behind > 0 {
            products(&back.left[..behind], &back.right[..behind], &mut counts);
            let first = middle - done - behind;
            give(&back.weights[..behind], first, rows, states, d, weights, sink);
            if first == 0 {
                expected.initial.copy_from_slice(&back.weights[0][..states]);
            }
        }
        done = to;
    }
    // NaN fails, too.
    let kept = least > LEAST_MASS && shift.is_finite();
    if !kept {
        return None;
    }
    expected.log_likelihood = shift + (mass.ln() + exponent as f64 * core::f64::consts::LN_2);
    for i in 0..states {
        for j in 0..states {
            expected.transitions[i * states + j] = counts[i][j] * matrices.rows[i][j];
        }
    }
    Some(expected)
}

impl<const N: usize> Side<N> {
    fn new() -> Self {
        Self { left: [[0.0; N]; BLOCK], right: [[0.0; N]; BLOCK], weights: [[0.0; N]; BLOCK] }
    }
}

#[inline(always)]
fn first_step<const N: usize>(initial: &[f64; N], b: &[f64; N], missing: bool) -> ([f64; N], f64) {
    let mut alpha = [0.0; N];
    for j in 0..N {
        alpha[j] = initial[j] * b[j];
    }
    // A missing row says nothing, and the sum of the initial probabilities is 1.
    let mass = if missing { 1.0 } else { sum(&alpha) };
    (alpha, mass)
}

/// The predicted probabilities `p` times the densities, scaled if their mass has become small; a missing row
/// does not change the mass, so that it adds exactly 0 to the likelihood.
#[inline(always)]
fn forward_step<const N: usize>(
    p: &[f64; N],
    b: &[f64; N],
    missing: bool,
    mass: f64,
    exponent: i64,
) -> ([f64; N], f64, i64) {
    let mut alpha = [0.0; N];
    for j in 0..N {
        alpha[j] = p[j] * b[j];
    }
    let total = sum(&alpha);
    let mass = if missing { mass } else { total };
    // NaN is scaled, too, and stays one.
    if mass >= SMALL {
        return (alpha, mass, exponent);
    }
    let (s, e) = scale(mass);
    for alpha in &mut alpha {
        *alpha *= s;
    }
    (alpha, mass * s, exponent + e)
}

#[inline(always)]
fn backward_step<const N: usize>(beta: &[f64; N], b: &[f64; N], columns: &[[f64; N]; N]) -> [f64; N] {
    let mut right = [0.0; N];
    for j in 0..N {
        right[j] = b[j] * beta[j];
    }
    scaled(times(&right, columns))
}

/// Backward probabilities, scaled if they have become small.
#[inline(always)]
fn scaled<const N: usize>(mut beta: [f64; N]) -> [f64; N] {
    let total = sum(&beta);
    if total >= SMALL {
        return beta;
    }
    let (s, _) = scale(total);
    for beta in &mut beta {
        *beta *= s;
    }
    beta
}

/// Hands a block of posterior weights over, without the padding.
#[inline(always)]
fn give<const N: usize>(
    of_rows: &[[f64; N]],
    first: usize,
    rows: &[f64],
    states: usize,
    d: usize,
    weights: &mut [f64],
    sink: &mut impl FnMut(usize, &[f64], &[f64]),
) {
    let rows = &rows[first * d..(first + of_rows.len()) * d];
    if states == N {
        sink(first, rows, of_rows.as_flattened());
        return;
    }
    let weights = &mut weights[..of_rows.len() * states];
    for (to, from) in weights.chunks_exact_mut(states).zip(of_rows) {
        to.copy_from_slice(&from[..states]);
    }
    sink(first, rows, weights);
}
