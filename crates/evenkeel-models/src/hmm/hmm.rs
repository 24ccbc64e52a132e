//! Hidden Markov models: the estimator.

use super::chain::Chain;
use super::emission::Emission;
use super::expectation::with_states;
use super::expectation_maximization::{EmOptions, Outcome, maximize};
use super::fitted::HmmModel;
use super::gaussian::Gaussian;
use super::initial_values;
use super::running::Running;
use super::sequences::Sequences;
use super::weight::MOST_STATES;
use crate::fit::{Criteria, FitReport, Termination};
use evenkeel_core::{Error, Fit};

/// Iterations that each start gets before the best of them goes on.
const TRIAL: usize = 20;

/// Hidden Markov models: a system that is in one of a few states, stays there for a while, and says something
/// that depends on the state.
///
/// Use it for regimes: calm and busy, healthy and degraded, day and night load without a clock. States are
/// memoryless: dwell times are geometric; where regimes have a typical length there is
/// [`Hsmm`](crate::hmm::Hsmm). Within a state values are independent, unless the emission
/// [remembers](Emission::remembers).
///
/// # Method
/// Maximum likelihood by EM (Baum, Petrie, Soules and Weiss 1970, doi:10.1214/aoms/1177697196; Rabiner 1989,
/// doi:10.1109/5.18626), over several sequences, from several starts; each step never makes the likelihood
/// smaller. There is no prior unless the emission is asked for one. Expectations by forward and backward
/// recursions with scaling, or, where a double cannot hold the probabilities, with logarithms. Starts: one by
/// k-means (the initial ones spread out by k-means++), the others at random, by centers and by stretches of
/// time in turn; all are seeded.
///
/// - A state that is not seen keeps its distribution, one that is never seen to be left keeps its
///   transitions, and [`HmmModel::is_without_exit`] says so.
/// - Transitions and initial probabilities of 0 stay 0, see [`structure`](Self::structure).
/// - The number of states is chosen by a criterion ([`choose_states`](Self::choose_states)) or by what models
///   say of rows that were kept from them ([`choose_states_held_out`](Self::choose_states_held_out)).
/// - States are ordered by their mean, so that labels do not switch between fits, unless a structure or a
///   model to start from gives them an order.
///
/// # Parameters
/// | setting | default | why |
/// | --- | --- | --- |
/// | [`emission`](Self::emission) | Gaussian, one coordinate | [`Gaussian`] of several, [`GaussianMixture`](crate::hmm::GaussianMixture), [`AutoregressiveGaussian`](crate::hmm::AutoregressiveGaussian), [`Categorical`](crate::hmm::Categorical), [`Poisson`](crate::hmm::Poisson), your own |
/// | [`starts`](Self::starts) | 4 | one by k-means, three at random: EM finds local maxima; each start gets 20 iterations, the best goes on |
/// | [`iterations`](Self::iterations) | 500 | at the limit the report says that it has not converged |
/// | [`tolerance`](Self::tolerance) | 1e-5 | of the log-likelihood that is still to be gained |
/// | [`seed`](Self::seed) | 0 | |
///
/// # Missing data
/// A missing coordinate is left out, a row without any adds exactly 0 to the log-likelihood while the chain
/// goes on.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for settings out of range and values that the emission cannot say; [`Error::Shape`]
/// where sizes disagree; [`Error::TooShort`] with fewer observed rows than states; [`Error::Numerical`] if
/// the given start makes the history impossible.
///
/// # Complexity
/// O(T K²) an iteration, memory O(T K).
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_models::Hmm;
///
/// // Response times: around 20 ms, for some stretches around 60.
/// let history: Vec<f64> = (0..300u32)
///     .map(|t| if t % 100 < 70 { 20.0 } else { 60.0 } + f64::from(t * 7919 % 101) / 10.0)
///     .collect();
/// let mut model = Hmm::new(2).fit(&history)?;
/// assert!(model.emission().means(0)[0] < 30.0 && model.emission().means(1)[0] > 60.0);
/// assert!(model.report().converged() && model.dwell(0) > 50.0);
///
/// let mut filter = model.filter()?;
/// assert_eq!(filter.update(22.0).map(|regime| regime.state()), Some(0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Hmm<E = Gaussian> {
    states: usize,
    pub(super) emission: E,
    start: Start<E>,
    starts: usize,
    seed: u64,
    options: EmOptions,
}

/// Where EM begins.
#[derive(Debug, Clone, PartialEq)]
enum Start<E> {
    /// With states that tend to stay.
    Sticky,
    /// With given initial probabilities and transitions.
    Structure(Vec<f64>, Vec<f64>),
    /// From a model.
    Model(Box<(Chain, E)>),
}

impl Hmm {
    /// With so many states, 1 to 64, and Gaussian values of one coordinate.
    pub fn new(states: usize) -> Self {
        Self {
            states,
            emission: Gaussian::scalar(),
            start: Start::Sticky,
            starts: 4,
            seed: 0,
            options: EmOptions {
                iterations: 500,
                tolerance: 1e-5,
                initial: true,
                transitions: true,
                emission: true,
            },
        }
    }
}

