//! The Kalman filter of an ARIMA process, exact across gaps.

use super::covariance::Covariance;
use super::dual::Scalar;
use super::lag_polynomials::{Differences, Lags};

/// The filter is in its steady state once no variance of the state, given all so far, is above this (relative
/// to the largest squared moving average coefficient).
const SETTLED: f64 = 1e-13;

/// A filter of `y` whose differences are ARMA(p, q) with innovations of variance 1.
///
/// The state holds the companion form of the ARMA process (r = max(p, q + 1) entries) and the last d values
/// of `y`, as many as differencing costs. Several columns (the data, a regressor, one for each unknown
/// starting value) go through the same gains. A step is O(r + d) a column in the steady state, where
/// everything up to now is known exactly, and O((r + d)²) more after a gap and at the start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kalman<N> {
    /// Length r.
    pub(super) phi: Vec<N>,
    /// Length r, starting with 1.
    pub(super) theta: Vec<N>,
    /// How `y` follows from its difference and the levels.
    pub(super) delta: Vec<(usize, f64)>,
    /// How many levels there are: d.
    pub(super) levels: usize,
    pub(super) columns: usize,
    /// The predicted state, column by column.
    pub(super) state: Vec<N>,
    /// Its covariance.
    pub(super) covariance: Vec<N>,
    pub(super) steady: bool,
    tolerance: f64,
    /// Cov(state, y) between a call of `variance` and the step; 0 otherwise.
    gain: Vec<N>,
    /// The first row of the covariance while it is moved; 0 otherwise.
    first: Vec<N>,
}

impl<N: Scalar> Kalman<N> {
    /// A filter that has yet to be started.
    pub(super) fn new(differences: &Differences) -> Self {
        Self {
            phi: Vec::new(),
            theta: Vec::new(),
            delta: differences.terms(),
            levels: differences.order(),
            columns: 0,
            state: Vec::new(),
            covariance: Vec::new(),
            steady: false,
            tolerance: SETTLED,
            gain: Vec::new(),
            first: Vec::new(),
        }
    }

    /// Stands before any observation, with all columns at 0. False if not stationary.
    pub(super) fn start(
        &mut self,
        (ar, ma, lags): (&[N], &[N], &Lags),
        columns: usize,
        start: &mut Covariance<N>,
    ) -> bool {
        if !start.start(ar, ma, lags) {
            return false;
        }
        let m = self.clear(ar, ma, columns);
        self.covariance.resize(m * m, N::of(0.0));
        start.matrix(ar, ma, m, &mut self.covariance);
        true
    }

    /// As [`start`](Self::start), but as if everything before were known, and without room for anything else:
    /// in the steady state for good.
    pub(super) fn start_steady(&mut self, ar: &[N], ma: &[N], columns: usize) {
        self.clear(ar, ma, columns);
        self.steady = true;
        self.gain.clear();
        self.first.clear();
    }

    /// Whether there is room for what is not known.
    pub(super) fn is_full(&self) -> bool {
        !self.covariance.is_empty()
    }

    /// All columns at 0, no covariance yet. Gives the dimension.
    fn clear(&mut self, ar: &[N], ma: &[N], columns: usize) -> usize {
        let zero = N::of(0.0);
        let r = ar.len().max(ma.len() + 1);
        let m = r + self.levels;
        self.phi.clear();
        self.phi.extend_from_slice(ar);
        self.phi.resize(r, zero);
        self.theta.clear();
        self.theta.push(N::of(1.0));
        self.theta.extend_from_slice(ma);
        self.theta.resize(r, zero);
        let largest = self.theta.iter().fold(1.0, |most: f64, c| most.max(c.value() * c.value()));
        self.tolerance = SETTLED * largest;
        self.columns = columns;
        self.steady = false;
        for (out, length) in [(&mut self.state, m * columns), (&mut self.gain, m), (&mut self.first, m)] {
            out.clear();
            out.resize(length, zero);
        }
        self.covariance.clear();
        m
    }

    /// The dimension of the state.
    pub(super) fn dimension(&self) -> usize {
        self.phi.len() + self.levels
    }

    pub(super) fn column(&self, c: usize) -> &[N] {
        let m = self.dimension();
        &self.state[c * m..(c + 1) * m]
    }

    /// Sets the value of `y` `back` + 1 steps ago in column `c`.
    pub(super) fn set_level(&mut self, c: usize, back: usize, value: N) {
        let m = self.dimension();
        self.state[c * m + self.phi.len() + back] = value;
    }

    /// The predicted value of column `c`.
    pub(super) fn mean(&self, c: usize) -> N {
        read(self.column(c), self.phi.len(), &self.delta)
    }

    /// The variance of the prediction.
    pub(super) fn variance(&mut self) -> N {
        if self.steady {
            return N::of(1.0);
        }
        let (m, r) = (self.dimension(), self.phi.len());
        for i in 0..m {
            self.gain[i] = read(&self.covariance[i * m..(i + 1) * m], r, &self.delta);
        }
        read(&self.gain, r, &self.delta)
    }

