//! The estimator.

use super::account::SparseArAccount;
use super::gram::Gram;
use super::model::SparseArModel;
use super::select::LagCriterion;
use super::{select, stability};
use evenkeel_core::{Error, Fit, LARGEST, Stage, observed};

/// The longest lag.
pub(super) const LONGEST: usize = 100_000;
/// The most lags.
pub(super) const MOST: usize = 2_000;

/// Autoregression on few lags, which may be very long: the value a minute, a day and a week ago.
///
/// Use it for series with long seasons (1440, 10080) and enough of them: the longest lag should fit at least twice into the history. It
/// is fitted in closed form, so it costs a fraction of any other model of such series, and it goes on online. Not for short
/// histories or a handful of cycles ([`Arima`](crate::Arima)), nor for a trend that goes on ([`difference`](Self::difference) first).
///
/// # Method
/// `z_t = c + Σ φ_l z_{t-l} + e_t` by least squares over all rows whose lagged values are there; the cross products of all candidates
/// come from one sum for each distinct difference of lags, exact at both ends. *Choice of lags*: forward, each time the candidate that takes most off the sum of squares, up to the least
/// AICc (C. M. Hurvich and C.-L. Tsai, Biometrika 76 (1989) 297-307, doi:10.1093/biomet/76.2.297). *Stationarity*: least squares does
/// not ensure it; if a root lies inside or on the unit circle, coefficients are multiplied by `(1 - s)^l` with the smallest `s` of
/// 1e-5, 4e-5, … that moves all outside (bandwidth expansion of linear prediction), so no forecast explodes.
///
/// # Parameters
/// Candidates: by default lags 1 to 24; [`lags`](Self::lags) and [`seasons`](Self::seasons) say others. Candidates longer than a third
/// of the history are left out. [`choose`](Self::choose), default true: whether among candidates the best are chosen; else all are
/// used. [`difference`](Self::difference), default 0: none. [`ridge`](Self::ridge), default 1e-6: hardly any.
///
/// # Missing data
/// What [`observed`] refuses is missing; rows that lack any lagged value are left out of the equations. In a stream it is replaced by its
/// forecast.
///
/// # Errors of `fit`
/// [`Error::Parameter`] if a lag or the difference is 0 or above 100,000, or there are more than 2,000 lags; [`Error::TooShort`] if fewer
/// than 10 values, or fewer than twice as many rows as coefficients, remain.
///
/// # Complexity
/// O(n D + m³) for D distinct differences of m lags; O(n m²) with gaps.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::SparseAr;
///
/// // Requests a minute over six days: a daily course that no polynomial describes, and a memory of a few minutes.
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

    /// Adds as candidates lags 1 to 26 and, for each season of s samples, s, its multiples up to 7 s, and the lags beside them.
    pub fn seasons(mut self, seasons: impl IntoIterator<Item = usize>) -> Self {
        self.seasons = seasons.into_iter().collect();
        self
    }

    /// Whether the best of the candidates are chosen (default), or all are used.
    pub fn choose(mut self, choose: bool) -> Self {
        self.choose = choose;
        self
    }

    /// By what the number of lags is chosen. Default [`LagCriterion::Aicc`].
    pub fn criterion(mut self, criterion: LagCriterion) -> Self {
        self.criterion = criterion;
        self
    }

    /// Models the differences `y_t - y_{t-s}`: 1 for a level that wanders, a season for a course that does. Default 0, no differences.
    pub fn difference(mut self, lag: usize) -> Self {
        self.difference = lag;
        self
    }

    /// How firmly coefficients are held at 0, in units of the mean sum of squares of a lagged value. Default 1e-6; in [0, 1e6].
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

    fn judge(&self) -> Result<(), Error> {
        for lag in self.lags.iter().chain(&self.seasons) {
            Error::require((1..=LONGEST).contains(lag), "lag", "from 1 to 100,000", lag)?;
        }
        Error::require(self.difference <= LONGEST, "difference", "at most 100,000", self.difference)?;
        let number = self.lags.len() + 50 * self.seasons.len();
        Error::require(number <= MOST, "lags", "at most 2,000 candidates", number)?;
        Error::require((0.0..=1e6).contains(&self.ridge), "ridge", "in [0, 1e6]", self.ridge)
    }
}

