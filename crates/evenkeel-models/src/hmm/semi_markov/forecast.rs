//! The semi-Markov model as a forecaster: mixtures of the states' distributions.

use super::fitted::HsmmModel;
use super::running::Running;
use crate::hmm::emission::ForecastEmission;
use crate::hmm::log_space::log_sum;
use crate::hmm::mixed::mixed;
use crate::hmm::weight::MOST_STATES;
use evenkeel_core::{Assessment, Forecaster, Prediction, Stage, observed};

/// The probabilities of the states of the next row.
fn predicted<E: ForecastEmission>(running: &Running<E>, out: &mut [f64]) {
    let mut begins = [0.0; MOST_STATES];
    let begins = &mut begins[..out.len()];
    running.belief.begins(&running.segments, begins);
    running.belief.predict(&running.segments, begins, out);
    let total = log_sum(out.iter().copied());
    out.iter_mut().for_each(|log| *log = libm::exp((*log - total).min(0.0)));
}

impl<E: ForecastEmission> Stage<f64> for HsmmModel<E> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        if self.running.emission.dimension() != 1 {
            return None;
        }
        self.running.update_value(x);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.running.reset();
    }
}

impl<E: ForecastEmission> Forecaster for HsmmModel<E> {
    /// False for a model of several coordinates: what it expects is no number.
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let emission = &self.running.emission;
        if emission.dimension() != 1 {
            return false;
        }
        let k = self.states();
        let mut weights = [0.0; MOST_STATES];
        let weights = &mut weights[..k];
        let mut before = self.running.last.before();
        let mut later: Option<Running<E>> = None;
        for at in 0..out.len() {
            predicted(later.as_ref().unwrap_or(&self.running), weights);
            let (_, mean, variance) = mixed(weights, |state| {
                before.map_or_else(|| emission.moments(state), |before| emission.moments_after(state, before))
            });
            out[at] = Prediction::new(mean, libm::sqrt(variance)).unwrap_or_default();
            if let Some(before) = &mut before {
                before.ago = before.ago.saturating_add(1);
            }
            if at + 1 < out.len() {
                let running = later.get_or_insert_with(|| self.running.clone());
                running.belief.update(&running.segments, None);
            }
        }
        true
    }

    /// Under the mixture of the states' distributions with their predicted probabilities.
    fn assess(&self, x: f64) -> Option<Assessment> {
        let x = observed(x)?;
        let emission = &self.running.emission;
        if emission.dimension() != 1 {
            return None;
        }
        let k = self.states();
        let (mut weights, mut densities) = ([0.0; MOST_STATES], [0.0; MOST_STATES]);
        let (weights, densities) = (&mut weights[..k], &mut densities[..k]);
        predicted(&self.running, weights);
        let before = self.running.last.before();
        emission.log_densities_of_rows(before, &[x], densities);
        let log_density = log_sum(weights.iter().zip(densities.iter()).map(|(p, d)| libm::log(*p) + d));
        let (mut total, mut lower, mut upper) = (0.0, 0.0, 0.0);
        for (state, p) in weights.iter().enumerate() {
            let (below, above) = before
                .map_or_else(|| emission.tails(state, x), |before| emission.tails_after(state, before, x));
            total += p;
            lower += p * below;
            upper += p * above;
        }
        Assessment::new(log_density, (lower / total).min(1.0), (upper / total).min(1.0))
    }
}
