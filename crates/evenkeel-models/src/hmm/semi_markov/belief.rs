//! The online filter of segments: how long the present visit has lasted, in which state.

use super::log_sums::{log_add, log_sum_of_pairs};
use super::segments::Segments;
use crate::hmm::log_space::log_sum;
use crate::hmm::weight::MOST_STATES;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// For each state and number of rows since a visit to it began: the log-probability that it began then, with
/// all rows since, given the rows before, whatever its duration. With the probability of so long a duration
/// it is that of being in such a visit now, with that of just this duration that of ending here.
///
/// Everything is in logarithms, so that no probability is lost, however small; all are normalized with every
/// row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    /// State by age: at `k * longest + d - 1` a visit to state k whose row d was the last row.
    pub(super) logs: Vec<f64>,
    /// Of the states, given all rows so far.
    pub(super) filtered: Vec<f64>,
    pub(super) begun: bool,
}

impl Belief {
    pub(super) fn new(segments: &Segments) -> Self {
        let cells = segments.states() * segments.longest();
        let mut new = Self { logs: vec![0.0; cells], filtered: vec![0.0; segments.states()], begun: false };
        new.reset(segments);
        new
    }

    pub(super) fn reset(&mut self, segments: &Segments) {
        self.logs.fill(f64::NEG_INFINITY);
        self.filtered.copy_from_slice(&segments.chain.initial);
        self.begun = false;
    }

    /// For each state the log-probability that a visit to it ends with the last row.
    pub(super) fn ends(&self, segments: &Segments, out: &mut [f64]) {
        let longest = segments.longest();
        for ((out, logs), duration) in
            out.iter_mut().zip(self.logs.chunks_exact(longest)).zip(&segments.durations)
        {
            *out = log_sum_of_pairs(logs, &duration.logs);
        }
    }

    /// For each state the log-probability that a visit to it begins with the next row.
    pub(super) fn begins(&self, segments: &Segments, out: &mut [f64]) {
        if !self.begun {
            out.copy_from_slice(&segments.chain.log_initial);
            return;
        }
        let k = segments.states();
        let mut ends = [0.0; MOST_STATES];
        self.ends(segments, &mut ends[..k]);
        enter(segments, &ends[..k], out);
    }

    /// The log-probabilities of the states of the next row, given those of visits that begin with it.
    pub(super) fn predict(&self, segments: &Segments, begins: &[f64], out: &mut [f64]) {
        let longest = segments.longest();
        for (((out, begins), logs), duration) in
            out.iter_mut().zip(begins).zip(self.logs.chunks_exact(longest)).zip(&segments.durations)
        {
            let stays = if self.begun && longest > 1 {
                log_sum_of_pairs(&logs[..longest - 1], &duration.log_survival[1..])
            } else {
                f64::NEG_INFINITY
            };
            *out = log_add(*begins, stays);
        }
    }

    /// Takes the log-densities of a row (`None`: missing), and returns the logarithm of its density given the
    /// rows before: 0 for a missing one, minus infinity for one that is impossible, which otherwise counts as
    /// missing.
    pub(super) fn update(&mut self, segments: &Segments, densities: Option<&[f64]>) -> f64 {
        let (k, longest) = (segments.states(), segments.longest());
        let (mut begins, mut states) = ([0.0; MOST_STATES], [0.0; MOST_STATES]);
        let (begins, states) = (&mut begins[..k], &mut states[..k]);
        self.begins(segments, begins);
        self.predict(segments, begins, states);
        // What is predicted sums to 1 but for rounding.
        let total = log_sum(states.iter().copied());
        let mut pivot = f64::NEG_INFINITY;
        if let Some(densities) = densities {
            let mut most = f64::NEG_INFINITY;
            for (state, density) in states.iter().zip(densities) {
                if state + density > most {
                    (most, pivot) = (state + density, *density);
                }
            }
        }
        // Densities relative to one that matters: far from all states they are so large that nothing else
        // would be seen beside them.
        let possible = pivot > f64::NEG_INFINITY;
        let seen = densities.filter(|_| possible);
        let relative = |state: usize| seen.map_or(0.0, |densities| densities[state] - pivot);
        let norm = log_sum(states.iter().enumerate().map(|(state, log)| log + relative(state)));
        for (state, logs) in self.logs.chunks_exact_mut(longest).enumerate() {
            let shift = relative(state) - norm;
            logs.copy_within(..longest - 1, 1);
            logs[0] = begins[state];
            logs.iter_mut().for_each(|log| *log += shift);
            self.filtered[state] = libm::exp(states[state] + shift).min(1.0);
        }
        self.begun = true;
        match (densities, possible) {
            (None, _) => 0.0,
            (Some(_), true) => pivot + (norm - total),
            (Some(_), false) => f64::NEG_INFINITY,
        }
    }

    /// The most probable state, the first of several.
    pub(super) fn mode(&self) -> (usize, f64) {
        let mut best = 0;
        for (k, p) in self.filtered.iter().enumerate() {
            if *p > self.filtered[best] {
                best = k;
            }
        }
        (best, self.filtered[best])
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, segments: &Segments) -> Result<(), Error> {
        let expected = segments.states() * segments.longest();
        if self.logs.len() != expected {
            return Err(Error::Shape { what: "logs", expected, found: self.logs.len() });
        }
        if self.filtered.len() != segments.states() {
            let (expected, found) = (segments.states(), self.filtered.len());
            return Err(Error::Shape { what: "filtered", expected, found });
        }
        for log in &self.logs {
            let inside = *log <= 1e6;
            Error::require(inside, "logs", "logarithms", log)?;
        }
        let total: f64 = self.filtered.iter().sum();
        let inside = self.filtered.iter().all(|p| (0.0..=1.0).contains(p));
        Error::require(
            inside && (total - 1.0).abs() < 1e-6,
            "filtered",
            "probabilities that sum to 1",
            total,
        )?;
        if self.begun {
            // Of what is possible something must be left.
            let mut states = vec![0.0; segments.states()];
            self.predict(segments, &vec![f64::NEG_INFINITY; segments.states()], &mut states);
            let mut begins = vec![0.0; segments.states()];
            self.begins(segments, &mut begins);
            let any = log_sum(states.into_iter().chain(begins));
            Error::require(any.abs() < 1e-6, "logs", "those of probabilities that sum to 1", any)?;
        }
        Ok(())
    }
}

/// From visits that end to visits that begin.
pub(super) fn enter(segments: &Segments, ends: &[f64], out: &mut [f64]) {
    let k = segments.states();
    for (j, out) in out.iter_mut().enumerate() {
        *out =
            log_sum(ends.iter().enumerate().map(|(i, end)| end + segments.chain.log_transitions[i * k + j]));
    }
}
