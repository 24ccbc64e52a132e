//! Several Gaussian components in each state.

use super::emission::{Emission, ForecastEmission};
use super::exponential::exp_of_nonpositive;
use super::gaussian::Gaussian;
use super::k_means::Columns;
use super::weight::{LEAST_WEIGHT, MOST_STATES};
use evenkeel_core::Error;
use evenkeel_stats::Generator;

/// How much of a row belongs to the component it is assigned to at first, the rest being shared.
const OWN: f64 = 0.9;

evenkeel_core::state! {
    /// Gaussian mixture emissions: each state says a row from one of several Gaussian components, chosen anew
    /// for every row with probabilities of the state.
    ///
    /// Use it for states whose values are skewed, heavy-tailed or in several lumps. With one component it is
    /// [`Gaussian`].
    ///
    /// Components are estimated together with everything else: EM with the joint posterior probabilities of
    /// state and component (Juang, Levinson and Sondhi 1986, IEEE Trans. Inf. Theory 32). Missing
    /// coordinates, the floor of standard deviations and the prior are those of [`Gaussian`], for every
    /// component; with [`Covariance::Tied`](crate::hmm::Covariance::Tied) all components of all states share
    /// a matrix. Each start of EM spreads the components of a state by k-means over the rows assigned to it.
    ///
    /// States times components are at most 64. A row costs O(K M D), with matrices O(K M D²).
    ///
    /// ```
    /// use evenkeel_core::Fit;
    /// use evenkeel_models::{Hmm, hmm::{Gaussian, GaussianMixture, Covariance}};
    ///
    /// // Latency in two lumps, cached or not; in the second regime the slow one is slower and more frequent.
    /// let history: Vec<f64> = (0..600u32)
    ///     .map(|t| {
    ///         let (noise, miss) = (f64::from(t * 7919 % 101) / 50.0, t * 31 % 10);
    ///         let slow = if t % 200 < 120 { (miss < 2, 40.0) } else { (miss < 7, 90.0) };
    ///         if slow.0 { slow.1 + noise } else { 5.0 + noise }
    ///     })
    ///     .collect();
    /// let mixture = GaussianMixture::new(2, &Gaussian::new(1, Covariance::Diagonal)?)?;
    /// let model = Hmm::new(2).emission(mixture).fit(&history)?;
    /// let emission = model.emission();
    /// assert!((0..2).any(|m| (emission.weight(1, m) - 0.7).abs() < 0.05));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct GaussianMixture(format!("GaussianMixture@1<{}>", <Gaussian as evenkeel_core::Snapshot>::schema())) {
        components: usize,
        weights: Vec<f64>,
        log_weights: Vec<f64>,
        gaussian: Gaussian,
    }
}

impl GaussianMixture {
    /// With so many components for each state, and Gaussian components of a form: coordinates, covariance,
    /// floor and prior are those of `gaussian`.
    ///
    /// # Errors
    /// If `components` is not in 1 to 64.
    pub fn new(components: usize, gaussian: &Gaussian) -> Result<Self, Error> {
        Error::require((1..=MOST_STATES).contains(&components), "components", "in 1..=64", components)?;
        let gaussian = gaussian.with_states(components);
        Self::from_parameters(vec![1.0 / components as f64; components], components, gaussian)
    }

    /// With given weights of the components, state by state; those of each state sum to 1 within 1e-6 and are
    /// scaled to 1. The components of all states, in the same order, are the states of `gaussian`.
    ///
    /// # Errors
    /// If `components` is 0, the numbers disagree, or the weights of a state do not sum to 1.
    pub fn from_parameters(
        weights: impl Into<Vec<f64>>,
        components: usize,
        gaussian: Gaussian,
    ) -> Result<Self, Error> {
        let mut weights = weights.into();
        super::weight::require_states(weights.len(), components, "weights")?;
        let (expected, found) = (weights.len(), gaussian.states());
        if expected != found {
            return Err(Error::Shape { what: "components of all states", expected, found });
        }
        for state in weights.chunks_exact_mut(components) {
            super::chain::normalize(state, "weights")?;
        }
        let log_weights = weights.iter().map(|p| libm::log(*p)).collect();
        Ok(Self { components, weights, log_weights, gaussian })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let same = Self::from_parameters(self.weights.clone(), self.components, self.gaussian.clone())?;
        Error::require(same == *self, "log_weights", "the logarithms of the weights", "another")
    }

