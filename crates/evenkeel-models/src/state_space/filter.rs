//! The Kalman filter with an exact diffuse start.

use super::system::{Start, System, read};

/// Below this part of what it is a sum of, an overlap with the unknown directions is rounding.
const ROUNDING: f64 = 1e-9;
/// Gains that change by less, relative to what they could be, have settled.
const SETTLED: f64 = 1e-14;

/// The distribution of the state: a mean, a covariance, and directions of which nothing is known yet.
///
/// With `P = P_* + k P_inf`, k to infinity, `P_inf` is kept as the product `A A'` of as many columns as there
/// are unknown directions. A value that tells something about them takes exactly one column away, by a
/// Householder reflection of the columns: no rank is ever decided by the size of a remainder.
#[derive(Debug, PartialEq)]
pub(super) struct Filter {
    pub(super) mean: Vec<f64>,
    /// `P_*`, by rows.
    pub(super) covariance: Vec<f64>,
    /// A, one column after the other; those beyond `unknown` are spent.
    pub(super) diffuse: Vec<f64>,
    pub(super) unknown: usize,
    /// Of the last value: the gain.
    pub(super) gain: Vec<f64>,
    /// Of the last value: the covariance of state and value, its finite part.
    pub(super) cross: Scratch,
    overlap: Scratch,
    scratch: Scratch,
}

impl Clone for Filter {
    fn clone(&self) -> Self {
        Self {
            mean: self.mean.clone(),
            covariance: self.covariance.clone(),
            diffuse: self.diffuse.clone(),
            unknown: self.unknown,
            gain: self.gain.clone(),
            cross: self.cross.clone(),
            overlap: self.overlap.clone(),
            scratch: self.scratch.clone(),
        }
    }

    /// Without allocation for a filter of as many states.
    fn clone_from(&mut self, other: &Self) {
        self.mean.clone_from(&other.mean);
        self.covariance.clone_from(&other.covariance);
        self.diffuse.clone_from(&other.diffuse);
        self.unknown = other.unknown;
        self.gain.clone_from(&other.gain);
        // What is only written first needs the right size alone.
        self.cross.0.resize(other.cross.0.len(), 0.0);
        self.overlap.0.resize(other.overlap.0.len(), 0.0);
        self.scratch.0.resize(other.scratch.0.len(), 0.0);
    }
}

/// Numbers that are written before they are read: no part of the state.
#[derive(Debug, Clone)]
pub(super) struct Scratch(pub(super) Vec<f64>);

impl PartialEq for Scratch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What the filter says about one value before it learns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    pub(super) innovation: f64,
    /// The variance of the innovation, its finite part.
    pub(super) variance: f64,
    /// Its diffuse part; 0 if the value is predictable.
    pub(super) diffuse: f64,
}

impl Filter {
    pub(super) fn new(start: &Start) -> Self {
        let m = start.mean.len();
        let unknown = start.diffuse.len() / m.max(1);
        Self {
            mean: start.mean.clone(),
            covariance: start.covariance.clone(),
            diffuse: start.diffuse.clone(),
            unknown,
            gain: vec![0.0; m],
            cross: Scratch(vec![0.0; m]),
            overlap: Scratch(vec![0.0; unknown]),
            scratch: Scratch(vec![0.0; m * m]),
        }
    }

    /// Back to the start, without allocation.
    pub(super) fn restart(&mut self, start: &Start) {
        self.mean.copy_from_slice(&start.mean);
        self.covariance.copy_from_slice(&start.covariance);
        self.diffuse.copy_from_slice(&start.diffuse);
        self.unknown = self.overlap.0.len();
        self.gain.fill(0.0);
    }

    /// The columns of A.
    pub(super) fn columns(&self) -> &[f64] {
        &self.diffuse[..self.unknown * self.mean.len()]
    }

    /// Learns the value `y = z s + e`, e of variance `h`.
    pub(super) fn observe(&mut self, z: &[(usize, f64)], h: f64, y: f64) -> Observation {
        let innovation = y - read(z, &self.mean);
        let (variance, diffuse) = self.weigh(z, h);
        if variance > 0.0 || diffuse > 0.0 {
            for (mean, gain) in self.mean.iter_mut().zip(&self.gain) {
                *mean += gain * innovation;
            }
            self.condition(variance);
        }
        Observation { innovation, variance, diffuse }
    }

    /// The two parts of the variance of a value; leaves gain and covariance with the state, and takes what
    /// the value determines out of the unknown directions.
    fn weigh(&mut self, z: &[(usize, f64)], h: f64) -> (f64, f64) {
        let m = self.mean.len();
        self.cross.0.fill(0.0);
        for &(i, weight) in z {
            for (out, x) in self.cross.0.iter_mut().zip(&self.covariance[i * m..(i + 1) * m]) {
                *out += weight * x;
            }
        }
        let variance = read(z, &self.cross.0).max(0.0) + h;
        let diffuse = self.overlap_with(z);
        self.gain.fill(0.0);
        if diffuse > 0.0 {
            for (column, overlap) in self.diffuse.chunks_exact(m).zip(&self.overlap.0[..self.unknown]) {
                for (out, x) in self.gain.iter_mut().zip(column) {
                    *out += overlap / diffuse * x;
                }
            }
            self.reflect();
        } else if variance > 0.0 {
            for (out, x) in self.gain.iter_mut().zip(&self.cross.0) {
                *out = x / variance;
            }
        }
        (variance, diffuse)
    }

