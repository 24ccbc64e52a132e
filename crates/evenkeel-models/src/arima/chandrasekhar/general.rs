//! The recursion for a state of any length, in plain or in dual numbers.

use crate::arima::covariance::Covariance;
use crate::arima::dual::{Scalar, is_positive};
use crate::arima::lag_polynomials::Lags;

/// The gain is at its limit once no prediction variance can differ from it by more than this.
const SETTLED: f64 = 1e-12;

/// Directions below this are none.
pub(super) const TINY: f64 = 1e-150;

/// Prediction errors and their variances by the fast recursions of Morf, Sidhu and Kailath (1974,
/// doi:10.1109/TAC.1974.1100576): O(r) a step with r = max(p, q + 1), since for a stationary start the
/// prediction covariance changes by a matrix of rank one in each step. `near` is the gain times the
/// prediction variance, `far` the direction of the change. Each step rotates the pair by a partial
/// autocorrelation of the process, so there is no cancellation.
#[derive(Debug, Clone)]
pub(in crate::arima) struct Recursion<N> {
    covariance: Covariance<N>,
    phi: Vec<N>,
    near: Vec<N>,
    far: Vec<N>,
    /// The states of all columns, one after the other.
    states: Vec<N>,
    errors: Vec<N>,
}

/// The steps during which the gain still changes.
#[derive(Debug, Clone, Copy)]
pub(in crate::arima) struct TransientPhase<N> {
    /// How many observations were taken.
    pub(in crate::arima) steps: usize,
    /// Sum of the logarithms of the variances.
    pub(in crate::arima) log_det: N,
}

impl<N: Scalar> Recursion<N> {
    pub(in crate::arima) fn new() -> Self {
        Self {
            covariance: Covariance::new(),
            phi: Vec::new(),
            near: Vec::new(),
            far: Vec::new(),
            states: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The coefficients, and the states of all columns to be written.
    pub(super) fn phi_and_states_mut(&mut self) -> (&[N], impl Iterator<Item = &mut [N]>) {
        (&self.phi, self.states.chunks_exact_mut(self.phi.len()))
    }

    /// The predicted state of a column after the last observation taken.
    pub(in crate::arima) fn state(&self, column: usize) -> &[N] {
        let r = self.phi.len();
        &self.states[column * r..(column + 1) * r]
    }

    /// The covariances of the newest value with the state, after [`run`](Self::run) or
    /// [`cover`](Self::cover).
    pub(in crate::arima) fn row(&self) -> &[N] {
        self.covariance.row()
    }

    /// The autoregressive coefficients, with zeros up to the length of the state.
    pub(super) fn phi(&self) -> &[N] {
        &self.phi
    }

    /// Only the covariances. False if not stationary.
    pub(in crate::arima) fn cover(&mut self, ar: &[N], ma: &[N], lags: &Lags) -> bool {
        self.covariance.start(ar, ma, lags)
    }

    /// The covariances, the coefficients and empty states. False if not stationary.
    pub(super) fn begin(&mut self, ar: &[N], ma: &[N], lags: &Lags, columns: usize) -> bool {
        if !self.covariance.start(ar, ma, lags) {
            return false;
        }
        let r = self.covariance.row().len();
        self.phi.clear();
        self.phi.extend_from_slice(ar);
        self.phi.resize(r, N::of(0.0));
        self.states.clear();
        self.states.resize(r * columns, N::of(0.0));
        true
    }

    /// Runs over the columns until the recursion has settled, or for exactly `steps` observations. None if
    /// not stationary or beyond what numbers can hold. `record` receives the time, the reciprocal variance,
    /// the errors of all columns and the pair of each step.
    pub(in crate::arima) fn run(
        &mut self,
        ar: &[N],
        ma: &[N],
        lags: &Lags,
        columns: &[Vec<f64>],
        steps: Option<usize>,
        mut record: impl FnMut(usize, N, &[N], &[N], &[N]),
    ) -> Option<TransientPhase<N>> {
        let zero = N::of(0.0);
        if !self.begin(ar, ma, lags, columns.len()) {
            return None;
        }
        let row = self.covariance.row();
        let r = row.len();
        self.near.clear();
        for i in 0..r {
            let next = row.get(i + 1).copied().unwrap_or(zero);
            self.near.push(self.phi[i] * row[0] + next);
        }
        self.far.clear();
        self.far.extend_from_slice(&self.near);
        self.errors.clear();
        self.errors.resize(columns.len(), zero);

        let mut variance = row[0];
        let mut found = TransientPhase { steps: 0, log_det: zero };
        let mut product = N::of(1.0);
        let n = columns.first().map_or(0, Vec::len);
        let end = steps.unwrap_or(n).min(n);
        let (phi, near, far) = (&self.phi[..r], &mut self.near[..r], &mut self.far[..r]);
        for t in 0..end {
            if steps.is_none() && settled(variance.value(), far) {
                break;
            }
            let inverse = N::of(1.0) / variance;
            let all = self.states.chunks_exact_mut(r).zip(columns).zip(&mut self.errors);
            for ((state, column), error) in all {
                let predicted = state[0];
                *error = N::of(column[t]) - predicted;
                let standardized = *error * inverse;
                // T a + K v, where T a + phi v + (K - phi) v = shift + phi z + (K - phi) v, and K = near /
                // variance
                for i in 0..r - 1 {
                    state[i] = state[i + 1] + near[i] * standardized;
                }
                state[r - 1] = near[r - 1] * standardized;
                for &i in &lags.ar {
                    state[i] = state[i] + phi[i] * predicted;
                }
            }
            record(t, inverse, &self.errors, near, far);
            // The logarithm of a product of a few variances: one logarithm for many steps.
            product = product * variance;
            let size = product.value();
            if !(1e-100..1e100).contains(&size) {
                if !(size > 0.0 && size.is_finite()) {
                    return None;
                }
                found.log_det = found.log_det + product.ln();
                product = N::of(1.0);
            }

            // What has died away would go on as denormal numbers, which are slow.
            let head = if far[0].value().abs() < TINY { zero } else { far[0] };
            let rho = head * inverse;
            for i in 0..r - 1 {
                let moved = far[i + 1];
                far[i] = moved - rho * near[i];
                near[i] = near[i] - rho * moved;
            }
            far[r - 1] = -(rho * near[r - 1]);
            let turned = rho * head;
            for &i in &lags.ar {
                far[i] = far[i] + phi[i] * head;
                near[i] = near[i] - phi[i] * turned;
            }
            variance = variance - rho * head;
            found.steps = t + 1;
        }
        if !is_positive(variance.value()) {
            return None;
        }
        found.log_det = found.log_det + product.ln();
        Some(found)
    }
}

/// Whether no later variance can differ from its limit by more than the tolerance. The variances fall towards
/// 1 for an invertible process.
#[inline]
pub(super) fn settled<N: Scalar>(variance: f64, far: &[N]) -> bool {
    if variance - 1.0 > 1e-6 {
        return false;
    }
    variance - 1.0 < SETTLED || far.iter().all(|l| l.value() * l.value() < SETTLED)
}
