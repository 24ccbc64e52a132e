//! The estimator.

use super::account::{CesAccount, CesStop, corrected};
use super::model::CesModel;
use super::parameters::Parameters;
use super::recursion::Pass;
use crate::minimize::{Descent, End, Manner};
use crate::small_sample;
use crate::smoothing::classical::{figure, filled, whole};
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};

/// How the season enters complex smoothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CesKind {
    /// Not at all.
    None,
    /// Each phase of the season is a series of its own.
    Simple,
    /// Added to the level, as a real number a phase.
    Partial,
    /// Added to the level, as a complex number a phase.
    Full,
}

impl CesKind {
    const ALL: [Self; 4] = [Self::None, Self::Simple, Self::Partial, Self::Full];

    /// Numbers that are estimated, with the variance.
    fn parameters(self, period: usize) -> usize {
        match self {
            Self::None => 2 + 2 + 1,
            Self::Simple => 2 + 2 * period + 1,
            Self::Partial => 3 + 2 + period + 1,
            Self::Full => 4 + 2 + 2 * period + 1,
        }
    }
}

/// The longest period.
pub(super) const LONGEST: usize = 10_000;
/// Seasons that are longer take their starting states from moving averages.
const LONGEST_SEARCHED: usize = 24;
const ROUNDING: f64 = 1e-26;
const MOST: usize = 300;
const ENOUGH: f64 = 2e-7;

