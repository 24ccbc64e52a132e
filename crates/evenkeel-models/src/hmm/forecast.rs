//! The model as a forecaster: mixtures of the states' distributions.

use super::belief::advance;
use super::emission::ForecastEmission;
use super::fitted::HmmModel;
use super::log_space::log_sum;
use super::mixed::mixed;
use super::weight::MOST_STATES;
use evenkeel_core::{Assessment, Forecaster, Prediction, Stage, observed};

impl<E: ForecastEmission> HmmModel<E> {
    /// Mean and standard deviation of the mixture with these weights.
    fn mixture(weights: &[f64], moments: impl Fn(usize) -> (f64, f64)) -> Prediction {
        let (_, mean, variance) = mixed(weights, moments);
        Prediction::new(mean, libm::sqrt(variance)).unwrap_or_default()
    }
}

impl<E: ForecastEmission> Stage<f64> for HmmModel<E> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        self.running.update(&[x]);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.running.reset();
    }
}

impl<E: ForecastEmission> Forecaster for HmmModel<E> {
    /// False for a model of several coordinates: what it expects is no number.
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if self.running.emission.dimension() != 1 {
            return false;
        }
        let k = self.states();
        let (mut now, mut next) = ([0.0; MOST_STATES], [0.0; MOST_STATES]);
        self.running.belief.predict(&self.running.chain, &mut now[..k]);
        let (emission, mut before) = (&self.running.emission, self.running.last.before());
        for out in out {
            *out = Self::mixture(&now[..k], |state| {
                before.map_or_else(|| emission.moments(state), |before| emission.moments_after(state, before))
            });
            if let Some(before) = &mut before {
                before.ago = before.ago.saturating_add(1);
            }
            advance(&now[..k], &self.running.chain, &mut next[..k]);
            now = next;
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
        self.running.belief.predict(&self.running.chain, weights);
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
