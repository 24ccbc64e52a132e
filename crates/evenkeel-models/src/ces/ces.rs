//! Complex exponential smoothing of a given kind: the estimator.

use super::fitted::CesModel;
use super::initial_states::initial_states;
use super::kind::{CesKind, check_period};
use super::parameter_space::{FIXED, LONGEST_SEARCHED, ParameterSpace, STARTS, STEEP};
use super::recursion::Pass;
use crate::bfgs::{Bfgs, BfgsOptions};
use crate::count::as_f64;
use crate::fit::{Criteria, FitReport, Termination};
use crate::seasonal_indices::filled;
use crate::small_sample;
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};

const ROUNDING: f64 = 1e-26;
const MOST: usize = 300;
const ENOUGH: f64 = 2e-7;

/// Complex exponential smoothing: level and trend are the real and the imaginary part of one state that is
/// smoothed with a complex parameter.
///
/// Use it where it is not clear whether a series has a trend: it covers stationary and trending series
/// without a choice of form.
///
/// # Criteria
/// In the [`report`](CesModel::report), k counts the real numbers of parameters and starting states, and the
/// variance.
///
/// # Method
/// Svetunkov, Kourentzes and Ord (2022, doi:10.1002/nav.22074). Parameters and starting states maximize the
/// Gaussian likelihood, by BFGS on the exact gradient. Deviations: the states are those of deviations from
/// the mean of the history, so that a constant added to all values is added to all forecasts (the published
/// states have a fixed point only at 0); only parameters whose forecasts stay bounded are searched (alpha1 at
/// most 1), and errors have to die out; the starting states of a season longer than 24 are not searched for.
///
/// # Parameters
/// - `kind`; `period` of the season, in samples, 1 to 10,000, for kinds with a season at least 2.
///
/// # Missing data
/// What [`observed`] refuses is missing: states go on as predicted, and the uncertainty grows with the gap
/// until the next value.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period out of range; [`Error::TooShort`] for fewer observed values than
/// parameters and 2 more, or than two periods; [`Error::Numerical`] if no start has a likelihood.
///
/// # Complexity
/// O(n + period) an evaluation with its gradient, of which there are dozens to some hundreds for each start,
/// up to five starts; up to period 24 two periods of them more each time that the curvature is measured. For
/// a full season a few of them may be O(period²).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::ces::{Ces, CesKind};
///
/// let history: Vec<f64> = (0..60).map(|t| 20.0 + f64::from(t * 37 % 11) / 5.0).collect();
/// let model = Ces::new(CesKind::None, 1).fit(&history)?;
/// let mut ahead = [Prediction::default(); 10];
/// assert!(model.forecast_into(&mut ahead));
/// assert!((ahead[9].mean() - 21.0).abs() < 1.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Ces {
    kind: CesKind,
    period: usize,
}

impl Ces {
    /// For a series with a season of this period, or none.
    pub fn new(kind: CesKind, period: usize) -> Self {
        Self { kind, period }
    }
}

impl Fit for Ces {
    type Fitted = CesModel;

    fn fit(&self, history: &[f64]) -> Result<CesModel, Error> {
        self.fit_beside(history, f64::INFINITY)
    }
}