impl<E: Emission> Hmm<E> {
    /// Re-estimates a model from where it is: one start, its own parameters, whose zeros and order of states
    /// are kept.
    pub fn from_model(model: &HmmModel<E>) -> Self {
        let Running { chain, emission, .. } = &model.running;
        let start = Start::Model(Box::new((chain.clone(), emission.clone())));
        let Hmm { states, starts, seed, options, .. } = Hmm::new(chain.states());
        Self { states, emission: emission.clone(), start, starts, seed, options }
    }

    /// Another emission: what it was made with says how many coordinates there are, and the like; its
    /// parameters are estimated.
    pub fn emission<F: Emission>(self, emission: F) -> Hmm<F> {
        let Self { states, start, starts, seed, options, .. } = self;
        let start = match start {
            Start::Structure(initial, transitions) => Start::Structure(initial, transitions),
            Start::Sticky | Start::Model(_) => Start::Sticky,
        };
        Hmm { states, emission, start, starts, seed, options }
    }

    /// Initial probabilities and transitions to start with, row by row. What is 0 stays 0, and the order of
    /// the states is kept: so a left-right model is one whose transitions are 0 below the diagonal.
    pub fn structure(mut self, initial: impl Into<Vec<f64>>, transitions: impl Into<Vec<f64>>) -> Self {
        self.start = Start::Structure(initial.into(), transitions.into());
        self
    }

    /// The number of starts, at least 1: the first by k-means, further ones at random.
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// The seed of k-means and of random starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The most iterations of EM from the best start; 0 evaluates the start.
    pub fn iterations(mut self, iterations: usize) -> Self {
        self.options.iterations = iterations;
        self
    }

    /// The gain in log-likelihood still to be expected at which the search ends, at least 0.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.options.tolerance = tolerance;
        self
    }

    /// Keeps the initial probabilities as they start.
    pub fn fix_initial(mut self) -> Self {
        self.options.initial = false;
        self
    }

    /// Keeps the transitions as they start.
    pub fn fix_transitions(mut self) -> Self {
        self.options.transitions = false;
        self
    }

    /// Keeps the emission as it starts: for a model to start from.
    pub fn fix_emission(mut self) -> Self {
        self.options.emission = false;
        self
    }

    /// Fits to several sequences, each of which starts anew.
    ///
    /// # Errors
    /// See [`Hmm`](Self#errors-of-fit).
    pub fn fit_sequences(&self, sequences: &[&[f64]]) -> Result<HmmModel<E>, Error> {
        self.validate()?;
        let data = Sequences::new(sequences, self.emission.dimension())?;
        let mut model = self.fit_states(self.states, &data)?;
        model.follow(sequences.last().copied().unwrap_or_default());
        Ok(model)
    }

    /// The best of several numbers of states by a criterion, [`Criteria::bic`] or [`Criteria::aic`]; numbers
    /// that are above that of the observed rows are left out. Where likelihoods of different
    /// numbers are hard to compare, [`choose_states_held_out`](Self::choose_states_held_out) asks how well
    /// each predicts.
    ///
    /// ```
    /// use evenkeel_models::{Hmm, fit::Criteria};
    ///
    /// let history: Vec<f64> = (0..300u32)
    ///     .map(|t| f64::from(t / 50 % 3) * 10.0 + f64::from(t * 7919 % 101) / 50.0)
    ///     .collect();
    /// let model = Hmm::new(1).choose_states(1..=4, Criteria::bic, &[&history])?;
    /// assert!(model.states() >= 3);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Hmm`](Self#errors-of-fit); if no number is left; if the states are given by a structure or a
    /// model.
    pub fn choose_states(
        &self,
        states: impl IntoIterator<Item = usize>,
        criterion: impl Fn(&Criteria) -> f64,
        sequences: &[&[f64]],
    ) -> Result<HmmModel<E>, Error> {
        self.require_free_states()?;
        let data = Sequences::new(sequences, self.emission.dimension())?;
        let mut best: Option<(f64, HmmModel<E>)> = None;
        let mut none = Error::parameter("states", "at least one number", "none");
        for states in states {
            self.of_states(states).validate()?;
            match self.fit_states(states, &data) {
                Ok(model) => {
                    let value = criterion(model.report.criteria());
                    if best.as_ref().is_none_or(|(least, _)| value < *least) {
                        best = Some((value, model));
                    }
                }
                Err(short @ Error::TooShort { .. }) => none = short,
                Err(other) => return Err(other),
            }
        }
        let (_, mut model) = best.ok_or(none)?;
        model.follow(sequences.last().copied().unwrap_or_default());
        Ok(model)
    }

    /// The same settings with another number of states.
    pub(super) fn of_states(&self, states: usize) -> Self {
        Self { states, ..self.clone() }
    }

    /// Whether the number of states can be chosen.
    pub(super) fn require_free_states(&self) -> Result<(), Error> {
        let free = matches!(self.start, Start::Sticky);
        Error::require(free, "start", "neither a structure nor a model, whose states are given", "one")
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1..=MOST_STATES).contains(&self.states), "states", "in 1..=64", self.states)?;
        Error::require(self.starts >= 1, "starts", "at least 1", self.starts)?;
        let tolerance = self.options.tolerance;
        Error::require(
            tolerance >= 0.0 && tolerance.is_finite(),
            "tolerance",
            "finite, at least 0",
            tolerance,
        )?;
        Error::require(self.emission.dimension() >= 1, "dimension", "at least 1", self.emission.dimension())?;
        Error::require(self.emission.states() >= 1, "states of the emission", "at least 1", 0)
    }

    fn fit_states(&self, states: usize, data: &Sequences) -> Result<HmmModel<E>, Error> {
        let (observed, needed) = (data.observed(), states);
        if observed < needed {
            return Err(Error::TooShort { needed, got: observed });
        }
        let chain = match &self.start {
            Start::Sticky => Chain::sticky(states),
            Start::Structure(initial, transitions) => {
                let chain = Chain::new(initial.clone(), transitions.clone())?;
                if chain.states() != states {
                    let found = chain.states();
                    return Err(Error::Shape { what: "initial", expected: states, found });
                }
                chain
            }
            Start::Model(model) => model.0.clone(),
        };
        let EmOptions { initial, transitions, emission, .. } = self.options;
        let parameters =
            usize::from(initial) * chain.free_initial() + usize::from(transitions) * chain.free_transitions();
        let outcome = with_states!(states, search::<_, E>(self, states, &chain, data))?;
        let parameters = parameters + usize::from(emission) * outcome.emission.parameters();
        let report = FitReport {
            criteria: Criteria::new(outcome.log_likelihood, parameters, observed),
            observed,
            iterations: outcome.iterations,
            evaluations: outcome.evaluations,
            termination: outcome.termination,
        };
        let Outcome { chain, emission, kept, .. } = outcome;
        if !matches!(self.start, Start::Sticky) {
            return Ok(HmmModel { running: Running::new(chain, emission), report, kept });
        }
        let mut order: Vec<usize> = (0..states).collect();
        order.sort_by(|a, b| emission.mean(*a).total_cmp(&emission.mean(*b)));
        let kept = order.iter().map(|k| kept[*k]).collect();
        let running = Running::new(chain.reordered(&order), emission.reordered(&order));
        Ok(HmmModel { running, report, kept })
    }
}

