//! State and disturbance smoothing, with the exact diffuse part.

use super::filter::{Filter, Observation};
use super::filtered::{Filtered, Told};
use super::likelihood::Costate;
use super::readings::Readings;
use super::system::System;
use evenkeel_core::Error;
use nalgebra::{DMatrix, DVector};

/// A history with hindsight: at each time the state given all values, and the disturbances that moved it;
/// from [`StateSpace::smooth`](crate::state_space::StateSpace::smooth).
///
/// Matrices are by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    states: usize,
    means: Vec<f64>,
    covariances: Vec<f64>,
    /// r and the diagonal of N after each time.
    costates: Vec<f64>,
    costate_information: Vec<f64>,
    disturbances: Vec<f64>,
    disturbance_variances: Vec<f64>,
    /// Of each value: its smoothed error and the expected square of that, both over the variance.
    errors: Vec<(f64, f64)>,
    log_likelihood: f64,
}

/// What the filter leaves for the way back.
#[derive(Default)]
struct Trace {
    means: Vec<f64>,
    covariances: Vec<f64>,
    /// Columns of A at each time, while there are any.
    columns: Vec<Vec<f64>>,
    seen: Vec<Observation>,
    gains: Vec<f64>,
    /// Covariances of state and value of those that were spent on an unknown direction.
    crosses: Vec<Vec<f64>>,
}

impl Trace {
    fn record(&mut self, filter: &Filter, told: Told) {
        match told {
            Told::Time => {
                self.means.extend_from_slice(&filter.mean);
                self.covariances.extend_from_slice(&filter.covariance);
                if filter.unknown > 0 {
                    self.columns.push(filter.columns().to_vec());
                }
            }
            Told::Value(seen) => {
                self.seen.push(seen);
                self.gains.extend_from_slice(&filter.gain);
                if seen.diffuse > 0.0 {
                    self.crosses.push(filter.cross.0.clone());
                }
            }
        }
    }
}

/// r₁, N₁ and N₂: what the recursions need beside r₀ and N₀ while something is unknown.
struct Diffuse {
    costate: DVector<f64>,
    first: DMatrix<f64>,
    second: DMatrix<f64>,
}

impl Smoothed {
    /// The recursions of de Jong (1989) backwards, in the diffuse steps those of Koopman (1997); see
    /// [`StateSpace`](crate::state_space::StateSpace).
    ///
    /// # Errors
    /// [`Error::TooShort`] if the values do not determine the state.
    pub(super) fn new(system: &System, readings: &Readings) -> Result<Self, Error> {
        let m = system.states;
        let mut trace = Trace::default();
        let filtered = Filtered::recording(system, readings, |filter, told| trace.record(filter, told));
        if filtered.last.unknown > 0 {
            let got = filtered.observed();
            return Err(Error::TooShort { needed: got + filtered.last.unknown, got });
        }
        let times = readings.times();
        let mut smoothed = Self {
            states: m,
            means: vec![0.0; times * m],
            covariances: vec![0.0; times * m * m],
            costates: vec![0.0; times * m],
            costate_information: vec![0.0; times * m],
            disturbances: vec![0.0; times * m],
            disturbance_variances: vec![0.0; times * m],
            errors: vec![(0.0, 0.0); readings.values.len()],
            log_likelihood: filtered.log_likelihood(),
        };
        let mut back = Costate::new(m);
        let mut diffuse: Option<Diffuse> = None;
        for time in (0..times).rev() {
            smoothed.disturb(system, &back, time);
            back.retreat(system);
            if let Some(diffuse) = &mut diffuse {
                diffuse.retreat(system);
            }
            let columns = trace.columns.get(time).map(|a| DMatrix::from_column_slice(m, a.len() / m, a));
            if columns.is_some() && diffuse.is_none() {
                let zero = DMatrix::zeros(m, m);
                diffuse = Some(Diffuse { costate: DVector::zeros(m), first: zero.clone(), second: zero });
            }
            for index in readings.at(time).rev() {
                let z = &readings.rows[readings.values[index].row];
                let gain = &trace.gains[index * m..(index + 1) * m];
                let seen = trace.seen[index];
                if seen.diffuse > 0.0 {
                    let cross = trace.crosses.pop().unwrap_or_default();
                    if let Some(diffuse) = &mut diffuse {
                        smoothed.errors[index] = diffuse.learn_unknown(&mut back, z, gain, &cross, seen);
                    }
                } else if seen.variance > 0.0 {
                    smoothed.errors[index] =
                        back.learn(z, gain, seen.innovation / seen.variance, 1.0 / seen.variance);
                    if let Some(diffuse) = &mut diffuse {
                        diffuse.learn(z, gain);
                    }
                }
            }
            let mean = DVector::from_column_slice(&trace.means[time * m..(time + 1) * m]);
            let p = DMatrix::from_row_slice(m, m, &trace.covariances[time * m * m..(time + 1) * m * m]);
            smoothed.combine(time, mean, &p, &back, columns.as_ref().zip(diffuse.as_ref()));
        }
        Ok(smoothed)
    }

