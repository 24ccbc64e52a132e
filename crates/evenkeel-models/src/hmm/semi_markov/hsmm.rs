//! Hidden semi-Markov models: the estimator.

use super::duration::{Duration, DurationFamily};
use super::expectation::{ExpectedSegments, expect};
use super::fitted::HsmmModel;
use super::running::Running;
use super::segments::Segments;
use crate::fit::{Criteria, FitReport, Termination};
use crate::hmm::emission::Emission;
use crate::hmm::fitted::HmmModel;
use crate::hmm::gaussian::Gaussian;
use crate::hmm::hmm::Hmm;
use crate::hmm::sequences::Sequences;
use evenkeel_core::{Error, Fit};

/// Hidden semi-Markov models: like [`Hmm`], but a visit to a state lasts as long as a distribution of its own
/// says, not a geometric one.
///
/// Use it where regimes have a typical length: a nightly job of half an hour, a garbage collection, a shift.
/// Then what comes next depends on how long the present regime has lasted, and forecasts know it. Where
/// lengths are memoryless, [`Hmm`] says the same with fewer parameters and far less work.
///
/// # Method
/// Maximum likelihood by EM over visits with an explicit duration (Yu 2010,
/// doi:10.1016/j.artint.2009.11.011), all in logarithms. The start is the hidden Markov model that [`Hmm`]
/// fits with its several starts, with geometric durations of the same mean; from there on no step makes the
/// likelihood smaller. Durations are from 1 to a longest one, [negative binomial](DurationFamily) unless free
/// ones are asked for. A sequence begins with the beginning of a visit; its last visit may go on.
///
/// States that are not seen keep what they had; transitions of 0 stay 0; states are ordered by their mean.
///
/// # Parameters
/// | setting | default | why |
/// | --- | --- | --- |
/// | `states` | | 2 to 64 |
/// | `longest` | | the longest duration in rows, 1 to 100,000: the work is proportional to it; twice the mean of the longest state is usually enough |
/// | [`emission`](Self::emission) | Gaussian, one coordinate | any [`Emission`] |
/// | [`durations`](Self::durations) | negative binomial | two parameters a state |
/// | [`starts`](Self::starts), [`seed`](Self::seed) | 4, 0 | of the hidden Markov model |
/// | [`iterations`](Self::iterations) | 200 | at the limit the report says that it has not converged |
/// | [`tolerance`](Self::tolerance) | 1e-4 | of the log-likelihood that is still to be gained |
///
/// # Missing data
/// A missing coordinate is left out; a row without any adds exactly 0 to the log-likelihood, while the visit
/// goes on or ends.
///
/// # Errors of `fit`
/// As for [`Hmm`](Hmm#errors-of-fit); further [`Error::Parameter`] for fewer than 2 states or a longest
/// duration out of range.
///
/// # Complexity
/// O(T K (K + D)) an iteration with durations of at most D, memory O(T K).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::hmm::{DurationFamily, Hsmm};
///
/// // Every 30 samples a job that lasts 10.
/// let history: Vec<f64> = (0..400u32)
///     .map(|t| if t % 30 < 20 { 1.0 } else { 6.0 } + f64::from(t * 7919 % 101) / 100.0)
///     .collect();
/// // It always takes as long: no negative binomial is so regular.
/// let model = Hsmm::new(2, 60).durations(DurationFamily::Free).fit(&history)?;
/// assert!((model.duration(1).mean() - 10.0).abs() < 0.5);
/// // The history ends 10 rows after a job did: the next ten rows are calm, the ten after them are not.
/// let mut next = [Prediction::default(); 20];
/// assert!(model.forecast_into(&mut next));
/// assert!(next[5].mean() < 2.5 && next[14].mean() > 5.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Hsmm<E = Gaussian> {
    start: Hmm<E>,
    states: usize,
    longest: usize,
    family: DurationFamily,
    dimension: usize,
    iterations: usize,
    tolerance: f64,
}

impl Hsmm {
    /// With so many states, 2 to 64, durations of at most `longest` rows, and Gaussian values of one
    /// coordinate.
    pub fn new(states: usize, longest: usize) -> Self {
        Self {
            start: Hmm::new(states),
            states,
            longest,
            family: DurationFamily::NegativeBinomial,
            dimension: 1,
            iterations: 200,
            tolerance: 1e-4,
        }
    }
}

/// Where a search stands.
#[derive(Clone)]
struct Point<E> {
    segments: Segments,
    emission: E,
}

impl<E: Emission> Hsmm<E> {
    /// Another emission: what it was made with says how many coordinates there are, and the like; its
    /// parameters are estimated.
    pub fn emission<F: Emission>(self, emission: F) -> Hsmm<F> {
        let Self { start, states, longest, family, iterations, tolerance, .. } = self;
        let dimension = emission.dimension();
        Hsmm { start: start.emission(emission), states, longest, family, dimension, iterations, tolerance }
    }

    /// The family of the durations.
    pub fn durations(mut self, family: DurationFamily) -> Self {
        self.family = family;
        self
    }

    /// The number of starts of the hidden Markov model, at least 1.
    pub fn starts(mut self, starts: usize) -> Self {
        self.start = self.start.starts(starts);
        self
    }

