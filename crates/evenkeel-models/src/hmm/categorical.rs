//! Categories with a probability for each state.

use super::emission::Emission;
use super::weight::LEAST_WEIGHT;
use evenkeel_core::{Error, observed};

evenkeel_core::state! {
    /// Categorical emissions: each state says one of `n` symbols, numbered from 0, with probabilities of its
    /// own.
    ///
    /// The maximum-likelihood probabilities are the weighted shares, so a category that never occurred has
    /// probability 0. Anything but a whole number from 0 to n - 1 has probability 0, too; in a history it is
    /// an error, in a stream it teaches nothing.
    ///
    /// ```
    /// use evenkeel_core::Fit;
    /// use evenkeel_models::{Hmm, hmm::Categorical};
    ///
    /// // 0: success, 1: retry, 2: failure.
    /// let history: Vec<f64> = (0..90u32)
    ///     .map(|t| if t % 45 < 30 { f64::from(t % 7 / 6) } else { 2.0 - f64::from(t % 2) })
    ///     .collect();
    /// let model = Hmm::new(2).emission(Categorical::new(3)?).fit(&history)?;
    /// assert!(model.emission().probability(0, 0) > 0.8 && model.emission().probability(1, 2) > 0.4);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Categorical("Categorical@1") {
        categories: usize,
        probabilities: Vec<f64>,
        logs: Vec<f64>,
    }
}

impl Categorical {
    /// For so many categories, all equally probable.
    ///
    /// # Errors
    /// If `categories` is 0 or above 1,000,000.
    pub fn new(categories: usize) -> Result<Self, Error> {
        Error::require((1..=1_000_000).contains(&categories), "categories", "in 1..=1000000", categories)?;
        Self::from_probabilities(categories, vec![1.0 / categories as f64; categories])
    }

    /// With given probabilities, state by state; each state's sum to 1 within 1e-6 and are scaled to 1.
    ///
    /// # Errors
    /// If there are none or not a multiple of `categories`, one is negative, or those of a state do not sum
    /// to 1.
    pub fn from_probabilities(categories: usize, probabilities: impl Into<Vec<f64>>) -> Result<Self, Error> {
        let mut probabilities = probabilities.into();
        super::weight::require_states(probabilities.len(), categories, "probabilities")?;
        for state in probabilities.chunks_exact_mut(categories) {
            super::chain::normalize(state, "probabilities")?;
        }
        let logs = probabilities.iter().map(|p| libm::log(*p)).collect();
        Ok(Self { categories, probabilities, logs })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        super::weight::require_states(self.probabilities.len(), self.categories, "probabilities")?;
        for state in self.probabilities.chunks_exact(self.categories) {
            super::chain::normalize(&mut state.to_vec(), "probabilities")?;
        }
        let same = self.logs.len() == self.probabilities.len()
            && self.probabilities.iter().zip(&self.logs).all(|(p, l)| libm::log(*p) == *l);
        Error::require(same, "logs", "the logarithms of the probabilities", "another")
    }

    /// The number of categories.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// The probability of a category in a state.
    ///
    /// # Panics
    /// If there is no such state or category.
    #[must_use]
    pub fn probability(&self, state: usize, category: usize) -> f64 {
        assert!(category < self.categories, "category {category} of {}", self.categories);
        self.probabilities[state * self.categories + category]
    }

    fn category(&self, x: f64) -> Option<usize> {
        let inside = x >= 0.0 && x < self.categories as f64 && libm::floor(x) == x;
        if inside { Some(x as usize) } else { None }
    }
}

impl Emission for Categorical {
    fn states(&self) -> usize {
        self.probabilities.len() / self.categories
    }

    fn dimension(&self) -> usize {
        1
    }

    fn with_states(&self, states: usize) -> Self {
        self.reordered(&vec![0; states])
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let pick = |from: &[f64]| -> Vec<f64> {
            order.iter().flat_map(|k| &from[k * self.categories..][..self.categories]).copied().collect()
        };
        let (probabilities, logs) = (pick(&self.probabilities), pick(&self.logs));
        Self { categories: self.categories, probabilities, logs }
    }

    /// The mean number of the category.
    fn mean(&self, state: usize) -> f64 {
        let of_state = &self.probabilities[state * self.categories..][..self.categories];
        of_state.iter().enumerate().map(|(c, p)| c as f64 * p).sum()
    }

    fn parameters(&self) -> usize {
        self.states() * (self.categories - 1)
    }

    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
        for x in rows.iter().copied().filter_map(observed) {
            let known = self.category(x).is_some();
            Error::require(known, "history", "of categories: whole numbers below their number", x)?;
        }
        Ok(())
    }

    fn log_densities(&self, row: &[f64], out: &mut [f64]) {
        match self.category(row[0]) {
            Some(category) => {
                for (out, logs) in out.iter_mut().zip(self.logs.chunks_exact(self.categories)) {
                    *out = logs[category];
                }
            }
            None => out.fill(f64::NEG_INFINITY),
        }
    }

    fn sums(&self) -> usize {
        self.probabilities.len()
    }

    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        let Some(category) = self.category(row[0]) else { return };
        for (sums, weight) in sums.chunks_exact_mut(self.categories).zip(weights) {
            sums[category] += weight;
        }
    }

    fn maximize(&mut self, sums: &[f64]) {
        for (k, sums) in sums.chunks_exact(self.categories).enumerate() {
            let total: f64 = sums.iter().sum();
            if total > LEAST_WEIGHT {
                for (c, sum) in sums.iter().enumerate() {
                    let at = k * self.categories + c;
                    self.probabilities[at] = sum / total;
                    self.logs[at] = libm::log(self.probabilities[at]);
                }
            }
        }
    }
}
