//! A time-invariant linear Gaussian system, in the sparse form that the recursions read.

use core::ops::Range;

/// An entry of a sparse matrix: row, column, value.
pub(super) type Entry = (usize, usize, f64);

/// `y_t = Z s_t + e_t`, `s_t+1 = T s_t + n_t`; see [`StateSpace`](crate::state_space::StateSpace).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct System {
    pub(super) states: usize,
    /// T, row by row.
    pub(super) transition: Vec<Entry>,
    /// T', row by row.
    transposed: Vec<Entry>,
    /// The covariance of n, both triangles.
    pub(super) noise: Vec<Entry>,
    /// A row of Z for each of the values observed at a time: places and weights.
    pub(super) design: Vec<Vec<(usize, f64)>>,
    /// The states that the regressors of a time weigh, where there is one value at a time.
    pub(super) coefficients: Range<usize>,
    pub(super) start: Start,
}

/// Z of a series of one value a time, which changes with the regressors.
#[derive(Debug, Clone)]
pub(super) struct ChangingRow<'a> {
    row: Vec<(usize, f64)>,
    fixed: usize,
    /// As many numbers a time as there are coefficients.
    regressors: &'a [f64],
}

impl<'a> ChangingRow<'a> {
    pub(super) fn new(system: &System, regressors: &'a [f64]) -> Self {
        let mut row = system.design.first().cloned().unwrap_or_default();
        let fixed = row.len();
        row.extend(system.coefficients.clone().map(|i| (i, 0.0)));
        Self { row, fixed, regressors }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.row.len() == self.fixed
    }

    /// That of a time.
    pub(super) fn at(&mut self, time: usize) -> &[(usize, f64)] {
        let count = self.row.len() - self.fixed;
        if let Some(now) = self.regressors.get(time * count..(time + 1) * count) {
            set_weights(&mut self.row[self.fixed..], now);
        }
        &self.row
    }
}

/// Weighs coefficients by regressors.
pub(super) fn set_weights(row: &mut [(usize, f64)], regressors: &[f64]) {
    for (weight, x) in row.iter_mut().zip(regressors) {
        weight.1 = *x;
    }
}

/// What is known about the state before the first value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    pub(super) mean: Vec<f64>,
    /// The part of the covariance that is finite, by rows.
    pub(super) covariance: Vec<f64>,
    /// Directions of which nothing is known, one column of `states` numbers after the other.
    pub(super) diffuse: Vec<f64>,
    /// Whether the transition leaves this knowledge as it is, so that leading gaps may be skipped.
    pub(super) is_invariant: bool,
}

impl Start {
    /// Nothing is known of any state.
    pub(super) fn diffuse(states: usize, is_invariant: bool) -> Self {
        let mut diffuse = vec![0.0; states * states];
        for i in 0..states {
            diffuse[i * states + i] = 1.0;
        }
        Self { mean: vec![0.0; states], covariance: vec![0.0; states * states], diffuse, is_invariant }
    }
}

impl System {
    /// A system of entries that stand row by row.
    pub(super) fn new(
        transition: Vec<Entry>,
        noise: Vec<Entry>,
        design: Vec<Vec<(usize, f64)>>,
        start: Start,
    ) -> Self {
        let mut transposed: Vec<Entry> = transition.iter().map(|&(i, j, value)| (j, i, value)).collect();
        transposed.sort_by_key(|entry| (entry.0, entry.1));
        Self { states: start.mean.len(), transition, transposed, noise, design, coefficients: 0..0, start }
    }

    /// `out = T state`.
    pub(super) fn advance(&self, state: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for &(row, column, value) in &self.transition {
            out[row] += value * state[column];
        }
    }

    /// `out = T' costate`.
    pub(super) fn retreat(&self, costate: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for &(row, column, value) in &self.transition {
            out[column] += value * costate[row];
        }
    }

    /// `matrix = T matrix T'` for a symmetric matrix, or `T' matrix T` where it runs backwards. `scratch` is
    /// as large.
    pub(super) fn congruence(&self, matrix: &mut [f64], scratch: &mut [f64], backwards: bool) {
        let m = self.states;
        let entries = if backwards { &self.transposed } else { &self.transition };
        multiply(entries, matrix, scratch, m);
        // The columns of the product become rows, so that both products run along rows.
        for i in 1..m {
            for j in 0..i {
                scratch.swap(i * m + j, j * m + i);
            }
        }
        multiply(entries, scratch, matrix, m);
        // Symmetric to the last bit.
        for i in 1..m {
            for j in 0..i {
                matrix[i * m + j] = matrix[j * m + i];
            }
        }
    }
}

/// The product of a sparse matrix, row by row, with a square one of m rows.
fn multiply(entries: &[Entry], from: &[f64], to: &mut [f64], m: usize) {
    let source = |entry: &Entry| &from[entry.1 * m..(entry.1 + 1) * m];
    let (mut rest, mut written) = (entries, 0);
    while let Some(first) = rest.first() {
        let row = first.0;
        let (run, after) = rest.split_at(rest.iter().take_while(|entry| entry.0 == row).count());
        rest = after;
        to[written * m..row * m].fill(0.0);
        written = row + 1;
        let target = &mut to[row * m..written * m];
        for (out, x) in target.iter_mut().zip(source(first)) {
            *out = first.2 * x;
        }
        // Four at a time, which loads and stores the row less often.
        let mut fours = run[1..].chunks_exact(4);
        for four in &mut fours {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| source(&four[k]));
            let [va, vb, vc, vd] = [0, 1, 2, 3].map(|k| four[k].2);
            for ((((out, a), b), c), d) in target.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *out += (va * a + vb * b) + (vc * c + vd * d);
            }
        }
        for entry in fours.remainder() {
            for (out, x) in target.iter_mut().zip(source(entry)) {
                *out += entry.2 * x;
            }
        }
    }
    to[written * m..m * m].fill(0.0);
}

/// The product of a sparse row with a state.
pub(super) fn read(row: &[(usize, f64)], state: &[f64]) -> f64 {
    row.iter().map(|&(i, weight)| weight * state[i]).sum()
}

/// The non-zero entries of a matrix by rows.
pub(super) fn sparse(matrix: &[f64], columns: usize) -> Vec<Entry> {
    let entries = matrix.iter().enumerate().filter(|(_, value)| **value != 0.0);
    entries.map(|(k, value)| (k / columns, k % columns, *value)).collect()
}
