//! The first stretch of the exact likelihood, while the start still matters.

use super::covariance::Covariance;
use super::scalar::{Scalar, is_positive};

/// The gain is at its limit once no prediction variance can differ from it by more than this.
const SETTLED: f64 = 1e-12;

/// Prediction errors and their variances by the fast recursions of Morf, Sidhu and Kailath (1974,
/// doi:10.1109/TAC.1974.1100576): O(r) a step with r = max(p, q + 1), since for a stationary start the prediction covariance
/// changes by a matrix of rank one in each step. `near` is the gain times its variance, `far` the direction of the change; the pair is turned by the
/// partial autocorrelations of the process, so nothing is subtracted that cancels.
#[derive(Debug, Clone)]
pub(super) struct Transient<N> {
    covariance: Covariance<N>,
    phi: Vec<N>,
    near: Vec<N>,
    far: Vec<N>,
    /// The state of the data, then of the regressor.
    state: [Vec<N>; 2],
}

/// What the first stretch sums up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<N> {
    /// How many observations were taken.
    pub(super) steps: usize,
    /// Sum of the logarithms of the variances.
    pub(super) log_det: N,
    /// Sum of squares of standardized prediction errors of the data.
    pub(super) zz: N,
    /// … of products with those of the regressor.
    pub(super) zx: N,
    /// … of squares of those of the regressor.
    pub(super) xx: N,
}

impl<N: Scalar> Transient<N> {
    pub(super) fn new() -> Self {
        Self {
            covariance: Covariance::new(),
            phi: Vec::new(),
            near: Vec::new(),
            far: Vec::new(),
            state: [Vec::new(), Vec::new()],
        }
    }

    /// The predicted state of the data (0) or the regressor (1) after the last observation taken.
    pub(super) fn state(&self, column: usize) -> &[N] {
        &self.state[column]
    }

    /// The covariances of the newest value with the state, after [`run`](Self::run) or [`cover`](Self::cover).
    pub(super) fn row(&self) -> &[N] {
        self.covariance.row()
    }

    /// The autoregressive coefficients, with zeros up to the length of the state.
    pub(super) fn phi(&self) -> &[N] {
        &self.phi
    }

    /// Only the covariances. False if not stationary.
    pub(super) fn cover(&mut self, ar: &[N], ma: &[N]) -> bool {
        self.covariance.start(ar, ma)
    }

    /// Runs over `z`, and `x` beside it, until the recursion has settled, or for exactly `steps` observations. None if not
    /// stationary or beyond what numbers can hold. `record` is told the reciprocal variance, both errors and the pair of each step.
    pub(super) fn run(
        &mut self,
        ar: &[N],
        ma: &[N],
        z: &[f64],
        x: Option<&[f64]>,
        steps: Option<usize>,
        mut record: impl FnMut(N, N, N, &[N], &[N]),
    ) -> Option<Sums<N>> {
        let zero = N::of(0.0);
        if !self.covariance.start(ar, ma) {
            return None;
        }
        let row = self.covariance.row();
        let r = row.len();
        self.phi.clear();
        self.phi.extend_from_slice(ar);
        self.phi.resize(r, zero);
        self.near.clear();
        for i in 0..r {
            let next = row.get(i + 1).copied().unwrap_or(zero);
            self.near.push(self.phi[i] * row[0] + next);
        }
        self.far.clear();
        self.far.extend_from_slice(&self.near);
        for state in &mut self.state {
            state.clear();
            state.resize(r, zero);
        }

        let mut variance = row[0];
        let mut sums = Sums { steps: 0, log_det: zero, zz: zero, zx: zero, xx: zero };
        let mut product = N::of(1.0);
        let end = steps.unwrap_or(z.len());
        let (phi, near, far) = (&self.phi[..r], &mut self.near[..r], &mut self.far[..r]);
        let [first, second] = &mut self.state;
        for t in 0..end {
            if steps.is_none() && settled(variance.value(), far) {
                break;
            }
            let inverse = N::of(1.0) / variance;
            let error = N::of(z[t]) - first[0];
            let standardized = error * inverse;
            sums.zz = sums.zz + error * standardized;
            advance(first, phi, near, N::of(z[t]), standardized, error);
            let mut other = zero;
            if let Some(x) = x {
                other = N::of(x[t]) - second[0];
                let scaled = other * inverse;
                sums.zx = sums.zx + error * scaled;
                sums.xx = sums.xx + other * scaled;
                advance(second, phi, near, N::of(x[t]), scaled, other);
            }
            record(inverse, error, other, near, far);
            // The logarithm of a product of a few variances: one logarithm for many steps.
            product = product * variance;
            let size = product.value();
            if !(1e-100..1e100).contains(&size) {
                if !(size > 0.0 && size.is_finite()) {
                    return None;
                }
                sums.log_det = sums.log_det + product.ln();
                product = N::of(1.0);
            }

            let head = far[0];
            let rho = head * inverse;
            for i in 0..r - 1 {
                let moved = phi[i] * head + far[i + 1];
                far[i] = moved - rho * near[i];
                near[i] = near[i] - rho * moved;
            }
            let moved = phi[r - 1] * head;
            far[r - 1] = moved - rho * near[r - 1];
            near[r - 1] = near[r - 1] - rho * moved;
            variance = variance - rho * head;
            sums.steps = t + 1;
        }
        if !is_positive(variance.value()) {
            return None;
        }
        sums.log_det = sums.log_det + product.ln();
        Some(sums)
    }
}

/// The predicted state one step on: `near` is the gain times the variance, `standardized` the error over the variance.
#[inline]
fn advance<N: Scalar>(state: &mut [N], phi: &[N], near: &[N], value: N, standardized: N, error: N) {
    // T a + K v, where T a + phi v + (K - phi) v = shift + phi z + (K - phi) v, and K = near / variance
    let r = state.len();
    let predicted = value - error;
    for i in 0..r - 1 {
        state[i] = state[i + 1] + phi[i] * predicted + near[i] * standardized;
    }
    state[r - 1] = phi[r - 1] * predicted + near[r - 1] * standardized;
}

/// Whether no later variance can differ from its limit by more than the tolerance. The variances fall towards 1 for an
/// invertible process.
#[inline]
fn settled<N: Scalar>(variance: f64, far: &[N]) -> bool {
    if variance - 1.0 > 1e-6 {
        return false;
    }
    variance - 1.0 < SETTLED || far.iter().all(|l| l.value() * l.value() < SETTLED)
}
