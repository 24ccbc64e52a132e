//! Observed values, one after the other: several at a time become one each with an error of its own.

use super::system::{ChangingRow, System};
use evenkeel_core::observed;
use nalgebra::DMatrix;

/// One scalar value `y = z s + e`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Which of the rows z is.
    pub(super) row: usize,
    /// The variance of e.
    pub(super) h: f64,
    pub(super) y: f64,
    /// Which of the values at a time it was.
    pub(super) place: usize,
}

/// The observed values of a history in order of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Readings {
    pub(super) rows: Vec<Vec<(usize, f64)>>,
    pub(super) values: Vec<Reading>,
    /// Where the values of each time end.
    ends: Vec<usize>,
}

impl Readings {
    /// Of `y`, `observations` values for each time, with errors of this covariance (by rows).
    ///
    /// Correlated errors are taken apart by `H = L D L'`: `L⁻¹ y` has errors of the variances D (Koopman and
    /// Durbin 2000, doi:10.1111/1467-9892.00186), with H and y cut to what is observed.
    pub(super) fn new(system: &System, covariance: &[f64], y: &[f64]) -> Self {
        let p = system.design.len();
        let is_diagonal = (0..p).all(|i| (0..p).all(|j| i == j || covariance[i * p + j] == 0.0));
        let mut all =
            Self { rows: system.design.clone(), values: Vec::with_capacity(y.len()), ends: Vec::new() };
        // The rows of the last pattern of observed places, where errors are correlated.
        let (mut pattern, mut whitening) = (Vec::new(), Whitening::default());
        for at in y.chunks_exact(p.max(1)) {
            let seen = |place: &usize| observed(at[*place]).is_some();
            if is_diagonal {
                for place in (0..p).filter(seen) {
                    let h = covariance[place * p + place];
                    all.values.push(Reading { row: place, h, y: at[place], place });
                }
            } else {
                let now: Vec<usize> = (0..p).filter(seen).collect();
                if now != pattern {
                    whitening = Whitening::new(covariance, p, &now);
                    whitening.first = all.rows.len();
                    all.rows.extend(whitening.rows(system, &now));
                    pattern = now;
                }
                let mut values: Vec<f64> = pattern.iter().map(|place| at[*place]).collect();
                whitening.solve(&mut values);
                for (i, &place) in pattern.iter().enumerate() {
                    let row = whitening.first + i;
                    all.values.push(Reading { row, h: whitening.variances[i], y: values[i], place });
                }
            }
            all.ends.push(all.values.len());
        }
        all
    }

    /// Of one value a time with regressors, whose row changes with each.
    pub(super) fn with_regressors(system: &System, h: f64, y: &[f64], regressors: &[f64]) -> Self {
        let mut row = ChangingRow::new(system, regressors);
        let mut all = Self { rows: Vec::new(), values: Vec::new(), ends: Vec::new() };
        for (time, x) in y.iter().enumerate() {
            if let Some(y) = observed(*x) {
                all.values.push(Reading { row: all.rows.len(), h, y, place: 0 });
                all.rows.push(row.at(time).to_vec());
            }
            all.ends.push(all.values.len());
        }
        all
    }

    /// How many times there are.
    pub(super) fn times(&self) -> usize {
        self.ends.len()
    }

    /// The places of the values at a time.
    pub(super) fn at(&self, time: usize) -> core::ops::Range<usize> {
        let start = if time == 0 { 0 } else { self.ends[time - 1] };
        start..self.ends[time]
    }
}

/// The factors of a covariance matrix: unit lower triangular, and variances.
#[derive(Debug, Clone, Default)]
struct Whitening {
    first: usize,
    lower: Vec<f64>,
    variances: Vec<f64>,
}

impl Whitening {
    fn new(covariance: &[f64], p: usize, places: &[usize]) -> Self {
        let k = places.len();
        let cut = DMatrix::from_fn(k, k, |i, j| covariance[places[i] * p + places[j]]);
        let (lower, variances) = ldl(&cut);
        Self { first: 0, lower, variances }
    }

    fn solve(&self, values: &mut [f64]) {
        let k = values.len();
        for i in 0..k {
            for j in 0..i {
                values[i] -= self.lower[i * k + j] * values[j];
            }
        }
    }

    fn rows(&self, system: &System, places: &[usize]) -> Vec<Vec<(usize, f64)>> {
        let k = places.len();
        let mut dense = vec![0.0; k];
        let mut rows = vec![Vec::new(); k];
        for state in 0..system.states {
            for (out, place) in dense.iter_mut().zip(places) {
                let row = &system.design[*place];
                *out = row.iter().filter(|(i, _)| *i == state).map(|(_, weight)| weight).sum();
            }
            self.solve(&mut dense);
            for (row, weight) in rows.iter_mut().zip(&dense) {
                if *weight != 0.0 {
                    row.push((state, *weight));
                }
            }
        }
        rows
    }
}

/// `L D L'` of a positive semidefinite matrix: L by rows, and D. A direction without variance has a column
/// of zeros.
pub(super) fn ldl(matrix: &DMatrix<f64>) -> (Vec<f64>, Vec<f64>) {
    let k = matrix.nrows();
    let (mut lower, mut variances) = (vec![0.0; k * k], vec![0.0; k]);
    for j in 0..k {
        let spent: f64 = (0..j).map(|c| lower[j * k + c] * lower[j * k + c] * variances[c]).sum();
        let left = matrix[(j, j)] - spent;
        variances[j] = if left > 1e-14 * matrix[(j, j)] { left } else { 0.0 };
        lower[j * k + j] = 1.0;
        for i in j + 1..k {
            let common: f64 = (0..j).map(|c| lower[i * k + c] * lower[j * k + c] * variances[c]).sum();
            lower[i * k + j] =
                if variances[j] > 0.0 { (matrix[(i, j)] - common) / variances[j] } else { 0.0 };
        }
    }
    (lower, variances)
}
