//! Profile least squares: regressors, unknown levels and missing values are taken out of the likelihood.

use super::dual::{Scalar, is_positive};

/// What one evaluation of a concentrated likelihood gives, in units of the design.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Concentrated {
    /// The generalized sum of squares at the coefficients of the regressors.
    pub(super) quadratic: f64,
    /// Logarithm of the determinant of the covariance of what counts, at innovation variance 1.
    pub(super) log_det: f64,
}

/// The least-squares problem of regressing the last column on all others, given the sums of products of their
/// standardized errors.
///
/// The first columns are integrated out without any prior: unknown levels, or missing values. Their pivots
/// count in the determinant. The others are regressors, at their best values or at given ones.
#[derive(Debug, Clone, Default)]
pub(super) struct ProfileLeastSquares<N> {
    /// Sums of products by rows; the lower half. Eliminated in place.
    pub(super) products: Vec<N>,
    pub(super) columns: usize,
    /// How many of the columns are integrated out.
    pub(super) counted: usize,
    /// The coefficients of all columns but the last.
    pub(super) beta: Vec<f64>,
    /// The information on the regressors, by rows, both halves; 0 for those that are given.
    pub(super) information: Vec<f64>,
    before: Vec<f64>,
}

impl<N: Scalar> ProfileLeastSquares<N> {
    /// Empty sums for so many columns.
    pub(super) fn clear(&mut self, counted: usize, columns: usize) {
        (self.counted, self.columns) = (counted, columns);
        self.products.clear();
        self.products.resize(columns * columns, N::of(0.0));
    }

    /// Adds the products of a row of errors, all multiplied by `weight`.
    pub(super) fn add(&mut self, errors: &[N], weight: N) {
        let c = self.columns;
        for i in 0..c {
            let by = errors[i] * weight;
            for (entry, other) in self.products[i * c..].iter_mut().zip(&errors[..=i]) {
                *entry = *entry + by * *other;
            }
        }
    }

    /// Eliminates; gives the remaining sum of squares and the logarithm of the determinant of what is
    /// integrated out. A pivot at or below `least` of its sum of squares is none: None if it belongs to the
    /// first columns, which the data then do not determine. `fixed` has the given coefficients of the
    /// regressors. O(columns³).
    pub(super) fn solve(&mut self, fixed: &[Option<f64>], least: f64) -> Option<(N, N)> {
        let (c, counted) = (self.columns, self.counted);
        let a = &mut self.products;
        let last = c - 1;
        for (i, value) in fixed.iter().enumerate() {
            let Some(value) = *value else { continue };
            let j = counted + i;
            let (cross, square) = (a[last * c + j], a[j * c + j]);
            a[last * c + last] = a[last * c + last] - cross.scale(2.0 * value) + square.scale(value * value);
            for k in 0..last {
                let entry = if k <= j { a[j * c + k] } else { a[k * c + j] };
                a[last * c + k] = a[last * c + k] - entry.scale(value);
            }
            for k in 0..c {
                let at = if k <= j { j * c + k } else { k * c + j };
                a[at] = N::of(0.0);
            }
        }
        self.before.clear();
        self.before.extend((0..last).map(|k| a[k * c + k].value()));
        let (mut log_det, mut product) = (N::of(0.0), N::of(1.0));
        for k in 0..last {
            if k == counted {
                let regressors = last - counted;
                self.information.clear();
                for i in 0..regressors {
                    for j in 0..regressors {
                        let (low, high) = (counted + i.min(j), counted + i.max(j));
                        self.information.push(a[high * c + low].value());
                    }
                }
            }
            let pivot = a[k * c + k];
            let usable = is_positive(pivot.value() - least * self.before[k]);
            if k < counted {
                if !usable {
                    return None;
                }
                product = product * pivot;
                if !(1e-100..1e100).contains(&product.value()) {
                    log_det = log_det + product.ln();
                    product = N::of(1.0);
                }
            } else if !usable {
                // Its coefficient is 0, or given.
                for i in k + 1..c {
                    a[i * c + k] = N::of(0.0);
                }
                continue;
            }
            let inverse = N::of(1.0) / pivot;
            for i in k + 1..c {
                let by = a[i * c + k] * inverse;
                for j in k + 1..=i {
                    a[i * c + j] = a[i * c + j] - by * a[j * c + k];
                }
            }
        }
        if counted == last {
            self.information.clear();
        }
        log_det = log_det + product.ln();

        self.beta.clear();
        self.beta.resize(last, 0.0);
        for k in (0..last).rev() {
            let mut cross = a[last * c + k].value();
            for j in k + 1..last {
                // Given ones are no longer in the sums.
                if j < counted || fixed[j - counted].is_none() {
                    cross -= a[j * c + k].value() * self.beta[j];
                }
            }
            let pivot = a[k * c + k].value();
            let given = k.checked_sub(counted).and_then(|i| fixed[i]);
            self.beta[k] = match given {
                Some(value) => value,
                None if cross == 0.0 => 0.0,
                None => cross / pivot,
            };
        }
        Some((a[last * c + last], log_det))
    }

    /// The coefficients of the regressors.
    pub(super) fn regression(&self) -> &[f64] {
        &self.beta[self.counted.min(self.beta.len())..]
    }
}