    /// The number of components of a state.
    #[must_use]
    pub fn components(&self) -> usize {
        self.components
    }

    /// The weight of a component of a state.
    ///
    /// # Panics
    /// If there is no such state or component.
    #[must_use]
    pub fn weight(&self, state: usize, component: usize) -> f64 {
        self.weights[self.at(state, component)]
    }

    /// The means of a component's coordinates.
    ///
    /// # Panics
    /// If there is no such state or component.
    #[must_use]
    pub fn means(&self, state: usize, component: usize) -> &[f64] {
        self.gaussian.means(self.at(state, component))
    }

    /// The covariance of two coordinates in a component.
    ///
    /// # Panics
    /// If there is no such state, component or coordinate.
    #[must_use]
    pub fn covariance(&self, state: usize, component: usize, i: usize, j: usize) -> f64 {
        self.gaussian.covariance(self.at(state, component), i, j)
    }

    fn at(&self, state: usize, component: usize) -> usize {
        assert!(component < self.components, "component {component} of {}", self.components);
        state * self.components + component
    }

    /// Weights and numbers of a state's components.
    fn of_state(&self, state: usize) -> impl Iterator<Item = (f64, usize)> {
        let first = state * self.components;
        (first..first + self.components).map(|at| (self.weights[at], at))
    }

    /// Log-densities of all components, their weights included.
    fn joint(&self, row: &[f64], out: &mut [f64]) {
        self.gaussian.log_densities(row, out);
        for (out, log) in out.iter_mut().zip(&self.log_weights) {
            *out += log;
        }
    }

    /// Sets the weights to shares; a state without weight keeps its own.
    fn maximize_weights(&mut self, sums: &[f64]) {
        for (state, sums) in sums.chunks_exact(self.components).enumerate() {
            let total: f64 = sums.iter().sum();
            if total > LEAST_WEIGHT {
                for (at, sum) in (state * self.components..).zip(sums) {
                    self.weights[at] = sum / total;
                    self.log_weights[at] = libm::log(self.weights[at]);
                }
            }
        }
    }
}

/// The shares of exponentials in place, and the logarithm of their sum; all 0 if nothing is possible.
fn shares(logs: &mut [f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        logs.fill(0.0);
        return most;
    }
    let mut total = 0.0;
    for log in logs.iter_mut() {
        *log = exp_of_nonpositive(*log - most);
        total += *log;
    }
    logs.iter_mut().for_each(|share| *share /= total);
    most + libm::log(total)
}

impl Emission for GaussianMixture {
    fn states(&self) -> usize {
        self.weights.len() / self.components
    }

    fn dimension(&self) -> usize {
        self.gaussian.dimension()
    }

    fn with_states(&self, states: usize) -> Self {
        self.reordered(&vec![0; states])
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let order: Vec<usize> =
            order.iter().flat_map(|k| k * self.components..(k + 1) * self.components).collect();
        let pick = |from: &[f64]| -> Vec<f64> { order.iter().map(|at| from[*at]).collect() };
        Self {
            components: self.components,
            weights: pick(&self.weights),
            log_weights: pick(&self.log_weights),
            gaussian: self.gaussian.reordered(&order),
        }
    }

    /// Of the first coordinate.
    fn mean(&self, state: usize) -> f64 {
        self.of_state(state).map(|(weight, at)| weight * self.gaussian.mean(at)).sum()
    }

    fn parameters(&self) -> usize {
        self.gaussian.parameters() + self.states() * (self.components - 1)
    }