/// Complex exponential smoothing: level and trend are one thing, the real and the imaginary part of a state that is smoothed with a
/// complex parameter.
///
/// Use it where it is not clear whether a series has a trend: it slides from stationary to trending without a choice of form.
///
/// # Method
/// Svetunkov, Kourentzes and Ord (2022, doi:10.1002/nav.22074). Parameters and starting states maximize the Gaussian likelihood, by
/// BFGS on the exact gradient. Deviations: the states are those of deviations from the mean of the history, so that a constant added
/// to all values is added to all forecasts (the published states have a fixed point only at 0); only parameters whose forecasts stay bounded are searched (alpha1 at most 1), and errors have to
/// die out; the starting states of a season longer than 24 are not searched for.
///
/// # Parameters
/// - `kind`; `period` of the season, in samples, 1 to 10,000, for kinds with a season at least 2.
///
/// # Missing data
/// What [`observed`] refuses is missing: states go on as predicted, and the uncertainty grows with the gap until the next value.
///
/// # Errors of `fit`
/// [`Error::Parameter`] for a period out of range; [`Error::TooShort`] for fewer observed values than parameters and 2 more, or than two
/// periods; [`Error::Numerical`] if no start has a likelihood.
///
/// # Complexity
/// O(n + period) an evaluation with its gradient, of which there are dozens to some hundreds for each start, up to five starts; up to
/// period 24 two periods of them more each time that the curvature is measured. For a full season a few of them may be O(period²).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::{Ces, CesKind};
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
    fn fit_beside(&self, history: &[f64], best_aicc: f64) -> Result<CesModel, Error> {
        let (kind, period) = (self.kind, self.period);
        judge_period(period)?;
        if kind != CesKind::None {
            Error::require(period >= 2, "period", "at least 2 for a kind with season", period)?;
        }
        let count = history.iter().filter(|x| observed(**x).is_some()).count();
        let needed = (kind.parameters(period) + 2).max(if kind == CesKind::None { 0 } else { 2 * period });
        if count < needed {
            return Err(Error::TooShort { needed, got: count });
        }
        let n = whole(count);
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
        let origin =
            initial(kind, period, &filled(&y)).ok_or(Error::Numerical { what: "the season has no start" })?;
        let search = Search { kind, period, origin: origin.clone(), searched: period <= LONGEST_SEARCHED };
        let mut pass = Pass::new(kind, y.len());
        let (mut at, mut pull) = (origin.clone(), origin);
        let mut evaluations = 0_u32;
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
        let manner = Manner { careful: search.smoothing(), longest: 1.0, fresh: 40 };
        let mut best: Option<Descent> = None;
        // A start that is no start for a search, but where a constant stands still.
        let still = Descent::new(search.point([1.3, 1.0, 0.1, 0.995]), manner, &mut objective);
        let still = still.filter(|run| run.value <= n * (ROUNDING * n).ln());
        // Without a season starts cost little, and a few values have several maxima, some at the edge of what is admissible.
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
            let Some(mut run) = Descent::new(search.point(start), manner, &mut objective) else {
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
        let mut run = best.ok_or(Error::Numerical { what: "no start has a likelihood" })?;
        let safe = search.point(STARTS[0]);
        let parameters = whole(kind.parameters(period));
        let constants = n * ((core::f64::consts::TAU / n).ln() + 1.0) + 2.0 * n * scale.ln();
        for _ in 0..ROUNDS {
            let before = run.value;
            let aicc = before + constants + corrected(parameters, n);
            for by in PULLED {
                // What stands still inside stands well.
                let stands =
                    run.end == End::Converged || kind == CesKind::None || still.is_some() || search.searched;
                if stands || aicc > best_aicc + HOPELESS {
                    break;
                }
                let mut from = run.x.clone();
                let smoothing = search.smoothing();
                from[..smoothing].iter_mut().zip(&safe).for_each(|(x, safe)| *x += by * (safe - *x));
                if let Some(mut other) = Descent::new(from, manner, &mut objective) {
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
        let squares =
            pass.forward(&y, &at).ok_or(Error::Numerical { what: "the optimum has no likelihood" })?;
        let exact = squares < ROUNDING * n;
        let k = kind.parameters(period);
        let account = CesAccount {
            log_likelihood: if exact {
                f64::INFINITY
            } else {
                -0.5 * n * ((core::f64::consts::TAU * squares / n).ln() + 1.0) - n * scale.ln()
            },
            parameters: u32::try_from(k).unwrap_or(u32::MAX),
            observed: u64::try_from(count).unwrap_or(u64::MAX),
            iterations: u32::try_from(run.iterations).unwrap_or(u32::MAX),
            evaluations,
            stop: match run.end {
                _ if exact => CesStop::Exact,
                End::Converged => CesStop::Converged,
                End::Flat => CesStop::Flat,
                End::Iterations => CesStop::Iterations,
            },
            searched_season: search.searched && kind != CesKind::None,
        };
        // Unbiased for a regression with as many coefficients; there are at least two values more.
        let sigma = if exact { 0.0 } else { (squares / (n - whole(k) + 1.0)).sqrt() * scale };
        for state in at.level.iter_mut().chain(&mut at.season) {
            *state = state.map(|x| x * scale);
        }
        let widening = small_sample::widening(n - whole(k) + 1.0, whole(k) - 1.0, n);
        let mut model = CesModel::new(kind, period, at, sigma, (center, widening), account)?;
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}

pub(super) fn judge_period(period: usize) -> Result<(), Error> {
    Error::require((1..=LONGEST).contains(&period), "period", "in 1..=10000", period)
}

/// A search that ends at the border of what is admissible ends where it met it. From a little way inside, towards a safe start, it goes on
/// along the border, as long as that gains something, in -2 log-likelihood. Only with long seasons, whose states are not searched for: few
/// numbers are left to go along with.
const PULLED: [f64; 2] = [0.3, 0.03];
const ROUNDS: usize = 4;
const WORTH: f64 = 0.02;
/// A kind that is this far behind another is not worth that: what it gained where it was tried was below 150.
const HOPELESS: f64 = 300.0;

/// Complex parameters of level and season that the search starts from.
const STARTS: [[f64; 4]; 3] = [[1.3, 0.995, 0.1, 0.995], [0.5, 0.9, 0.05, 0.9], [1.0, 0.6, 1.3, 0.99]];

/// One more, where level and potential take nearly all of a surprise.
const STEEP: [f64; 4] = [1.9, 0.995, 0.1, 0.995];

/// Two more for long seasons, where the season hardly changes: from a season that learns fast, the border of what is admissible is in the
/// way there.
const FIXED: [[f64; 4]; 2] = [[1.5, 0.995, 1e-3, 0.995], [1.95, 0.998, 1e-3, 0.995]];

/// States before the first value.
fn initial(kind: CesKind, period: usize, filled: &[f64]) -> Option<Parameters> {
    let first = filled.len().min(if kind == CesKind::None { 10 } else { period.max(10) });
    let mean = filled[..first].iter().sum::<f64>() / whole(first);
    // The potential is a smoothed level, too.
    let pair = |x: f64| [x, x / 1.3];
    let (mut level, mut season) = (vec![pair(mean)], Vec::new());
    match kind {
        CesKind::None => {}
        CesKind::Simple => level = filled[..period].iter().map(|y| pair(*y)).collect(),
        CesKind::Partial => season = figure(filled, period, false)?.into_iter().map(|s| [s, 0.0]).collect(),
        CesKind::Full => season = figure(filled, period, false)?.into_iter().map(pair).collect(),
    }
    Some(Parameters { alpha: [0.0; 2], beta: [0.0; 2], level, season })
}

/// Unconstrained numbers: real parts as they are, imaginary ones as 1 less a square, states as deviations from where they start.
struct Search {
    kind: CesKind,
    period: usize,
    origin: Parameters,
    searched: bool,
}

impl Search {
    fn smoothing(&self) -> usize {
        match self.kind {
            CesKind::None | CesKind::Simple => 2,
            CesKind::Partial => 3,
            CesKind::Full => 4,
        }
    }

    fn point(&self, start: [f64; 4]) -> Vec<f64> {
        let root = |x: f64| (1.0 - x).max(0.0).sqrt();
        let start = if self.kind == CesKind::Full && start[2] < 1.0 {
            [start[0], start[1], 1.3, 0.995]
        } else {
            start
        };
        let real = if self.kind == CesKind::Full { start[2] } else { start[2].min(0.1) };
        let mut x = vec![start[0], root(start[1]), real, root(start[3])];
        x.truncate(self.smoothing());
        let levels = if self.kind == CesKind::Simple && !self.searched { 0 } else { self.origin.level.len() };
        let seasons = match self.kind {
            CesKind::Partial if self.searched => self.period,
            CesKind::Full if self.searched => 2 * self.period,
            _ => 0,
        };
        x.resize(x.len() + 2 * levels + seasons, 0.0);
        x
    }

    fn parameters(&self, x: &[f64], out: &mut Parameters) {
        let k = self.smoothing();
        out.alpha = [x[0], 1.0 - x[1] * x[1]];
        out.beta = [
            x.get(2).copied().filter(|_| k > 2).unwrap_or(0.0),
            x.get(3).filter(|_| k > 3).map_or(0.0, |v| 1.0 - v * v),
        ];
        let mut rest = x[k..].iter();
        let mut moved = |from: f64| from + 0.1 * rest.next().unwrap_or(&0.0);
        for (out, from) in out.level.iter_mut().zip(&self.origin.level) {
            *out = [moved(from[0]), moved(from[1])];
        }
        for (out, from) in out.season.iter_mut().zip(&self.origin.season) {
            *out = if self.kind == CesKind::Full {
                [moved(from[0]), moved(from[1])]
            } else {
                [moved(from[0]), 0.0]
            };
        }
    }

    fn pull_back(&self, x: &[f64], by: &Parameters, out: &mut [f64]) {
        let k = self.smoothing();
        (out[0], out[1]) = (by.alpha[0], -2.0 * x[1] * by.alpha[1]);
        if k > 2 {
            out[2] = by.beta[0];
        }
        if k > 3 {
            out[3] = -2.0 * x[3] * by.beta[1];
        }
        let width = if self.kind == CesKind::Full { 2 } else { 1 };
        let states = by.level.iter().flatten().chain(by.season.iter().flat_map(|s| &s[..width]));
        for (out, by) in out[k..].iter_mut().zip(states) {
            *out = 0.1 * by;
        }
    }
}

/// Complex exponential smoothing whose kind is chosen by the corrected criterion of Akaike.
///
/// What it costs is up to four fits of [`Ces`], which see for method, missing data and errors; kinds with a season are left out at
/// period 1 and where the history is too short for them.
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::{AutoCes, CesKind};
///
/// let history: Vec<f64> = (0..96).map(|t| 20.0 + 5.0 * f64::from(t % 12 / 6) + f64::from(t * 37 % 11) / 5.0).collect();
/// assert_ne!(AutoCes::new(12).fit(&history)?.kind(), CesKind::None);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct AutoCes {
    period: usize,
}

impl AutoCes {
    /// For a series with a season of this period, or none.
    pub fn new(period: usize) -> Self {
        Self { period }
    }
}

impl Fit for AutoCes {
    type Fitted = CesModel;

    fn fit(&self, history: &[f64]) -> Result<CesModel, Error> {
        judge_period(self.period)?;
        let mut best = Ces::new(CesKind::None, self.period).fit(history)?;
        if self.period < 2 {
            return Ok(best);
        }
        for kind in &CesKind::ALL[1..] {
            match Ces::new(*kind, self.period).fit_beside(history, best.account().aicc()) {
                Ok(model) if model.account().aicc() < best.account().aicc() => best = model,
                Ok(_) | Err(Error::TooShort { .. } | Error::Numerical { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(best)
    }
}
