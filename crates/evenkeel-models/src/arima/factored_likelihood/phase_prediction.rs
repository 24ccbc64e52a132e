//! The seasonal factor alone: each phase is predicted by a state of a few numbers, with gains that all phases
//! share.

use crate::arima::arma_recursion;
use crate::arima::covariance::Covariance;
use crate::arima::dual::{Scalar, is_positive};
use crate::arima::lag_polynomials::Lags;
use core::array::from_fn;

/// Entries of the state of a phase: up to two seasonal lags, and the newest value.
pub(super) const STATE: usize = 3;

/// The prediction of each phase: by row, which is the season that a value is in.
#[derive(Debug, Clone)]
pub(super) struct Gains<N> {
    pub(super) covariance: Covariance<N>,
    /// Those of the seasonal factors alone.
    pub(super) lags: Lags,
    /// Reciprocal variance, and gain times variance.
    pub(super) rows: Vec<(N, [N; STATE])>,
    /// Autocovariances at multiples of the period.
    pub(super) seasonal: Vec<N>,
}

/// Derivatives by what the rows of [`Gains`] say: by the square root of the reciprocal variance, and by the
/// gains; and by the seasonal autoregressive coefficients where they move the state.
pub(super) struct ByGains {
    pub(super) rows: Vec<[f64; 1 + STATE]>,
    pub(super) phi: [f64; STATE],
}

pub(super) fn padded<N: Scalar>(few: &[N]) -> [N; STATE] {
    from_fn(|i| few.get(i).copied().unwrap_or(N::of(0.0)))
}

impl<N: Scalar> Gains<N> {
    pub(super) fn new() -> Self {
        let lags = Lags::default();
        Self { covariance: Covariance::new(), lags, rows: Vec::new(), seasonal: Vec::new() }
    }

    /// For so many rows. The formulas are those of [`Recursion`](crate::arima::chandrasekhar::Recursion).
    /// None if not stationary, or beyond what numbers can hold.
    pub(super) fn run(&mut self, sar: &[N], sma: &[N], rows: usize) -> Option<()> {
        for (lags, length) in [(&mut self.lags.ar, sar.len()), (&mut self.lags.ma, sma.len())] {
            lags.clear();
            lags.extend(0..length);
        }
        if !self.covariance.start(sar, sma, &self.lags) {
            return None;
        }
        let phi = padded(sar);
        let row: [N; STATE] = padded(self.covariance.row());
        let zero = N::of(0.0);
        let after = |x: &[N; STATE], i: usize| x.get(i + 1).copied().unwrap_or(zero);

        self.seasonal.clear();
        let mut moved = row;
        for _ in 0..=rows.max(sma.len() + 1) {
            self.seasonal.push(moved[0]);
            moved = from_fn(|i| after(&moved, i) + phi[i] * moved[0]);
        }

        let mut near: [N; STATE] = from_fn(|i| phi[i] * row[0] + after(&row, i));
        let mut far = near;
        let mut variance = row[0];
        self.rows.clear();
        for _ in 0..rows {
            if !is_positive(variance.value()) || !variance.value().is_finite() {
                return None;
            }
            let inverse = N::of(1.0) / variance;
            self.rows.push((inverse, near));
            let head = far[0];
            let rho = head * inverse;
            let ahead: [N; STATE] = from_fn(|i| after(&far, i) + phi[i] * head);
            far = from_fn(|i| ahead[i] - rho * near[i]);
            near = from_fn(|i| near[i] - rho * ahead[i]);
            variance = variance - rho * head;
        }
        Some(())
    }
}

/// The prediction errors of all phases of a column, and those standardized. O(n).
pub(super) fn whiten(
    rows: &[(f64, [f64; STATE])],
    phi: [f64; STATE],
    s: usize,
    v: &[f64],
    errors: &mut [f64],
    white: &mut [f64],
    states: &mut [Vec<f64>; STATE],
) {
    for state in states.iter_mut() {
        state.clear();
        state.resize(s, 0.0);
    }
    let [first, second, third] = states;
    let all = v.chunks(s).zip(errors.chunks_mut(s)).zip(white.chunks_mut(s));
    for (((v, errors), white), (inverse, near)) in all.zip(rows) {
        let root = inverse.sqrt();
        let gain = near.map(|x| x * inverse);
        let states = first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut());
        let out = v.iter().zip(errors).zip(white);
        for (((v, error), white), ((first, second), third)) in out.zip(states) {
            let predicted = *first;
            let e = v - predicted;
            *first = *second + gain[0] * e + phi[0] * predicted;
            *second = *third + gain[1] * e + phi[1] * predicted;
            *third = gain[2] * e;
            (*error, *white) = (e, root * e);
        }
    }
}

/// Takes derivatives by the standardized errors of a column, in `adjoint`, to derivatives by the column, in
/// place, and adds those by the gains. O(n).
pub(super) fn pull(
    rows: &[(f64, [f64; STATE])],
    (sar, sma): (&[f64], &[f64]),
    s: usize,
    (v, errors): (&[f64], &[f64]),
    adjoint: &mut [f64],
    states: &mut [Vec<f64>; STATE],
    out: &mut ByGains,
) {
    for state in states.iter_mut() {
        state.clear();
        state.resize(s, 0.0);
    }
    let phi: [f64; STATE] = padded(sar);
    let length = sar.len().max(sma.len() + 1);
    let [first, second, third] = states;
    let all = v.chunks(s).zip(errors.chunks(s)).zip(adjoint.chunks_mut(s));
    for (j, (((v, errors), adjoint), (inverse, near))) in all.zip(rows).enumerate().rev() {
        let root = inverse.sqrt();
        let gain = near.map(|x| x * inverse);
        let by = &mut out.rows[j];
        by[0] += arma_recursion::dot(adjoint, errors);
        let states = [&*first, &*second, &*third];
        for (k, state) in states.into_iter().enumerate().take(length) {
            let with_errors = arma_recursion::dot(state, errors);
            by[1 + k] += with_errors;
            if k < sar.len() {
                // The state of a phase before this row is what was predicted.
                out.phi[k] += arma_recursion::dot(state, v) - with_errors;
            }
        }
        let states = first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut());
        for (adjoint, ((first, second), third)) in adjoint.iter_mut().zip(states) {
            let e = root * *adjoint + gain[0] * *first + gain[1] * *second + gain[2] * *third;
            let predicted = phi[0] * *first + phi[1] * *second - e;
            (*third, *second, *first) = (*second, *first, predicted);
            *adjoint = e;
        }
    }
}