    /// Takes one observation of every column and writes the prediction errors, of variance
    /// [`variance`](Self::variance), which has to be called before.
    pub(super) fn observe(&mut self, values: &[N], variance: N, errors: &mut [N]) {
        for (c, error) in errors.iter_mut().enumerate().take(self.columns) {
            *error = values[c] - self.mean(c);
        }
        let (m, r) = (self.dimension(), self.phi.len());
        if self.steady {
            let columns = self.state.chunks_exact_mut(m).zip(values.iter().zip(&*errors));
            for (state, (&value, &error)) in columns {
                let process = state[0] + error;
                for i in 0..r - 1 {
                    state[i] = state[i + 1] + self.phi[i] * process + self.theta[i + 1] * error;
                }
                state[r - 1] = self.phi[r - 1] * process;
                push_level(state, r, value);
            }
            return;
        }
        let inverse = N::of(1.0) / variance;
        for (state, &error) in self.state.chunks_exact_mut(m).zip(&*errors) {
            let standardized = error * inverse;
            for (out, &gain) in state.iter_mut().zip(&self.gain) {
                *out = *out + gain * standardized;
            }
        }
        let mut largest: f64 = 0.0;
        for i in 0..m {
            let by = self.gain[i] * inverse;
            for j in 0..m {
                self.covariance[i * m + j] = self.covariance[i * m + j] - by * self.gain[j];
            }
            largest = largest.max(self.covariance[i * m + i].value());
        }
        self.advance();
        if self.levels > 0 {
            for (state, &value) in self.state.chunks_exact_mut(m).zip(values) {
                state[r] = value;
            }
        }
        if largest <= self.tolerance {
            self.settle();
        } else if self.levels > 0 {
            // The value just seen is known exactly.
            for i in 0..m {
                self.covariance[r * m + i] = N::of(0.0);
                self.covariance[i * m + r] = N::of(0.0);
            }
        }
    }

    /// Goes on without an observation. Without room for what is not known, the value is taken to be as
    /// predicted.
    pub(super) fn skip(&mut self) {
        self.steady = !self.is_full();
        self.advance();
    }

    /// Everything up to now is known: only the next innovation is not.
    fn settle(&mut self) {
        let (m, r) = (self.dimension(), self.phi.len());
        self.steady = true;
        if self.covariance.is_empty() {
            return;
        }
        self.covariance.fill(N::of(0.0));
        for i in 0..r {
            for j in 0..r {
                self.covariance[i * m + j] = self.theta[i] * self.theta[j];
            }
        }
    }

    /// From the state given what was seen to the predicted state one step on.
    fn advance(&mut self) {
        let (m, r) = (self.dimension(), self.phi.len());
        let (phi, theta, delta) = (&self.phi, &self.theta, &self.delta);
        for c in 0..self.columns {
            transition(&mut self.state[c * m..(c + 1) * m], phi, delta);
        }
        if self.covariance.is_empty() {
            return;
        }
        for row in self.covariance.chunks_exact_mut(m) {
            transition(row, phi, delta);
        }
        // The same down the columns, a row at a time: the gain is free here and holds what is read.
        self.first.copy_from_slice(&self.covariance[..m]);
        self.gain.copy_from_slice(&self.first);
        for &(lag, by) in delta {
            let row = &self.covariance[(r + lag) * m..(r + lag + 1) * m];
            for (out, value) in self.gain.iter_mut().zip(row) {
                *out = *out + value.scale(by);
            }
        }
        self.covariance.copy_within(m..r * m, 0);
        self.covariance[(r - 1) * m..r * m].fill(N::of(0.0));
        if m > r {
            self.covariance.copy_within(r * m..(m - 1) * m, (r + 1) * m);
            self.covariance[r * m..(r + 1) * m].copy_from_slice(&self.gain);
        }
        for i in 0..r {
            let row = &mut self.covariance[i * m..(i + 1) * m];
            for (out, first) in row.iter_mut().zip(&self.first) {
                *out = *out + phi[i] * *first;
            }
            for (out, by) in row.iter_mut().zip(theta) {
                *out = *out + theta[i] * *by;
            }
        }
        self.gain.fill(N::of(0.0));
        self.first.fill(N::of(0.0));
    }
}

/// What the observation equation reads from a state.
pub(super) fn read<N: Scalar>(state: &[N], r: usize, delta: &[(usize, f64)]) -> N {
    let mut sum = state[0];
    for &(lag, by) in delta {
        sum = sum + state[r + lag].scale(by);
    }
    sum
}

/// The transition of the state without its noise, in place.
pub(super) fn transition<N: Scalar>(state: &mut [N], phi: &[N], delta: &[(usize, f64)]) {
    let r = phi.len();
    let value = read(state, r, delta);
    let process = state[0];
    for i in 0..r - 1 {
        state[i] = state[i + 1] + phi[i] * process;
    }
    state[r - 1] = phi[r - 1] * process;
    push_level(state, r, value);
}

/// Puts the newest value of `y` before the older ones.
fn push_level<N: Scalar>(state: &mut [N], r: usize, value: N) {
    if state.len() > r {
        let last = state.len() - 1;
        state.copy_within(r..last, r + 1);
        state[r] = value;
    }
}
