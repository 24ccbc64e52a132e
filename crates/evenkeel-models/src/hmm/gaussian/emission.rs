//! Gaussian states as an emission.

use super::covariance::Covariance;
use super::gaussian::Gaussian;
use super::{density, maximization, univariate};
use crate::hmm::emission::{Before, Emission, ForecastEmission};
use evenkeel_core::{Error, gaussian};

impl Emission for Gaussian {
    fn states(&self) -> usize {
        self.means.len() / self.dimension
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn with_states(&self, states: usize) -> Self {
        self.reordered(&vec![0; states])
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let states = self.states();
        let pick = |from: &[f64]| -> Vec<f64> {
            let each = from.len() / states;
            order.iter().flat_map(|k| &from[k * each..][..each]).copied().collect()
        };
        let tied = self.covariance == Covariance::Tied;
        Self {
            means: pick(&self.means),
            variances: if tied { self.variances.clone() } else { pick(&self.variances) },
            log_norms: pick(&self.log_norms),
            inverses: pick(&self.inverses),
            least: self.least.clone(),
            ..*self
        }
    }

    fn mean(&self, state: usize) -> f64 {
        self.means[state * self.dimension]
    }

    fn parameters(&self) -> usize {
        self.means.len() + self.covariance.free(self.states(), self.dimension)
    }

    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
        self.least = maximization::least_deviations(rows, self.dimension, self.floor);
        Ok(())
    }

    fn log_densities(&self, row: &[f64], out: &mut [f64]) {
        density::log_densities(self, row, out);
    }

    fn sums(&self) -> usize {
        maximization::sums(self)
    }

    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        maximization::accumulate(self, row, weights, sums);
    }

    fn maximize(&mut self, sums: &[f64]) {
        maximization::maximize(self, sums);
    }

    fn log_prior(&self) -> f64 {
        maximization::log_prior(self)
    }

    fn log_densities_of_rows(&self, _before: Option<Before<'_>>, rows: &[f64], out: &mut [f64]) {
        if self.dimension == 1 {
            univariate::log_densities(&self.means, &self.inverses, &self.log_norms, rows, out);
        } else {
            for (row, out) in rows.chunks_exact(self.dimension).zip(out.chunks_exact_mut(self.states())) {
                self.log_densities(row, out);
            }
        }
    }

    fn accumulate_rows(&self, _before: Option<Before<'_>>, rows: &[f64], weights: &[f64], sums: &mut [f64]) {
        if self.dimension == 1 {
            univariate::accumulate(&self.means, rows, weights, sums);
        } else {
            for (row, weights) in rows.chunks_exact(self.dimension).zip(weights.chunks_exact(self.states())) {
                self.accumulate(row, weights, sums);
            }
        }
    }
}

impl ForecastEmission for Gaussian {
    /// Those of the first coordinate.
    fn moments(&self, state: usize) -> (f64, f64) {
        (self.mean(state), self.covariance(state, 0, 0))
    }

    fn tails(&self, state: usize, x: f64) -> (f64, f64) {
        let z = (x - self.mean(state)) / libm::sqrt(self.covariance(state, 0, 0));
        (gaussian::lower(z), gaussian::upper(z))
    }
}
