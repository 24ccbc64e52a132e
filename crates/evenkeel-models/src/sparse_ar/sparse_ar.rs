//! Sparse autoregression: the estimator.

use super::fitted::SparseArModel;
use super::gram::Gram;
use super::lag_selection::{LagCriterion, forward};
use super::lags::{LONGEST, MOST, dense_lags};
use super::stability;
use crate::fit::{Criteria, FitReport, Termination};
use crate::small_sample;
use evenkeel_core::{Error, Fit, LARGEST, Stage, observed};

/// Autoregression on few lags, which may be very long: the value a minute, a day and a week ago.
///
/// Use it for series with long seasons (1440, 10080) and enough of them: the longest lag should fit at least
/// twice into the history. It is fitted in closed form, so it costs a fraction of any other model of such
/// series, and it continues online. Not for short histories or a handful of cycles
/// ([`Arima`](crate::arima::Arima)), nor for a trend that goes on ([`difference`](Self::difference) first).
///
/// # Method
/// `z_t = c + Σ φ_l z_{t-l} + e_t` by least squares over all rows whose lagged values are there; the cross
/// products of all candidates come from one sum for each distinct difference of lags, exact at both ends.
/// *Choice of lags*: forward, each time the candidate that takes most off the sum of squares, up to the least
/// AICc (C. M. Hurvich and C.-L. Tsai, Biometrika 76 (1989) 297-307, doi:10.1093/biomet/76.2.297).
/// *Stationarity*: least squares does not ensure it; if a root lies inside or on the unit circle,
/// coefficients are multiplied by `(1 - s)^l` with the smallest `s` of 1e-5, 4e-5, … that moves all outside
/// (bandwidth expansion of linear prediction), so no forecast explodes. The variance is that of the errors of
/// what is left. If it is more than twice that of least squares, as on a series that grows by a factor a
/// step, the differences are modelled instead wherever they have the smaller errors. *Level*: where neither
/// lags nor seasons nor a difference are named, differences are modelled, too, if a sum of coefficients of 1
/// is not rejected at 5 % (Dickey and Fuller 1979, doi:10.1080/01621459.1979.10482531) and they cost no more
/// than a quarter of the one-step variance: a level that wanders is not drawn to its mean.
/// [`difference`](SparseArModel::difference) says what was modelled. *Intervals* at 95 % are those of
/// Student's t, and count that the coefficients are estimates; k lags chosen of m count as
/// `k (1 + ln(m / k))` (after the risk inflation of D. P. Foster and E. I. George, The Annals of Statistics
/// 22 (1994) 1947-1975, doi:10.1214/aos/1176325766). Rows begin after the longest candidate: where all of
/// them hold the same value, but what came before does not, the errors of that constant at all values count.
///
/// # Parameters
/// Candidates: by default lags 1 to 24; [`lags`](Self::lags) and [`seasons`](Self::seasons) say others.
/// Candidates longer than a third of the history are left out. [`choose`](Self::choose), default true:
/// whether among candidates the best are chosen; else all are used. [`difference`](Self::difference), default
/// 0: none. [`ridge`](Self::ridge), default 1e-6: hardly any.
///
/// # Missing data
/// What [`observed`] refuses is missing; rows that lack any lagged value are left out of the equations. In a
/// stream it is replaced by its forecast.
///
/// # Errors of `fit`
/// [`Error::Parameter`] if a lag or the difference is 0 or above 100,000, or there are more than 2,000 lags;
/// [`Error::TooShort`] if fewer than 10 values, or fewer than twice as many rows as coefficients, remain;
/// [`Error::Numerical`] for a series that grows by so large a factor a step (about 1.1 and more) that no
/// stationary model follows it, also of its differences: model its logarithms
/// ([`Transform::Logarithm`](crate::transformed::Transform::Logarithm)).
///
/// # Complexity
/// O(n D + m³) for D distinct differences of m lags; O(n m²) with gaps.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::SparseAr;
///
/// // Requests a minute over six days: a daily course that no polynomial describes, and a memory of a few
/// // minutes.
/// let course = |t: usize| 300.0 + if t % 1440 > 540 { 200.0 } else { 0.0 } + (t % 60) as f64;
/// let (mut excess, mut random) = (0.0, 1_u32);
/// let history: Vec<f64> = (0..6 * 1440)
///     .map(|t| {
///         random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///         excess = 0.8 * excess + f64::from(random >> 16) / 6553.6 - 5.0;
///         course(t) + excess
///     })
///     .collect();
///
/// let model = SparseAr::new().seasons([1440]).fit(&history)?;
/// assert!(model.lags().contains(&1440));
/// let mut day = vec![Prediction::default(); 1440];
/// assert!(model.forecast_into(&mut day));
/// let noon = &day[720];
/// assert!((noon.mean() - course(history.len() + 720)).abs() < 30.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct SparseAr {
    lags: Vec<usize>,
    seasons: Vec<usize>,
    choose: bool,
    criterion: LagCriterion,
    difference: usize,
    ridge: f64,
}

