//! The filter of a stream.

use super::covariance::Covariance;
use super::factors::{Differences, Lags};
use super::kalman::Kalman;

/// The longest state whose covariance is kept.
pub(super) const WIDEST: usize = 128;
/// A level is known once so much of the information on it is its own.
const DETERMINED: f64 = 1e-10;

/// A [`Kalman`] filter that learns its d starting levels from the first observed values, without any prior.
///
/// Until then each unknown level is a column of its own. O(r + d) a step in the steady state.
///
/// A state longer than [`WIDEST`] is kept without its covariance, as in the steady state: it begins with d values without a gap, and
/// takes a missing value to be as predicted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) kalman: Kalman<f64>,
    /// Sums of products of the errors of the unknown levels, d × d by rows, and with those of the data.
    pub(super) gram: Vec<f64>,
    pub(super) cross: Vec<f64>,
    /// Observed values while the levels are unknown; without a covariance, since the last gap.
    pub(super) seen: usize,
    /// Whether nothing was taken for more certain than it is.
    pub(super) exact: bool,
    factor: Vec<f64>,
    values: Vec<f64>,
    errors: Vec<f64>,
}

impl Filter {
    /// Before any observation. None if not stationary.
    pub(super) fn new((ar, ma, lags): (&[f64], &[f64], &Lags), differences: &Differences) -> Option<Self> {
        let d = differences.order();
        let mut kalman = Kalman::new(differences);
        if ar.len().max(ma.len() + 1) + d > WIDEST {
            kalman.start_steady(ar, ma, 1);
            let none = Vec::new();
            let (gram, cross, factor) = (none.clone(), none.clone(), none);
            return Some(Self {
                kalman,
                gram,
                cross,
                seen: 0,
                exact: false,
                factor,
                values: vec![0.0],
                errors: vec![0.0],
            });
        }
        if !kalman.start((ar, ma, lags), d + 1, &mut Covariance::new()) {
            return None;
        }
        for c in 0..d {
            kalman.set_level(c + 1, c, 1.0);
        }
        let (values, errors) = (vec![0.0; d + 1], vec![0.0; d + 1]);
        let (gram, cross, factor) = (vec![0.0; d * d], vec![0.0; d], vec![0.0; d * d]);
        Some(Self { kalman, gram, cross, seen: 0, exact: true, factor, values, errors })
    }

    /// Whether all levels are known.
    pub(super) fn is_ready(&self) -> bool {
        if self.kalman.is_full() { self.kalman.columns == 1 } else { self.seen >= self.kalman.levels }
    }

    /// Takes the next value, or nothing for a gap. Never allocates.
    pub(super) fn step(&mut self, value: Option<f64>) {
        if !self.kalman.is_full() {
            self.step_steady(value);
            return;
        }
        let Some(value) = value else {
            self.kalman.skip();
            return;
        };
        let variance = self.kalman.variance();
        self.values[0] = value;
        self.kalman.observe(&self.values, variance, &mut self.errors);
        if !self.is_ready() {
            let d = self.cross.len();
            for i in 0..d {
                let by = self.errors[i + 1] / variance;
                for j in 0..d {
                    self.gram[i * d + j] += by * self.errors[j + 1];
                }
                self.cross[i] += by * self.errors[0];
            }
            self.seen += 1;
            if self.seen >= d {
                if self.factorize() {
                    self.collapse();
                } else {
                    self.factor.fill(0.0);
                }
            }
        }
        self.values.fill(0.0);
        self.errors.fill(0.0);
    }

    /// [`step`](Self::step) without a covariance.
    fn step_steady(&mut self, value: Option<f64>) {
        let ready = self.is_ready();
        match value {
            Some(value) if ready => {
                self.values[0] = value;
                self.kalman.observe(&self.values, 1.0, &mut self.errors);
                self.values.fill(0.0);
                self.errors.fill(0.0);
            }
            Some(value) => {
                let (r, m) = (self.kalman.phi.len(), self.kalman.dimension());
                self.kalman.state.copy_within(r..m - 1, r + 1);
                self.kalman.state[r] = value;
                self.seen += 1;
            }
            None if ready => {
                self.kalman.skip();
                self.exact = false;
            }
            None => self.seen = 0,
        }
    }

    /// Stands after a history, given the predicted state of its differences and its last values, newest last. Only without a
    /// covariance.
    pub(super) fn stand(&mut self, state: &[f64], values: &[f64], exact: bool) {
        let (r, levels) = (self.kalman.phi.len(), self.kalman.levels);
        self.kalman.state.fill(0.0);
        self.kalman.state[..state.len().min(r)].copy_from_slice(&state[..state.len().min(r)]);
        for (out, value) in self.kalman.state[r..].iter_mut().zip(values.iter().rev()) {
            *out = *value;
        }
        self.seen = levels;
        self.exact = exact;
    }

    /// The square root of `gram` by rows; false if the levels are not all determined.
    fn factorize(&mut self) -> bool {
        let d = self.cross.len();
        // d values at different times determine a polynomial of degree d - 1; a season needs each of its phases.
        let least = if self.kalman.delta.len() == d { 0.0 } else { DETERMINED };
        for i in 0..d {
            let own = self.gram[i * d + i];
            for j in 0..=i {
                let mut sum = self.gram[i * d + j];
                for k in 0..j {
                    sum -= self.factor[i * d + k] * self.factor[j * d + k];
                }
                if i != j {
                    self.factor[i * d + j] = sum / self.factor[j * d + j];
                } else if least > 0.0 && sum <= least * own {
                    return false;
                } else {
                    self.factor[i * d + j] = sum.max(f64::MIN_POSITIVE).sqrt();
                }
            }
        }
        true
    }

    /// Puts the least-squares estimate of the levels, and its covariance, into the state.
    fn collapse(&mut self) {
        let (d, m) = (self.cross.len(), self.kalman.dimension());
        // The columns of the levels and the cross products, divided by the square root.
        for i in 0..d {
            let pivot = self.factor[i * d + i];
            for k in 0..i {
                let by = self.factor[i * d + k];
                self.cross[i] -= by * self.cross[k];
                for s in 0..m {
                    self.kalman.state[(i + 1) * m + s] -= by * self.kalman.state[(k + 1) * m + s];
                }
            }
            self.cross[i] /= pivot;
            for s in 0..m {
                self.kalman.state[(i + 1) * m + s] /= pivot;
            }
        }
        let (data, levels) = self.kalman.state.split_at_mut(m);
        for i in 0..d {
            let column = &levels[i * m..(i + 1) * m];
            for s in 0..m {
                data[s] -= column[s] * self.cross[i];
                for u in 0..m {
                    self.kalman.covariance[s * m + u] += column[s] * column[u];
                }
            }
        }
        self.kalman.state.truncate(m);
        self.kalman.columns = 1;
        self.kalman.steady = false;
        self.settle_levels();
    }

    /// No room for unknown levels is needed any more.
    pub(super) fn settle_levels(&mut self) {
        for store in [&mut self.gram, &mut self.cross, &mut self.factor] {
            store.clear();
        }
        self.values.truncate(1);
        self.errors.truncate(1);
    }
}
