//! What the filter made of a whole history.

use super::filter::{Filter, Observation};
use super::likelihood::Likelihood;
use super::readings::Readings;
use super::system::System;

/// A history as the Kalman filter saw it: at each time the state given the values up to it, and how far off
/// the values were; from [`StateSpace::filter`](crate::state_space::StateSpace::filter).
///
/// Matrices are by rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Filtered {
    pub(super) states: usize,
    pub(super) observations: usize,
    means: Vec<f64>,
    covariances: Vec<f64>,
    /// How many directions are unknown after the values of a time.
    unknown: Vec<usize>,
    innovations: Vec<Option<(f64, f64, f64)>>,
    likelihood: Likelihood,
    /// Where the filter stands after the last value.
    pub(super) last: Filter,
}

impl Filtered {
    pub(super) fn new(system: &System, readings: &Readings) -> Self {
        Self::recording(system, readings, |_, _| ())
    }

    /// Tells each prediction of the state, and each value with what came of it.
    pub(super) fn recording(
        system: &System,
        readings: &Readings,
        mut record: impl FnMut(&Filter, Told),
    ) -> Self {
        let (m, p) = (system.states, system.design.len());
        let mut filter = Filter::new(&system.start);
        let times = readings.times();
        let mut filtered = Self {
            states: m,
            observations: p,
            means: Vec::with_capacity(times * m),
            covariances: Vec::with_capacity(times * m * m),
            unknown: Vec::with_capacity(times),
            innovations: vec![None; times * p],
            likelihood: Likelihood::default(),
            last: filter.clone(),
        };
        for time in 0..times {
            record(&filter, Told::Time);
            for reading in &readings.values[readings.at(time)] {
                let seen = filter.observe(&readings.rows[reading.row], reading.h, reading.y);
                record(&filter, Told::Value(seen));
                filtered.likelihood.add(seen.innovation, seen.variance, seen.diffuse);
                filtered.innovations[time * p + reading.place] =
                    Some((seen.innovation, seen.variance, seen.diffuse));
            }
            filtered.means.extend_from_slice(&filter.mean);
            filtered.covariances.extend_from_slice(&filter.covariance);
            filtered.unknown.push(filter.unknown);
            filter.predict(system);
        }
        filtered.last = filter;
        filtered
    }

    /// The mean of the state given the values up to this time; where directions are unknown, the part that
    /// is known. `None` beyond the history.
    #[must_use]
    pub fn state(&self, time: usize) -> Option<&[f64]> {
        self.means.get(time * self.states..)?.get(..self.states)
    }

    /// The covariance of the state given the values up to this time, without what is unknown.
    #[must_use]
    pub fn covariance(&self, time: usize) -> Option<&[f64]> {
        let size = self.states * self.states;
        self.covariances.get(time * size..)?.get(..size)
    }

    /// In how many directions nothing is known of the state, after the values up to this time.
    #[must_use]
    pub fn unknown(&self, time: usize) -> Option<usize> {
        self.unknown.get(time).copied()
    }

    /// The value minus its prediction, and the variance of that. `None` if the value is missing, or was spent
    /// on what was unknown: it had no prediction.
    ///
    /// Of several values at a time each is predicted from those before it, too; where their errors are
    /// correlated it is the part of the value that they do not explain.
    #[must_use]
    pub fn innovation(&self, time: usize, observation: usize) -> Option<(f64, f64)> {
        let at = (observation < self.observations).then_some(time * self.observations + observation)?;
        let (innovation, variance, diffuse) = (*self.innovations.get(at)?)?;
        (diffuse == 0.0).then_some((innovation, variance))
    }

    /// As [`innovation`](Self::innovation) for a value that was spent on an unknown direction: what it added
    /// to the known part, and the finite and the diffuse part of its variance.
    #[must_use]
    pub fn diffuse_innovation(&self, time: usize, observation: usize) -> Option<(f64, f64, f64)> {
        let at = (observation < self.observations).then_some(time * self.observations + observation)?;
        (*self.innovations.get(at)?).filter(|seen| seen.2 > 0.0)
    }

    /// The diffuse log-likelihood: gaps add nothing, and a value that was spent on an unknown direction
    /// counts with the diffuse part of its variance and, as all others, with its constant `log(2 pi) / 2`.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.likelihood.log()
    }

    /// How many values were observed.
    #[must_use]
    pub fn observed(&self) -> usize {
        self.likelihood.observed
    }

    /// How many of them were spent on unknown directions.
    #[must_use]
    pub fn diffuse(&self) -> usize {
        self.likelihood.diffuse
    }
}

/// What [`Filtered::recording`] tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// The filter stands before the values of a time.
    Time,
    /// It has learnt a value.
    Value(Observation),
}