impl Default for SparseAr {
    fn default() -> Self {
        Self {
            lags: Vec::new(),
            seasons: Vec::new(),
            choose: true,
            criterion: LagCriterion::Aicc,
            difference: 0,
            ridge: 1e-6,
        }
    }
}

impl SparseAr {
    /// With lags chosen among 1 to 24.
    pub fn new() -> Self {
        Self::default()
    }

    /// These candidates, in samples, and no others unless [`seasons`](Self::seasons) adds some.
    pub fn lags(mut self, lags: impl IntoIterator<Item = usize>) -> Self {
        self.lags = lags.into_iter().collect();
        self
    }

    /// Adds as candidates lags 1 to 26 and, for each season of s samples, s, its multiples up to 7 s, and the
    /// lags beside them.
    pub fn seasons(mut self, seasons: impl IntoIterator<Item = usize>) -> Self {
        self.seasons = seasons.into_iter().collect();
        self
    }

    /// Whether the best candidates are selected (default), or all are used.
    pub fn choose(mut self, choose: bool) -> Self {
        self.choose = choose;
        self
    }

    /// The criterion that chooses the number of lags. Default [`LagCriterion::Aicc`].
    pub fn criterion(mut self, criterion: LagCriterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Models the differences `y_t - y_{t-s}`: 1 for a level that wanders, a season for a course that does.
    /// Default 0, no differences.
    pub fn difference(mut self, lag: usize) -> Self {
        self.difference = lag;
        self
    }

    /// The ridge penalty on the coefficients, in units of the mean sum of squares of a lagged value. Default
    /// 1e-6; in [0, 1e6].
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.ridge = ridge;
        self
    }

    fn candidates(&self, n: usize) -> Vec<usize> {
        let mut all = self.lags.clone();
        for season in &self.seasons {
            all.extend(dense_lags(*season));
        }
        if self.lags.is_empty() && self.seasons.is_empty() {
            all.extend(1..=24);
        }
        all.retain(|lag| *lag <= n / 3);
        all.sort_unstable();
        all.dedup();
        all
    }

    fn check(&self) -> Result<(), Error> {
        for lag in self.lags.iter().chain(&self.seasons) {
            Error::require((1..=LONGEST).contains(lag), "lag", "from 1 to 100,000", lag)?;
        }
        Error::require(self.difference <= LONGEST, "difference", "at most 100,000", self.difference)?;
        let number = self.lags.len() + 50 * self.seasons.len();
        Error::require(number <= MOST, "lags", "at most 2,000 candidates", number)?;
        Error::require((0.0..=1e6).contains(&self.ridge), "ridge", "in [0, 1e6]", self.ridge)
    }
}

/// The history as it is modelled: missing values are NaN, differences are taken.
pub(super) fn differences(history: &[f64], lag: usize) -> Vec<f64> {
    let value = |t: usize| observed(history[t]).unwrap_or(f64::NAN);
    if lag == 0 {
        (0..history.len()).map(value).collect()
    } else {
        (lag..history.len()).map(|t| value(t) - value(t - lag)).collect()
    }
}