    /// The disturbance between this time and the next.
    fn disturb(&mut self, system: &System, back: &Costate, time: usize) {
        let m = self.states;
        let at = time * m..(time + 1) * m;
        self.costates[at.clone()].copy_from_slice(&back.costate);
        for i in 0..m {
            self.costate_information[time * m + i] = back.information[i * m + i];
        }
        let estimates = &mut self.disturbances[at];
        for &(i, j, value) in &system.noise {
            estimates[i] += value * back.costate[j];
        }
        for &(i, j, a) in &system.noise {
            for &(_, l, b) in system.noise.iter().filter(|entry| entry.0 == i) {
                self.disturbance_variances[time * m + i] += a * b * back.information[j * m + l];
            }
        }
    }

    /// State and covariance from the prediction and what the later values say.
    fn combine(
        &mut self,
        time: usize,
        mean: DVector<f64>,
        p: &DMatrix<f64>,
        back: &Costate,
        unknown: Option<(&DMatrix<f64>, &Diffuse)>,
    ) {
        let m = self.states;
        let n = DMatrix::from_row_slice(m, m, &back.information);
        let mut state = mean + p * DVector::from_column_slice(&back.costate);
        let mut covariance = p - p * n * p;
        if let Some((a, diffuse)) = unknown {
            state += a * (a.transpose() * &diffuse.costate);
            let cross = a * (a.transpose() * &diffuse.first * p);
            covariance -= &cross + cross.transpose();
            covariance -= a * (a.transpose() * &diffuse.second * a) * a.transpose();
        }
        self.means[time * m..(time + 1) * m].copy_from_slice(state.as_slice());
        let out = &mut self.covariances[time * m * m..(time + 1) * m * m];
        for i in 0..m {
            for j in 0..m {
                out[i * m + j] = 0.5 * (covariance[(i, j)] + covariance[(j, i)]);
            }
            out[i * m + i] = out[i * m + i].max(0.0);
        }
    }