    /// The seed of k-means and of random starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.start = self.start.seed(seed);
        self
    }

    /// The most iterations of EM with durations; 0 evaluates the start.
    pub fn iterations(mut self, iterations: usize) -> Self {
        self.iterations = iterations;
        self
    }

    /// The gain in log-likelihood still to be expected at which the search ends, at least 0.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Fits to several sequences, each of which begins with a visit of its own.
    ///
    /// # Errors
    /// See [`Hsmm`](Self#errors-of-fit).
    pub fn fit_sequences(&self, sequences: &[&[f64]]) -> Result<HsmmModel<E>, Error> {
        Duration::validate_longest(self.longest)?;
        Error::require((2..=64).contains(&self.states), "states", "in 2..=64", self.states)?;
        let sound = self.tolerance >= 0.0 && self.tolerance.is_finite();
        Error::require(sound, "tolerance", "finite, at least 0", self.tolerance)?;
        let start = self.start.fit_sequences(sequences)?;
        let data = Sequences::new(sequences, self.dimension)?;
        self.search(&start, &data)
    }

    fn search(&self, start: &HmmModel<E>, data: &Sequences) -> Result<HsmmModel<E>, Error> {
        let impossible =
            Error::Numerical { what: "the history is impossible under the model it starts from" };
        let mut now = Point { segments: self.visits_of(start)?, emission: start.emission().clone() };
        let (mut expected, mut sums) = expectation(&now, data).ok_or(impossible)?;
        let (mut iterations, mut evaluations) = (0, 1);
        let mut termination = Termination::IterationLimit;
        let mut gained = f64::INFINITY;
        let objective =
            |point: &Point<E>, of: &ExpectedSegments| of.log_likelihood + point.emission.log_prior();
        while iterations < self.iterations {
            let mut next = now.clone();
            next.segments.chain.maximize_initial(&expected.initial);
            next.segments.chain.maximize_transitions(&expected.transitions);
            next.segments.chain.refresh();
            let counts = expected.durations.chunks_exact(self.longest);
            for (duration, counts) in next.segments.durations.iter_mut().zip(counts) {
                duration.maximize(counts, self.family);
            }
            next.emission.maximize(&sums);
            iterations += 1;
            evaluations += 1;
            let found = expectation(&next, data);
            let before = objective(&now, &expected);
            let gain = found.as_ref().map_or(f64::NAN, |(of, _)| objective(&next, of) - before);
            let better = gain > 0.0;
            let Some((of_next, sums_of_next)) = found.filter(|_| better) else {
                let flat = gain >= -1e-9 * before.abs().max(1.0);
                termination = if flat { Termination::Converged } else { Termination::Flat };
                break;
            };
            (now, expected, sums) = (next, of_next, sums_of_next);
            // Near the optimum gains shrink by a constant factor: what is left is their geometric sum
            // (Aitken).
            let rate = gain / gained;
            gained = gain;
            if rate < 1.0 && gain * rate / (1.0 - rate) < self.tolerance && gain < self.tolerance {
                termination = Termination::Converged;
                break;
            }
        }
        let observed = data.observed();
        let parameters = now.segments.parameters() + now.emission.parameters();
        let report = FitReport {
            criteria: Criteria::new(expected.log_likelihood, parameters, observed),
            observed,
            iterations,
            evaluations,
            termination,
        };
        let mut order: Vec<usize> = (0..self.states).collect();
        order.sort_by(|a, b| now.emission.mean(*a).total_cmp(&now.emission.mean(*b)));
        let running = Running::new(now.segments.reordered(&order), now.emission.reordered(&order));
        let mut model = HsmmModel { running, report };
        model.follow(data);
        Ok(model)
    }

    /// The visits of a hidden Markov model.
    fn visits_of(&self, start: &HmmModel<E>) -> Result<Segments, Error> {
        let k = self.states;
        let mut transitions = vec![0.0; k * k];
        let mut durations = Vec::with_capacity(k);
        for i in 0..k {
            let leaves = 1.0 / start.dwell(i);
            for j in (0..k).filter(|j| *j != i) {
                // A state that is never left is followed by any other one.
                transitions[i * k + j] =
                    if leaves > 1e-12 { start.transition(i, j) / leaves } else { 1.0 / (k - 1) as f64 };
            }
            let rest = (start.dwell(i) - 1.0).clamp(0.01, self.longest as f64);
            durations.push(Duration::negative_binomial(1.0 + rest, 1.0, self.longest)?);
        }
        Segments::new(start.initial().to_vec(), transitions, durations)
    }
}

/// Expected counts, and the sums of the emission.
fn expectation<E: Emission>(point: &Point<E>, data: &Sequences) -> Option<(ExpectedSegments, Vec<f64>)> {
    let mut sums = vec![0.0; point.emission.sums()];
    let expected = expect(&point.segments, &point.emission, data, |_, rows, weights| {
        point.emission.accumulate_rows(None, rows, weights, &mut sums);
    })?;
    Some((expected, sums))
}

impl<E: Emission> Fit for Hsmm<E> {
    type Fitted = HsmmModel<E>;

    /// Fits to one sequence.
    fn fit(&self, history: &[f64]) -> Result<HsmmModel<E>, Error> {
        self.fit_sequences(&[history])
    }
}