/// A least-squares solution, made stationary, on the values or on their differences.
struct Solved {
    difference: usize,
    lags: Vec<usize>,
    coefficients: Vec<f64>,
    intercept: f64,
    /// Of the one-step errors of these coefficients, in squared units of the data.
    variance: f64,
    /// The same before the coefficients were shrunk.
    unshrunk: f64,
    /// Of the values that were fitted.
    total: f64,
    /// How many standard errors the sum of the coefficients, unshrunk, is below 1.
    below_one: f64,
    report: FitReport,
    candidates: usize,
    shrinkage: f64,
}

/// A shrinkage that multiplies the one-step variance by more than this has made another model of what was
/// fitted.
const DETERIORATED: f64 = 2.0;
/// Tests at 5 % do not take a sum of coefficients for below 1 if it is so by fewer standard errors (D. A.
/// Dickey and W. A. Fuller, Journal of the American Statistical Association 74 (1979) 427-431,
/// doi:10.1080/01621459.1979.10482531; with a constant, 50 values).
const UNIT_ROOT: f64 = 2.93;
/// Differences are modelled if they cost no more than this part of the one-step variance.
const DEARER: f64 = 1.25;
/// One-step errors of more than this part of the steps themselves say that the steps are not followed.
const FOLLOWED: f64 = 0.1;

/// Rows whose values vary by less than this part of what all values do are constant but for rounding.
const CONSTANT: f64 = 1e-12;

/// The mean square of what the values deviate from a constant by, one degree of freedom less.
fn around(values: &[f64], constant: f64) -> f64 {
    let seen = || values.iter().filter(|x| !x.is_nan());
    seen().map(|x| (x - constant).powi(2)).sum::<f64>() / (seen().count() as f64 - 1.0).max(1.0)
}

impl SparseAr {
    fn solve(&self, history: &[f64], difference: usize, least: bool) -> Result<Solved, Error> {
        let z = differences(history, difference);
        let seen = z.iter().filter(|x| !x.is_nan()).count();
        if seen < 10 {
            return Err(Error::TooShort { needed: 10 + difference, got: seen });
        }
        let lags = self.candidates(z.len());
        // Sums of squares must not overflow.
        let largest = z.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let scaled: Vec<f64> = z.iter().map(|x| x / scale).collect();
        let short = |rows: usize| Error::TooShort { needed: 2 * lags.len().min(8) + 2, got: rows };
        let gram = Gram::new(&scaled, &lags).ok_or_else(|| short(0))?;
        // More coefficients than a third of the rows would overfit.
        let most = (gram.rows / 3).min(gram.lags());
        let used: Vec<usize> =
            if self.choose { forward(&gram, most, self.criterion) } else { (0..most).collect() };
        if gram.rows < 2 * used.len() + 2 {
            return Err(short(gram.rows));
        }
        let mut solution = gram.solve(&used, self.ridge)?;
        let lags_used: Vec<usize> = used.iter().map(|position| lags[*position]).collect();
        let unshrunk = solution.coefficients.clone();
        let shrinkage = if least {
            stability::stabilize_least(&lags_used, &mut solution.coefficients)
        } else {
            stability::stabilize(&lags_used, &mut solution.coefficients)
        };
        let (rows, k) = (gram.rows as f64, used.len() as f64);
        let mut rss = solution.rss;
        if shrinkage > 0.0 {
            // The mean stays where it was.
            for ((position, c), before) in used.iter().zip(&solution.coefficients).zip(&unshrunk) {
                solution.intercept += (before - c) * gram.means[position + 1];
            }
            rss = gram.squares(&used, &solution.coefficients);
        }
        let all = around(&scaled, gram.means[0]);
        let mut total = gram.sums[0] / rows;
        let mut least_variance = 0.0;
        if total <= CONSTANT * all {
            // The rows begin after the longest lag, and say nothing of what varied before.
            (total, least_variance) = (all, all);
        }
        let of = |rss: f64| (rss / (rows - k - 1.0).max(1.0)).max(least_variance) * scale * scale;
        let likelihood_variance = (solution.rss / rows * scale * scale).max(f64::MIN_POSITIVE);
        let sum: f64 = unshrunk.iter().sum();
        let error = (gram.spread_of_sum(&used, self.ridge) * solution.rss / (rows - k - 1.0).max(1.0)).sqrt();
        let log_likelihood = -0.5 * rows * ((std::f64::consts::TAU * likelihood_variance).ln() + 1.0);
        Ok(Solved {
            difference,
            report: FitReport {
                criteria: Criteria::new(log_likelihood, used.len() + 2, gram.rows),
                observed: gram.rows,
                iterations: 0,
                evaluations: 0,
                termination: Termination::ClosedForm,
            },
            candidates: lags.len(),
            shrinkage,
            lags: lags_used,
            coefficients: solution.coefficients,
            intercept: (solution.intercept * scale).clamp(-LARGEST, LARGEST),
            variance: of(rss),
            total: total * scale * scale,
            unshrunk: of(solution.rss),
            below_one: (1.0 - sum) / error,
        })
    }