impl Ces {
    /// A fit that gives up going on along the border where that would leave it far behind this criterion.
    pub(super) fn fit_beside(&self, history: &[f64], best_aicc: f64) -> Result<CesModel, Error> {
        let (kind, period) = (self.kind, self.period);
        check_period(period)?;
        if kind != CesKind::None {
            Error::require(period >= 2, "period", "at least 2 for a kind with a season", period)?;
        }
        let count = history.iter().filter(|x| observed(**x).is_some()).count();
        let needed = (kind.parameters(period) + 2).max(if kind == CesKind::None { 0 } else { 2 * period });
        if count < needed {
            return Err(Error::TooShort { needed, got: count });
        }
        let n = as_f64(count);
        let center = history.iter().copied().filter_map(observed).map(|x| x / n).sum::<f64>();
        let deviations = || history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| x - center));
        let (largest, size) = history
            .iter()
            .zip(deviations())
            .filter(|(_, d)| !d.is_nan())
            .fold((0.0, 0.0), |(most, size): (f64, f64), (x, d)| (most.max(d.abs()), size.max(x.abs())));
        // What is smaller than the rounding of the values is no deviation.
        let scale = if largest > 8.0 * f64::EPSILON * size { largest } else { size.max(f64::MIN_POSITIVE) };
        let y: Vec<f64> = deviations().map(|d| d / scale).collect();
        let origin = initial_states(kind, period, &filled(&y))
            .ok_or(Error::Numerical { what: "the seasonal indices are not finite" })?;
        let search =
            ParameterSpace { kind, period, origin: origin.clone(), searched: period <= LONGEST_SEARCHED };
        let mut pass = Pass::new(kind, y.len());
        let (mut at, mut pull) = (origin.clone(), origin);
        let mut evaluations = 0;
        let mut objective = |x: &[f64], slope: &mut [f64]| {
            search.parameters(x, &mut at);
            if !at.is_admissible(kind, period) {
                return None;
            }
            evaluations += 1;
            let squares = pass.forward(&y, &at)?.max(1e-30 * n);
            pass.backward(&y, &at, 2.0 * n / squares, &mut pull);
            search.pull_back(x, &pull, slope);
            Some(n * squares.ln())
        };
        let options = BfgsOptions { careful: search.smoothing(), longest: 1.0, fresh: 40 };
        let mut best: Option<Bfgs> = None;
        // Not a starting point for a search, but where a constant series stands still.
        let still = Bfgs::new(search.point([1.3, 1.0, 0.1, 0.995]), options, &mut objective);
        let still = still.filter(|run| run.value <= n * (ROUNDING * n).ln());
        // Without a season starts cost little, and a few values have several maxima, some at the edge of what
        // is admissible.
        let more: &[[f64; 4]] = match kind {
            CesKind::None => &[STEEP],
            CesKind::Partial if !search.searched => &FIXED,
            _ => &[],
        };
        for start in STARTS.into_iter().chain(more.iter().copied()) {
            if still.is_some() {
                best.clone_from(&still);
                break;
            }
            let Some(mut run) = Bfgs::new(search.point(start), options, &mut objective) else {
                continue;
            };
            // Where nothing is left to explain there is nothing to search for.
            if run.value > n * (ROUNDING * n).ln() {
                run.run(MOST, ENOUGH, &mut objective);
            }
            if best.as_ref().is_none_or(|best| run.value < best.value) {
                best = Some(run);
            }
        }
        let mut run =
            best.ok_or(Error::Numerical { what: "the likelihood is not finite at any starting point" })?;
        let safe = search.point(STARTS[0]);
        let parameters = as_f64(kind.parameters(period));
        let constants = n * ((core::f64::consts::TAU / n).ln() + 1.0) + 2.0 * n * scale.ln();
        for _ in 0..ROUNDS {
            let before = run.value;
            let aicc = before + constants + corrected(parameters, n);
            for by in PULLED {
                // A search that ended inside the admissible region is done.
                let stands = run.termination == Termination::Converged
                    || kind == CesKind::None
                    || still.is_some()
                    || search.searched;
                if stands || aicc > best_aicc + HOPELESS {
                    break;
                }
                let mut from = run.x.clone();
                let smoothing = search.smoothing();
                from[..smoothing].iter_mut().zip(&safe).for_each(|(x, safe)| *x += by * (safe - *x));
                if let Some(mut other) = Bfgs::new(from, options, &mut objective) {
                    other.run(MOST, ENOUGH, &mut objective);
                    if other.value < run.value {
                        run = other;
                    }
                }
            }
            if before - run.value < WORTH {
                break;
            }
        }
        search.parameters(&run.x, &mut at);
        let squares = pass
            .forward(&y, &at)
            .ok_or(Error::Numerical { what: "the likelihood is not finite at the optimum" })?;
        let exact = squares < ROUNDING * n;
        let k = kind.parameters(period);
        let log_likelihood = if exact {
            f64::INFINITY
        } else {
            -0.5 * n * ((core::f64::consts::TAU * squares / n).ln() + 1.0) - n * scale.ln()
        };
        let report = FitReport {
            criteria: Criteria::new(log_likelihood, k, count),
            observed: count,
            iterations: run.iterations,
            evaluations,
            termination: if exact { Termination::Exact } else { run.termination },
        };
        let searched_season = search.searched && kind != CesKind::None;
        // Unbiased for a regression with as many coefficients; there are at least two values more.
        let sigma = if exact { 0.0 } else { (squares / (n - as_f64(k) + 1.0)).sqrt() * scale };
        for state in at.level.iter_mut().chain(&mut at.season) {
            *state = state.map(|x| x * scale);
        }
        let widening = small_sample::widening(n - as_f64(k) + 1.0, as_f64(k) - 1.0, n);
        let mut model =
            CesModel::new(kind, period, at, sigma, (center, widening), (report, searched_season))?;
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}

/// A search that ends at the border of what is admissible ends where it met it. From a little way inside,
/// towards a safe start, it goes on along the border, as long as that gains something, in -2 log-likelihood.
/// Only with long seasons, whose states are not searched for: few numbers are left to go along with.
const PULLED: [f64; 2] = [0.3, 0.03];
const ROUNDS: usize = 4;
const WORTH: f64 = 0.02;
/// A kind that is this far behind another is not worth that: what it gained where it was tried was below 150.
const HOPELESS: f64 = 300.0;

/// What k parameters cost of n values in the corrected criterion.
fn corrected(k: f64, n: f64) -> f64 {
    let left = n - k - 1.0;
    2.0 * k + if left > 0.0 { 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
}
