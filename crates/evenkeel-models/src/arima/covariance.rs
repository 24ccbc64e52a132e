//! Autocovariances of a stationary ARMA process with innovations of variance 1, where the recursions start.

use super::dual::Scalar;
use super::lag_polynomials::Lags;
use super::polynomial::{raise, step_down};

/// Covariances between the newest value of the process and the state of its companion form, with their
/// workspace.
///
/// The state is Harvey's: `s_i(t+1) = phi_i s_1(t) + s_{i+1}(t) + theta_{i-1} e(t+1)`, of which `s_1` is the
/// process.
///
/// The process is a moving average of an autoregression, whose autocovariances come from its partial
/// autocorrelations: one pass down and one pass up, no linear system, O(p² + (p + q)(terms of both sides)).
/// Near the unit circle the variance of the autoregression, 1 / Π(1 - rho²), is as accurate as the
/// coefficients determine it.
#[derive(Debug, Clone)]
pub(super) struct Covariance<N> {
    partial: Vec<N>,
    upward: Vec<N>,
    /// Autocovariances of the autoregressive part, lags 0 to p + q.
    autoregressive: Vec<N>,
    /// Autocovariances of the moving average part, lags 0 to q.
    moving: Vec<N>,
    /// Lags above 0 at which those may differ from 0.
    pairs: Vec<usize>,
    /// Impulse response, lags 0 to q.
    impulse: Vec<N>,
    /// Autocovariances of the process, lags 0 to p.
    process: Vec<N>,
    /// Cov(s_1, s_i).
    row: Vec<N>,
}

impl<N: Scalar> Covariance<N> {
    pub(super) fn new() -> Self {
        Self {
            partial: Vec::new(),
            upward: Vec::new(),
            autoregressive: Vec::new(),
            moving: Vec::new(),
            pairs: Vec::new(),
            impulse: Vec::new(),
            process: Vec::new(),
            row: Vec::new(),
        }
    }

    /// Cov(s_1, s_i), i = 1, …, r: what the last [`start`](Self::start) found.
    pub(super) fn row(&self) -> &[N] {
        &self.row
    }

    /// Calculates for `ar` = phi_1, …, phi_p and `ma` = theta_1, …, theta_q; the state has max(p, q + 1)
    /// entries. False if not stationary.
    pub(super) fn start(&mut self, ar: &[N], ma: &[N], lags: &Lags) -> bool {
        let (p, q) = (ar.len(), ma.len());
        let (zero, one) = (N::of(0.0), N::of(1.0));

        self.partial.clear();
        self.partial.extend_from_slice(ar);
        if !step_down(&mut self.partial) {
            return false;
        }
        let mut variance = one;
        for &rho in &self.partial {
            variance = variance / (one - rho * rho);
        }
        if !variance.value().is_finite() {
            return false;
        }

        // Autocovariances of the autoregression, by Levinson upwards.
        let g = &mut self.autoregressive;
        g.clear();
        g.push(variance);
        self.upward.clear();
        self.upward.resize(p, zero);
        let mut left = variance;
        for k in 0..p {
            let mut next = self.partial[k] * left;
            for j in 0..k {
                next = next + self.upward[j] * g[k - j];
            }
            g.push(next);
            left = left * (one - self.partial[k] * self.partial[k]);
            raise(&mut self.upward, k, self.partial[k]);
        }
        for k in p + 1..=p + q {
            let mut next = zero;
            for &j in &lags.ar {
                next = next + ar[j] * g[k - 1 - j];
            }
            g.push(next);
        }

        // Autocovariances and impulse response of the moving average part, term by term.
        self.moving.clear();
        self.moving.resize(q + 1, zero);
        self.moving[0] = one;
        for (i, &far) in lags.ma.iter().enumerate() {
            self.moving[far + 1] = self.moving[far + 1] + ma[far];
            for &near in &lags.ma[..=i] {
                self.moving[far - near] = self.moving[far - near] + ma[far] * ma[near];
            }
        }
        self.pairs.clear();
        self.pairs.extend(lags.ma.iter().map(|lag| lag + 1));
        for (i, &far) in lags.ma.iter().enumerate() {
            self.pairs.extend(lags.ma[..i].iter().map(|near| far - near));
        }
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.impulse.clear();
        for k in 0..=q {
            let mut response = if k == 0 { one } else { ma[k - 1] };
            for &j in lags.ar.iter().take_while(|j| **j < k) {
                response = response + ar[j] * self.impulse[k - 1 - j];
            }
            self.impulse.push(response);
        }
        self.process.clear();
        for k in 0..=p {
            let mut sum = self.moving[0] * g[k];
            for &m in &self.pairs {
                sum = sum + self.moving[m] * (g[k + m] + g[k.abs_diff(m)]);
            }
            self.process.push(sum);
        }

        let r = p.max(q + 1);
        self.row.clear();
        self.row.resize(r, zero);
        self.row[0] = self.process[0];
        for &b in &lags.ar {
            for i in 1..=b {
                self.row[i] = self.row[i] + ar[b] * self.process[1 + b - i];
            }
        }
        for &b in &lags.ma {
            for i in 1..=b + 1 {
                self.row[i] = self.row[i] + ma[b] * self.impulse[b + 1 - i];
            }
        }
        true
    }

    /// The whole covariance matrix of the state into the first r rows and columns of `out`, whose rows have
    /// length `width`, after [`start`](Self::start). O(r²).
    pub(super) fn matrix(&self, ar: &[N], ma: &[N], width: usize, out: &mut [N]) {
        let r = self.row.len();
        let zero = N::of(0.0);
        let phi = |i: usize| ar.get(i).copied().unwrap_or(zero);
        let theta = |i: usize| if i == 0 { N::of(1.0) } else { ma.get(i - 1).copied().unwrap_or(zero) };
        for i in (0..r).rev() {
            for j in (i..r).rev() {
                let entry = if i == 0 {
                    self.row[j]
                } else {
                    // What the state equation says of the covariance, solved from the last entry backwards.
                    let mut sum = phi(i) * phi(j) * self.row[0] + theta(i) * theta(j);
                    if j + 1 < r {
                        sum = sum + phi(i) * self.row[j + 1] + out[(i + 1) * width + j + 1];
                    }
                    if i + 1 < r {
                        sum = sum + phi(j) * self.row[i + 1];
                    }
                    sum
                };
                out[i * width + j] = entry;
                out[j * width + i] = entry;
            }
        }
    }
}