    fn prepare(&mut self, rows: &[f64]) -> Result<(), Error> {
        let all = self.weights.len();
        Error::require(all <= MOST_STATES, "components", "at most 64 in all states together", all)?;
        self.gaussian.prepare(rows)
    }

    fn log_densities(&self, row: &[f64], out: &mut [f64]) {
        let mut joint = [0.0; MOST_STATES];
        let joint = &mut joint[..self.weights.len()];
        self.joint(row, joint);
        for (out, joint) in out.iter_mut().zip(joint.chunks_exact_mut(self.components)) {
            *out = shares(joint);
        }
    }

    fn sums(&self) -> usize {
        self.weights.len() + self.gaussian.sums()
    }

    fn accumulate(&self, row: &[f64], weights: &[f64], sums: &mut [f64]) {
        let mut joint = [0.0; MOST_STATES];
        let joint = &mut joint[..self.weights.len()];
        self.joint(row, joint);
        for (joint, weight) in joint.chunks_exact_mut(self.components).zip(weights) {
            shares(joint);
            joint.iter_mut().for_each(|share| *share *= weight);
        }
        let (of_components, of_gaussian) = sums.split_at_mut(joint.len());
        of_components.iter_mut().zip(joint.iter()).for_each(|(sum, weight)| *sum += weight);
        self.gaussian.accumulate(row, joint, of_gaussian);
    }

    fn maximize(&mut self, sums: &[f64]) {
        let (of_components, of_gaussian) = sums.split_at(self.weights.len());
        self.maximize_weights(of_components);
        self.gaussian.maximize(of_gaussian);
    }

    fn log_prior(&self) -> f64 {
        self.gaussian.log_prior()
    }

    /// k-means among the rows of each state.
    fn separate(&mut self, rows: &[f64], states: &[usize], seed: u64) {
        if self.components == 1 {
            return;
        }
        let (d, components) = (self.dimension(), self.components);
        let mut sums = vec![0.0; self.sums()];
        let shared = (1.0 - OWN) / components as f64;
        for state in 0..self.states() {
            let of_state: Vec<&[f64]> = rows
                .chunks_exact(d)
                .zip(states)
                .filter(|(row, of)| **of == state && row.iter().any(|x| !x.is_nan()))
                .map(|(row, _)| row)
                .collect();
            let own = of_state.concat();
            let columns = Columns::new(&own, d);
            let sample = columns.sample(&own);
            let mut random = Generator::stream(seed, state as u64);
            let mut centers = columns.spread_out(&sample, components, false, &mut random);
            columns.k_means(&sample, &mut centers);
            for row in of_state {
                let mut joint = vec![0.0; self.weights.len()];
                let of_components = &mut joint[state * components..][..components];
                of_components.fill(shared);
                of_components[columns.nearest(&centers, row)] += OWN;
                let (to_weights, to_gaussian) = sums.split_at_mut(joint.len());
                to_weights.iter_mut().zip(&joint).for_each(|(sum, weight)| *sum += weight);
                self.gaussian.accumulate(row, &joint, to_gaussian);
            }
        }
        self.maximize(&sums);
    }
}

impl ForecastEmission for GaussianMixture {
    /// Of the first coordinate.
    fn moments(&self, state: usize) -> (f64, f64) {
        let mean = self.mean(state);
        let variance = self
            .of_state(state)
            .map(|(weight, at)| {
                let (of_component, variance) = self.gaussian.moments(at);
                weight * (variance + (of_component - mean) * (of_component - mean))
            })
            .sum();
        (mean, variance)
    }

    fn tails(&self, state: usize, x: f64) -> (f64, f64) {
        let (mut lower, mut upper) = (0.0, 0.0);
        for (weight, at) in self.of_state(state) {
            let (below, above) = self.gaussian.tails(at, x);
            lower += weight * below;
            upper += weight * above;
        }
        (lower.min(1.0), upper.min(1.0))
    }
}
