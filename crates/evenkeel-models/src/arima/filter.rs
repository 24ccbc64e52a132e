//! The Kalman filter of a stream, with its unknown starting levels.

use super::covariance::Covariance;
use super::kalman::{Kalman, read, transition};
use super::lag_polynomials::{Differences, Lags};
use crate::count::as_f64;

/// The longest state whose covariance is kept.
pub(super) const WIDEST: usize = 128;
/// How many directions of a long state may be unknown.
pub(super) const LOOSE: usize = 64;
/// A direction is known once its variance is below this.
const SETTLED: f64 = 1e-13;
/// A level is known once so much of the information on it is its own.
const DETERMINED: f64 = 1e-10;

/// A [`Kalman`] filter that learns its d starting levels from the first observed values, without any prior.
///
/// Until then each unknown level is a column of its own. O(r + d) a step in the steady state.
///
/// A state longer than [`WIDEST`] is kept without its covariance, as in the steady state: it begins with d
/// values without a gap. What missing values leave unknown later on is kept as columns whose squares add up
/// to the covariance beyond the steady one, at most [`LOOSE`] of them: an observation turns them so that one
/// direction becomes known, a gap adds one.
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
    /// Without a covariance: the columns of what is not known.
    pub(super) loose: Vec<f64>,
    scratch: Vec<f64>,
}

impl Filter {
    /// Before any observation. None if not stationary.
    pub(super) fn new((ar, ma, lags): (&[f64], &[f64], &Lags), differences: &Differences) -> Option<Self> {
        let d = differences.order();
        let mut kalman = Kalman::new(differences);
        if ar.len().max(ma.len() + 1) + d > WIDEST {
            kalman.start_steady(ar, ma, 1);
            let m = kalman.dimension();
            let (loose, scratch) = (Vec::with_capacity(LOOSE * m), vec![0.0; m]);
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
                loose,
                scratch,
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
        Some(Self {
            kalman,
            gram,
            cross,
            seen: 0,
            exact: true,
            factor,
            values,
            errors,
            loose: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Whether all levels are known.
    pub(super) fn is_ready(&self) -> bool {
        if self.kalman.is_full() { self.kalman.columns == 1 } else { self.seen >= self.kalman.levels }
    }

    /// Whether the state is one of numbers that a snapshot would take back.
    pub(super) fn is_finite(&self) -> bool {
        self.kalman.state.iter().chain(&self.kalman.covariance).all(|x| x.abs() < 1e140)
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
        // Never below that of the innovation, but for rounding; a covariance that was tampered with may be no
        // covariance.
        let variance = self.kalman.variance().max(0.5);
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
            Some(value) if ready && !self.loose.is_empty() => self.tighten(value),
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
            None if ready => self.loosen(),
            None => self.seen = 0,
        }
    }

    /// A gap: the innovation that nobody saw becomes one more direction that is not known.
    fn loosen(&mut self) {
        let m = self.kalman.dimension();
        if self.loose.len() >= LOOSE * m {
            let norm = |column: &[f64]| column.iter().map(|x| x * x).sum::<f64>();
            let least = (0..LOOSE).min_by(|a, b| {
                let of = |k: usize| norm(&self.loose[k * m..(k + 1) * m]);
                of(*a).total_cmp(&of(*b))
            });
            self.forget(least.unwrap_or(0));
            self.exact = false;
        }
        let from = self.loose.len();
        self.loose.extend_from_slice(&self.kalman.theta);
        self.loose.resize(from + m, 0.0);
        for column in self.loose.chunks_exact_mut(m) {
            transition(column, &self.kalman.phi, &self.kalman.delta);
        }
        self.kalman.skip();
    }

    /// An observation while something is not known. With the rows z read from the columns [R, U] of the
    /// predicted covariance, v = (1, u), the filtered covariance is [R, U] (I - v v'/v'v) [R, U]': the
    /// reflection that takes v to the first axis leaves as many columns as U has.
    fn tighten(&mut self, value: f64) {
        let (m, r) = (self.kalman.dimension(), self.kalman.phi.len());
        let error = value - self.kalman.mean(0);
        let mut variance = 1.0;
        self.scratch.fill(0.0);
        self.scratch[..r].copy_from_slice(&self.kalman.theta);
        for column in self.loose.chunks_exact(m) {
            let u = read(column, r, &self.kalman.delta);
            variance += u * u;
            self.scratch.iter_mut().zip(column).for_each(|(out, x)| *out += u * x);
        }
        let by = error / variance;
        self.kalman.state.iter_mut().zip(&self.scratch).for_each(|(out, gain)| *out += by * gain);
        let root = variance.sqrt();
        self.scratch.iter_mut().zip(&self.kalman.theta).for_each(|(out, theta)| *out += root * theta);
        // |v + |v| e|² / 2
        let half = variance + root;
        for column in self.loose.chunks_exact_mut(m) {
            let by = read(column, r, &self.kalman.delta) / half;
            column.iter_mut().zip(&self.scratch).for_each(|(out, g)| *out -= by * g);
            transition(column, &self.kalman.phi, &self.kalman.delta);
            if m > r {
                column[r] = 0.0;
            }
        }
        transition(&mut self.kalman.state, &self.kalman.phi, &self.kalman.delta);
        if m > r {
            self.kalman.state[r] = value;
        }
        self.scratch.fill(0.0);
        for k in (0..self.loose.len() / m).rev() {
            if self.loose[k * m..(k + 1) * m].iter().all(|x| x * x < SETTLED) {
                self.forget(k);
            }
        }
    }

    /// Takes a direction for known.
    fn forget(&mut self, k: usize) {
        let m = self.kalman.dimension();
        self.loose.copy_within((k + 1) * m.., k * m);
        self.loose.truncate(self.loose.len() - m);
    }

    /// Mean and variance of the next value, in units of the innovations, without the trend. Only when ready
    /// and without a covariance.
    pub(super) fn next(&self) -> (f64, f64) {
        let (m, r) = (self.kalman.dimension(), self.kalman.phi.len());
        let unknown = self.loose.chunks_exact(m).map(|column| read(column, r, &self.kalman.delta).powi(2));
        (self.kalman.mean(0), 1.0 + unknown.sum::<f64>())
    }

    /// Stands after a history, given the predicted state of its differences and its last values, newest last.
    /// Only without a covariance.
    pub(super) fn stand(&mut self, state: &[f64], values: &[f64], exact: bool) {
        let (r, levels) = (self.kalman.phi.len(), self.kalman.levels);
        self.kalman.state.fill(0.0);
        self.kalman.state[..state.len().min(r)].copy_from_slice(&state[..state.len().min(r)]);
        for (out, value) in self.kalman.state[r..].iter_mut().zip(values.iter().rev()) {
            *out = *value;
        }
        self.loose.clear();
        self.seen = levels;
        self.exact = exact;
    }

    /// The square root of `gram` by rows; false if the levels are not all determined.
    fn factorize(&mut self) -> bool {
        let d = self.cross.len();
        // d values at different times determine a polynomial of degree d - 1; a season needs each of its
        // phases. All unit roots are 1 exactly if their sum, which is the weight of the last value, is their
        // number.
        let sum = self.kalman.delta.iter().find(|(lag, _)| *lag == 0).map_or(0.0, |(_, by)| *by);
        let least = if (sum - as_f64(d)).abs() < 0.5 { 0.0 } else { DETERMINED };
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