/// The best of all starts, carried on to the end.
fn search<const N: usize, E: Emission>(
    settings: &Hmm<E>,
    states: usize,
    chain: &Chain,
    data: &Sequences,
) -> Result<Outcome<E>, Error> {
    let mut options = settings.options;
    if !(options.initial || options.transitions || options.emission) {
        options.iterations = 0;
    }
    if let Start::Model(model) = &settings.start {
        let mut emission = model.1.clone();
        emission.prepare(&data.rows)?;
        let mut outcome = maximize::<N, E>(chain.clone(), emission, data, &options)?;
        if settings.options.iterations > 0 && options.iterations == 0 {
            outcome.termination = Termination::Given;
        }
        return Ok(outcome);
    }
    let mut family = settings.emission.with_states(states);
    family.prepare(&data.rows)?;
    let trial = EmOptions { iterations: options.iterations.min(TRIAL), ..options };
    let mut best: Option<Outcome<E>> = None;
    let mut refused = None;
    let mut evaluations = 0;
    let starts = if states == 1 { 1 } else { settings.starts };
    let ordered = matches!(settings.start, Start::Structure(..));
    for start in 0..starts {
        let emission = initial_values::start(&family, data, start, ordered, settings.seed);
        match maximize::<N, E>(chain.clone(), emission, data, &trial) {
            Ok(outcome) => {
                evaluations += outcome.evaluations;
                if best.as_ref().is_none_or(|best| outcome.better_than(best)) {
                    best = Some(outcome);
                }
            }
            Err(why) => refused = Some(why),
        }
    }
    let mut best = match (best, refused) {
        (Some(best), _) => best,
        (None, Some(why)) => return Err(why),
        (None, None) => return Err(Error::parameter("starts", "at least 1", starts)),
    };
    let left = options.iterations - best.iterations;
    if best.termination == Termination::IterationLimit && left > 0 {
        let rest = EmOptions { iterations: left, ..options };
        let iterations = best.iterations;
        best = maximize::<N, E>(best.chain, best.emission, data, &rest)?;
        evaluations += best.evaluations;
        best.iterations += iterations;
    }
    best.evaluations = evaluations;
    Ok(best)
}

impl<E: Emission> HmmModel<E> {
    /// Follows a sequence from its start.
    fn follow(&mut self, sequence: &[f64]) {
        self.running.reset();
        for row in sequence.chunks_exact(self.emission().dimension()) {
            self.running.update(row);
        }
    }
}

impl<E: Emission> Fit for Hmm<E> {
    type Fitted = HmmModel<E>;

    /// Fits to one sequence.
    fn fit(&self, history: &[f64]) -> Result<HmmModel<E>, Error> {
        self.fit_sequences(&[history])
    }
}