    /// `|A' z|²`, 0 where it is rounding.
    fn overlap_with(&mut self, z: &[(usize, f64)]) -> f64 {
        let m = self.mean.len();
        let (mut overlap, mut reach) = (0.0, 0.0);
        for (out, column) in self.overlap.0.iter_mut().zip(self.diffuse.chunks_exact(m)).take(self.unknown) {
            *out = read(z, column);
            overlap += *out * *out;
            let most: f64 = z.iter().map(|&(i, weight)| (weight * column[i]).abs()).sum();
            reach += most * most;
        }
        if overlap > ROUNDING * ROUNDING * reach { overlap } else { 0.0 }
    }

    /// Turns the columns of A so that the last one alone overlaps with the value, and drops it.
    fn reflect(&mut self) {
        let (m, q) = (self.mean.len(), self.unknown);
        let length = self.overlap.0[..q].iter().map(|u| u * u).sum::<f64>().sqrt();
        self.overlap.0[q - 1] += length.copysign(self.overlap.0[q - 1]);
        let square: f64 = self.overlap.0[..q].iter().map(|w| w * w).sum();
        for i in 0..m {
            let along: f64 = (0..q).map(|c| self.overlap.0[c] * self.diffuse[c * m + i]).sum();
            for c in 0..q {
                self.diffuse[c * m + i] -= 2.0 * along / square * self.overlap.0[c];
            }
        }
        self.diffuse[(q - 1) * m..q * m].fill(0.0);
        self.unknown = q - 1;
    }

    /// The covariance after a value, in Joseph's form, which an error of the gain affects in second order
    /// only: `(I - K z') P (I - K z')' + h K K'`, multiplied out.
    fn condition(&mut self, variance: f64) {
        let m = self.mean.len();
        for (cross, gain) in self.cross.0.iter_mut().zip(&self.gain) {
            *cross -= 0.5 * variance * gain;
        }
        for (i, row) in self.covariance.chunks_exact_mut(m).enumerate() {
            let (gain, cross) = (self.gain[i], self.cross.0[i]);
            for (j, cell) in row.iter_mut().enumerate() {
                *cell -= gain * self.cross.0[j] + cross * self.gain[j];
            }
            row[i] = row[i].max(0.0);
        }
        for (cross, gain) in self.cross.0.iter_mut().zip(&self.gain) {
            *cross += 0.5 * variance * gain;
        }
    }

    /// From a time to the next.
    pub(super) fn predict(&mut self, system: &System) {
        let m = self.mean.len();
        system.advance(&self.mean, &mut self.scratch.0[..m]);
        self.mean.copy_from_slice(&self.scratch.0[..m]);
        for column in self.diffuse[..self.unknown * m].chunks_exact_mut(m) {
            system.advance(column, &mut self.scratch.0[..m]);
            column.copy_from_slice(&self.scratch.0[..m]);
        }
        system.congruence(&mut self.covariance, &mut self.scratch.0, false);
        for &(row, column, value) in &system.noise {
            self.covariance[row * m + column] += value;
        }
    }

    /// The step from a time to the next where the covariance no longer changes.
    pub(super) fn step_settled(&mut self, system: &System, z: &[(usize, f64)], y: f64) -> f64 {
        let innovation = y - read(z, &self.mean);
        for (mean, gain) in self.mean.iter_mut().zip(&self.gain) {
            *mean += gain * innovation;
        }
        let m = self.mean.len();
        system.advance(&self.mean, &mut self.scratch.0[..m]);
        self.mean.copy_from_slice(&self.scratch.0[..m]);
        innovation
    }
}

/// Whether the gain has settled: it has not changed for as many steps as there are states.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settling {
    pub(super) gain: Vec<f64>,
    pub(super) variance: f64,
    pub(super) still: usize,
}

impl Settling {
    pub(super) fn new(states: usize) -> Self {
        Self { gain: vec![0.0; states], variance: 0.0, still: 0 }
    }

    pub(super) fn restart(&mut self) {
        self.gain.fill(0.0);
        (self.variance, self.still) = (0.0, 0);
    }

    /// After a value was learnt, before the next prediction.
    pub(super) fn check(&mut self, filter: &Filter, observation: Observation) -> bool {
        let f = observation.variance;
        let m = self.gain.len();
        let quiet = filter.unknown == 0
            && f > 0.0
            && (f - self.variance).abs() <= SETTLED * f
            && (0..m).all(|i| {
                let most = (filter.covariance[i * m + i] / f).sqrt() * 1e-3 + filter.gain[i].abs();
                (filter.gain[i] - self.gain[i]).abs() <= SETTLED * most
            });
        self.variance = f;
        self.gain.copy_from_slice(&filter.gain);
        self.still = if quiet { self.still + 1 } else { 0 };
        self.still > m
    }
}