    /// How many times there are.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a smoothed history has values that determined its state"
    )]
    pub fn len(&self) -> usize {
        self.means.len() / self.states.max(1)
    }

    /// The mean of the state at this time given all values. `None` beyond the history.
    #[must_use]
    pub fn state(&self, time: usize) -> Option<&[f64]> {
        self.means.get(time * self.states..)?.get(..self.states)
    }

    /// The covariance of the state at this time given all values.
    #[must_use]
    pub fn covariance(&self, time: usize) -> Option<&[f64]> {
        let size = self.states * self.states;
        self.covariances.get(time * size..)?.get(..size)
    }

    /// The mean of what moved each state between this time and the next, given all values: the part of the
    /// step that the transition does not explain.
    #[must_use]
    pub fn disturbance(&self, time: usize) -> Option<&[f64]> {
        self.disturbances.get(time * self.states..)?.get(..self.states)
    }

    /// The variances of these estimates: how far they scatter about 0 if the model is right. (What is left
    /// unknown of a disturbance is its variance in the model less this.)
    #[must_use]
    pub fn disturbance_variance(&self, time: usize) -> Option<&[f64]> {
        self.disturbance_variances.get(time * self.states..)?.get(..self.states)
    }

    /// The diffuse log-likelihood, as [`Filtered::log_likelihood`].
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// r of a state after a time and its variance N: r / √N is a standard normal number if nothing but the
    /// model moved this state then.
    pub(super) fn costate(&self, time: usize, state: usize) -> (f64, f64) {
        let at = time * self.states + state;
        (self.costates[at], self.costate_information[at])
    }

    /// The same of the error of the value with this index among all that were observed.
    pub(super) fn error(&self, index: usize) -> (f64, f64) {
        self.errors[index]
    }

    /// Mean and variance of a combination of states at a time.
    pub(super) fn combination(&self, time: usize, z: &[(usize, f64)]) -> (f64, f64) {
        let m = self.states;
        let (means, covariances) = (&self.means[time * m..], &self.covariances[time * m * m..]);
        let mean = z.iter().map(|&(i, weight)| weight * means[i]).sum();
        let pairs = z.iter().flat_map(|&(i, a)| z.iter().map(move |&(j, b)| (i * m + j, a * b)));
        let variance: f64 = pairs.map(|(at, weight)| weight * covariances[at]).sum();
        (mean, variance.max(0.0))
    }
}

impl Diffuse {
    fn retreat(&mut self, system: &System) {
        let m = system.states;
        let mut scratch = vec![0.0; m * m];
        system.retreat(self.costate.as_slice(), &mut scratch[..m]);
        self.costate.copy_from_slice(&scratch[..m]);
        for matrix in [&mut self.first, &mut self.second] {
            system.congruence(matrix.as_mut_slice(), &mut scratch, true);
        }
    }

    /// Over a value that tells nothing about the unknown directions.
    fn learn(&mut self, z: &[(usize, f64)], gain: &[f64]) {
        let l = left_over(z, gain, 1.0);
        self.costate = l.transpose() * &self.costate;
        self.first = l.transpose() * &self.first * &l;
        self.second = l.transpose() * &self.second * &l;
    }

    /// Over a value that does: the gain is expanded as `K₀ + K₁ / k` in the size k of what is unknown.
    fn learn_unknown(
        &mut self,
        back: &mut Costate,
        z: &[(usize, f64)],
        gain: &[f64],
        cross: &[f64],
        seen: Observation,
    ) -> (f64, f64) {
        let m = gain.len();
        let (f, unknown) = (seen.variance, seen.diffuse);
        let second: Vec<f64> = cross.iter().zip(gain).map(|(c, k)| (c - k * f) / unknown).collect();
        let (l0, l1) = (left_over(z, gain, 1.0), left_over(z, &second, 0.0));
        let mut row = DVector::zeros(m);
        for &(i, weight) in z {
            row[i] += weight;
        }
        let square = &row * row.transpose();
        let r0 = DVector::from_column_slice(&back.costate);
        let n0 = DMatrix::from_row_slice(m, m, &back.information);
        self.costate =
            &row * (seen.innovation / unknown) + l0.transpose() * &self.costate + l1.transpose() * &r0;
        let mixed = l0.transpose() * &self.first * &l1;
        self.second = &square * (-f / (unknown * unknown))
            + l0.transpose() * &self.second * &l0
            + &mixed
            + mixed.transpose()
            + l1.transpose() * &n0 * &l1;
        let mixed = l0.transpose() * &n0 * &l1;
        self.first =
            square * (1.0 / unknown) + l0.transpose() * &self.first * &l0 + &mixed + mixed.transpose();
        back.learn(z, gain, 0.0, 0.0)
    }
}

/// `unit I - K z'`.
fn left_over(z: &[(usize, f64)], gain: &[f64], unit: f64) -> DMatrix<f64> {
    let m = gain.len();
    let mut l = DMatrix::from_diagonal_element(m, m, unit);
    for &(j, weight) in z {
        for i in 0..m {
            l[(i, j)] -= gain[i] * weight;
        }
    }
    l
}