    /// The values or their differences, whichever a stationary autoregression follows.
    fn choose_level(&self, history: &[f64]) -> Result<Solved, Error> {
        let mut found = self.solve(history, self.difference, false)?;
        let mut exact = found.unshrunk;
        let deteriorated = |of: &Solved| of.shrinkage > 0.0 && of.variance > DETERIORATED * of.unshrunk;
        if deteriorated(&found) {
            let mut others = vec![self.solve(history, self.difference, true)];
            if self.difference == 0 {
                others.push(self.solve(history, 1, true));
            }
            for other in others.into_iter().flatten() {
                exact = exact.min(other.unshrunk);
                if other.variance < found.variance {
                    found = other;
                }
            }
            // What remains is exponential growth, which no stationary model follows, not even one of the
            // differences.
            let step = mean_square_step(history);
            if deteriorated(&found)
                && found.variance > FOLLOWED * FOLLOWED * step
                && exact < FOLLOWED * FOLLOWED * found.variance
            {
                return Err(Error::Numerical {
                    what: "the series grows by a factor a step, which no stationary autoregression does: model its logarithms",
                });
            }
        } else if self.difference == 0 && self.lags.is_empty() && self.seasons.is_empty() {
            // Without given lags or seasons, a random-walk level is modelled as such: least squares would
            // draw it to the mean.
            if found.below_one < UNIT_ROOT
                && let Ok(other) = self.solve(history, 1, false)
                && other.variance <= DEARER * found.variance
            {
                found = other;
            }
        }
        Ok(found)
    }
}

/// The mean square of the steps from value to value.
fn mean_square_step(history: &[f64]) -> f64 {
    let steps = differences(history, 1);
    let seen = || steps.iter().filter(|x| !x.is_nan());
    let count = seen().count().max(1) as f64;
    seen().map(|x| x * x / count).sum()
}

impl Fit for SparseAr {
    type Fitted = SparseArModel;

    fn fit(&self, history: &[f64]) -> Result<SparseArModel, Error> {
        self.check()?;
        let found = self.choose_level(history)?;
        let (rows, k) = (found.report.observed as f64, found.lags.len() as f64);
        let mut spent = k;
        if self.choose && k > 0.0 {
            // The best of m takes off 2 ln m where it explains nothing, not 1.
            spent = (k * (1.0 + (found.candidates as f64 / k).ln())).min(0.5 * (rows + k));
        }
        let left = (rows - spent - 1.0).max(1.0);
        // With hardly a degree of freedom left the errors say nothing: each coefficient counts as much
        // variance as a value.
        let least = if left < 5.0 { found.total * spent / rows } else { 0.0 };
        let variance = (found.variance * (rows - k - 1.0).max(1.0) / left).max(least);
        let sd = variance.sqrt() * small_sample::widening(left, k + 1.0, rows);
        let mut model = SparseArModel::new(
            found.difference,
            found.intercept,
            found.lags,
            found.coefficients,
            sd.min(LARGEST),
            (found.report, found.candidates, found.shrinkage),
        )?;
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}
