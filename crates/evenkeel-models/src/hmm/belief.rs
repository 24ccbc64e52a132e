//! The online filter: probabilities of the states given everything so far.

use super::chain::Chain;
use super::emission::{Before, Emission};
use super::expectation::with_states;
use super::exponential::exp_of_nonpositive;
use super::log_space::log_sum;
use super::weight::MOST_STATES;

/// Below this a predicted probability may have lost what underflowed: logarithms take over.
const EXACT: f64 = 1e-150;

/// Probabilities of the states after the last row, and what is needed to go on exactly.
///
/// Probabilities are held as such while every state is predicted with at least 1e-150: then what underflows
/// cannot matter. Otherwise (structural zeros, densities far apart) a step is made with logarithms, those of
/// the last step being known from its prediction and its densities.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    /// Given all rows so far.
    pub(super) filtered: Vec<f64>,
    /// Given the rows before the last.
    pub(super) predicted: Vec<f64>,
    /// The log-densities of the last row, or, after a step with logarithms, those of `filtered`.
    pub(super) logs: Vec<f64>,
    pub(super) in_logs: bool,
    pub(super) begun: bool,
}

impl Belief {
    pub(super) fn new(chain: &Chain) -> Self {
        Self {
            filtered: chain.initial.clone(),
            predicted: chain.initial.clone(),
            logs: vec![0.0; chain.states()],
            in_logs: false,
            begun: false,
        }
    }

    pub(super) fn reset(&mut self, chain: &Chain) {
        self.filtered.copy_from_slice(&chain.initial);
        self.predicted.copy_from_slice(&chain.initial);
        self.logs.fill(0.0);
        (self.in_logs, self.begun) = (false, false);
    }

    /// The probabilities of the states of the next row.
    #[inline(always)]
    pub(super) fn predict(&self, chain: &Chain, out: &mut [f64]) {
        if self.begun { advance(&self.filtered, chain, out) } else { out.copy_from_slice(&chain.initial) }
    }

    /// Takes a row (`None`: missing), with what is before it for an emission that remembers it, and returns
    /// the logarithm of its density given the rows before: 0 for a missing one, minus infinity for one that
    /// is impossible, which otherwise counts as missing.
    pub(super) fn update<E: Emission>(
        &mut self,
        chain: &Chain,
        emission: &E,
        before: Option<Before<'_>>,
        row: Option<&[f64]>,
    ) -> f64 {
        with_states!(chain.states(), update::<_, E>(self, chain, emission, before, row))
    }

    /// [`update`](Self::update) of `k` states, at most N: two numbers, so that loops can be of a constant
    /// length.
    #[inline(always)]
    fn step<const N: usize, E: Emission>(
        &mut self,
        chain: &Chain,
        emission: &E,
        before: Option<Before<'_>>,
        row: Option<&[f64]>,
        k: usize,
    ) -> f64 {
        let (mut next, mut densities, mut relative) = ([0.0; N], [0.0; N], [0.0; N]);
        let (next, densities, relative) = (&mut next[..k], &mut densities[..k], &mut relative[..k]);
        self.predict(chain, next);
        let mut most = f64::NEG_INFINITY;
        if let Some(row) = row {
            emission.log_densities_of_rows(before, row, densities);
            for density in densities.iter_mut() {
                // Of an emission that breaks its promise.
                *density = if density.is_nan() { f64::NEG_INFINITY } else { *density };
                most = if *density > most { *density } else { most };
            }
        }
        most = if most == f64::INFINITY { f64::MAX } else { most };
        let mut least = f64::INFINITY;
        for p in next.iter() {
            // A NaN, which cannot be, would stay the least.
            least = if *p >= least { least } else { *p };
        }
        let exact = least >= EXACT;
        if !exact {
            return self.update_in_logs(chain, row.is_some(), densities);
        }
        let filtered = &mut self.filtered[..k];
        if most > f64::NEG_INFINITY {
            for (relative, density) in relative.iter_mut().zip(densities.iter()) {
                *relative = exp_of_nonpositive((density - most).min(0.0));
            }
            let mut mass = 0.0;
            for ((p, filtered), relative) in next.iter().zip(filtered.iter_mut()).zip(relative.iter()) {
                *filtered = p * relative;
                mass += *filtered;
            }
            let inverse = 1.0 / mass;
            filtered.iter_mut().for_each(|p| *p *= inverse);
            self.logs[..k].copy_from_slice(densities);
            self.finish(next);
            most + libm::log(mass)
        } else {
            let inverse = 1.0 / next.iter().sum::<f64>();
            filtered.iter_mut().zip(next.iter()).for_each(|(f, p)| *f = p * inverse);
            self.logs.fill(0.0);
            self.finish(next);
            if row.is_some() { f64::NEG_INFINITY } else { 0.0 }
        }
    }

    fn finish(&mut self, predicted: &[f64]) {
        self.predicted.copy_from_slice(predicted);
        (self.in_logs, self.begun) = (false, true);
    }

    #[inline(never)]
    fn update_in_logs(&mut self, chain: &Chain, observed: bool, densities: &[f64]) -> f64 {
        let k = chain.states();
        let mut before = [0.0; MOST_STATES];
        let before = &mut before[..k];
        if self.in_logs {
            before.copy_from_slice(&self.logs);
        } else {
            for ((before, p), log) in before.iter_mut().zip(&self.predicted).zip(&self.logs) {
                *before = libm::log(*p) + log;
            }
        }
        let mut predicted = [0.0; MOST_STATES];
        let predicted = &mut predicted[..k];
        for (j, predicted) in predicted.iter_mut().enumerate() {
            *predicted = if self.begun {
                log_sum(
                    before.iter().enumerate().map(|(i, before)| before + chain.log_transitions[i * k + j]),
                )
            } else {
                chain.log_initial[j]
            };
        }
        // The logarithms of the last step were not normalized, unless it was made with them.
        let total = log_sum(predicted.iter().copied());
        let total = if total.is_finite() { total } else { 0.0 };
        predicted.iter_mut().for_each(|p| *p -= total);
        let norm = log_sum(predicted.iter().zip(densities).map(|(p, density)| p + density));
        let possible = norm > f64::NEG_INFINITY;
        for j in 0..k {
            self.logs[j] =
                if possible && observed { predicted[j] + densities[j] - norm } else { predicted[j] };
            self.predicted[j] = libm::exp(predicted[j]);
            self.filtered[j] = libm::exp(self.logs[j]).min(1.0);
        }
        (self.in_logs, self.begun) = (true, true);
        if observed { norm } else { 0.0 }
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
}

fn update<const N: usize, E: Emission>(
    belief: &mut Belief,
    chain: &Chain,
    emission: &E,
    before: Option<Before<'_>>,
    row: Option<&[f64]>,
) -> f64 {
    let k = chain.states();
    if k == N {
        belief.step::<N, E>(chain, emission, before, row, N)
    } else {
        belief.step::<N, E>(chain, emission, before, row, k)
    }
}

/// Probabilities one step later.
#[inline(always)]
pub(super) fn advance(p: &[f64], chain: &Chain, out: &mut [f64]) {
    out.fill(0.0);
    for (p, row) in p.iter().zip(chain.transitions.chunks_exact(out.len())) {
        for (out, a) in out.iter_mut().zip(row) {
            *out += p * a;
        }
    }
}