/// The candidates around a season: the nearest lags, and multiples of the season with the lags beside them.
pub(crate) fn dense_lags(season: usize) -> Vec<usize> {
    let near = if season > 1 { (season + 2).min(26) } else { 12 };
    (1..=near).chain(multiples(season, 1..=7)).filter(|lag| *lag > 0).collect()
}

/// A first choice of few lags: three nearest, and those around one, two and seven seasons.
pub(crate) fn few_lags(season: usize) -> Vec<usize> {
    (1..=3).chain(multiples(season, [1, 2, 7])).collect()
}

fn multiples(season: usize, times: impl IntoIterator<Item = usize>) -> impl Iterator<Item = usize> {
    times
        .into_iter()
        .filter(move |_| season > 1)
        .flat_map(move |k| (k * season).saturating_sub(1)..=k * season + 1)
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

impl Fit for SparseAr {
    type Fitted = SparseArModel;

    fn fit(&self, history: &[f64]) -> Result<SparseArModel, Error> {
        self.judge()?;
        let z = differences(history, self.difference);
        let seen = z.iter().filter(|x| !x.is_nan()).count();
        if seen < 10 {
            return Err(Error::TooShort { needed: 10 + self.difference, got: seen });
        }
        let lags = self.candidates(z.len());
        // Sums of squares must not overflow.
        let largest = z.iter().filter(|x| !x.is_nan()).fold(0.0, |most: f64, x| most.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let scaled: Vec<f64> = z.iter().map(|x| x / scale).collect();
        let short = |rows: usize| Error::TooShort { needed: 2 * lags.len().min(8) + 2, got: rows };
        let gram = Gram::new(&scaled, &lags).ok_or_else(|| short(0))?;
        // More coefficients than a third of the rows would be learnt by heart.
        let most = (gram.rows / 3).min(gram.lags());
        let used: Vec<usize> =
            if self.choose { select::forward(&gram, most, self.criterion) } else { (0..most).collect() };
        if gram.rows < 2 * used.len() + 2 {
            return Err(short(gram.rows));
        }
        let mut solution = gram.solve(&used, self.ridge)?;
        let lags_used: Vec<usize> = used.iter().map(|position| lags[*position]).collect();
        let unshrunk = solution.coefficients.clone();
        let shrinkage = stability::stabilize(&lags_used, &mut solution.coefficients);
        if shrinkage > 0.0 {
            // The mean stays where it was.
            for ((position, c), before) in used.iter().zip(&solution.coefficients).zip(&unshrunk) {
                solution.intercept += (before - c) * gram.means[position + 1];
            }
        }
        let (rows, k) = (gram.rows as f64, used.len() as f64);
        let variance = solution.rss / (rows - k - 1.0).max(1.0) * scale * scale;
        let likelihood_variance = (solution.rss / rows * scale * scale).max(f64::MIN_POSITIVE);
        let account = SparseArAccount {
            observations: gram.rows,
            candidates: lags.len(),
            log_likelihood: -0.5 * rows * ((std::f64::consts::TAU * likelihood_variance).ln() + 1.0),
            aicc: select::aicc(solution.rss, gram.rows, used.len()) + 2.0 * rows * scale.ln(),
            shrinkage,
        };
        let intercept = (solution.intercept * scale).clamp(-LARGEST, LARGEST);
        let sd = variance.sqrt().min(LARGEST);
        let mut model =
            SparseArModel::new(self.difference, intercept, lags_used, solution.coefficients, sd, account)?;
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}
