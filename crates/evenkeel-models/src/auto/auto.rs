//! The automatic forecaster: the estimator.

use super::candidate::{Candidate, Member};
use super::fitted::AutoModel;
use super::report::{AutoMember, AutoReport};
use super::seasons::Seasons;
use super::side_of_zero::Side;
use super::validation::{Trial, combined, origins, validate, weights};
use crate::ensemble::{Combination, Ensemble};
use crate::fit::Effort;
use evenkeel_core::{Error, Fit, Forecaster, Prediction, observed};

/// A forecaster that needs nothing but a series: it finds seasons, fits suitable models, weights them by past
/// errors, and reports why.
///
/// Use it as a first choice, and for thousands of series of all sorts. A model chosen by somebody who knows
/// the series may be better; compare them with [`Backtest`](crate::backtest::Backtest).
///
/// # Method
/// *Candidates*: autoregressions on long lags ([`SparseAr`](crate::sparse_ar::SparseAr)) of values, square
/// roots and logarithms, where those exist; of each the plain one on few and on many lags, those of
/// differences over the shortest and the longest season, and one of what is left when the mean course of the
/// longest season is taken off. For histories that are short, exponential smoothing and its kin. *Weights*:
/// each is fitted to the beginning of the history and forecasts what follows, from [`Effort`]'s number of
/// origins, one horizon apart; it weighs as the inverse square of its mean absolute error (J. M. Bates and C.
/// W. J. Granger, Operational Research Quarterly 20 (1969) 451-468, doi:10.1057/jors.1969.103), families
/// first, members within a family then. *Combination*: the mean of the middle half of the weight at each
/// horizon ([`Combination::MiddleHalf`](crate::ensemble::Combination)), so that no single model can spoil the
/// forecast. *Intervals*: from the members' own and their disagreement, times one factor: with a hundred
/// errors at the origins and more such that the 95 % intervals would have held there (conformal, with the
/// correction for a finite sample); with fewer from their mean square in units of what was stated, drawn
/// towards 1. An error counts in units of the larger of what was stated at the origin and what is stated now,
/// so that a change after long constancy is counted once. Where all data lie on one side of 0, so do the
/// forecasts (see [`AutoModel`]).
///
/// The weights come from inside the history, and there is one set of defaults for all series.
///
/// # Parameters
/// [`seasons`](Self::seasons): by default found by
/// [`SeasonDetection`](evenkeel_series::spectral::SeasonDetection), besides a
/// [`known_season`](Self::known_season). [`horizon`](Self::horizon), default two of the base season (the
/// known one, or else the strongest), from 8 to 96; 8 without season. [`effort`](Self::effort).
///
/// # Missing data, and odd histories
/// What [`observed`] refuses is missing. A constant history is forecast as constant; one shorter than any
/// model needs by its last values; each with a remark in the report.
///
/// # Errors of `fit`
/// [`Error::TooShort`] below 4 observed values; [`Error::Parameter`] if a season is below 2 or above 100,000,
/// or the horizon is 0 or above 100,000.
///
/// # Complexity
/// (origins + 1) times the fits, each O(n) times a few hundred; memory O(n).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::Auto;
///
/// let history: Vec<f64> =
///     (0..500).map(|t| 40.0 + 30.0 * f64::from(u8::from(t % 24 > 8)) + f64::from(t * 7919 % 13)).collect();
/// let model = Auto::new().seasons([24]).fit(&history)?;
/// for member in model.report().members.iter().filter(|m| m.weight > 0.0) {
///     println!("{:4.1} %  {}", 100.0 * member.weight, member.name);
/// }
/// let mut day = [Prediction::default(); 24];
/// assert!(model.forecast_into(&mut day));
/// assert!((day[0].mean() - 76.0).abs() < 8.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Auto {
    pub(super) seasons: Option<Vec<usize>>,
    pub(super) known: Option<usize>,
    pub(super) horizon: Option<usize>,
    pub(super) effort: Effort,
}

impl Auto {
    /// With everything chosen automatically.
    pub fn new() -> Self {
        Self::default()
    }

    /// The seasons, in samples, instead of those that would be detected; none for a series without.
    pub fn seasons(mut self, seasons: impl IntoIterator<Item = usize>) -> Self {
        self.seasons = Some(seasons.into_iter().collect());
        self
    }

    /// A season that is known, in samples; others are still looked for. It is the base of what lags are
    /// taken.
    pub fn known_season(mut self, season: usize) -> Self {
        self.known = Some(season);
        self
    }

    /// The forecast horizon that it is optimized for, in steps.
    pub fn horizon(mut self, horizon: usize) -> Self {
        self.horizon = Some(horizon);
        self
    }

    /// How much work it may do.
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }
}

impl Fit for Auto {
    type Fitted = AutoModel;

    fn fit(&self, history: &[f64]) -> Result<AutoModel, Error> {
        for season in self.seasons.iter().flatten().chain(&self.known) {
            Error::require((2..=100_000).contains(season), "season", "from 2 to 100,000", season)?;
        }
        if let Some(horizon) = self.horizon {
            Error::require((1..=100_000).contains(&horizon), "horizon", "from 1 to 100,000", horizon)?;
        }
        let seen: Vec<f64> = history.iter().copied().filter_map(observed).collect();
        if seen.len() < 4 {
            return Err(Error::TooShort { needed: 4, got: seen.len() });
        }
        let mut remarks = Vec::new();
        let is_constant = seen.iter().all(|x| *x == seen[0]);
        if is_constant {
            remarks.push(format!("every value is {}", seen[0]));
        }
        let seasons = Seasons::of(self.seasons.as_deref(), self.known, history, &mut remarks)?;
        let horizon =
            self.horizon.unwrap_or(if seasons.base > 1 { (2 * seasons.base).clamp(8, 96) } else { 8 });
        let candidates = Candidate::all(history, &seasons, self.effort);

        let origins = origins(self.effort, history, &seasons, horizon);
        let mut trials: Vec<Trial> =
            candidates.into_iter().map(|candidate| validate(candidate, history, &origins, horizon)).collect();
        let mut fitted: Vec<Option<Member>> = Vec::with_capacity(trials.len());
        for trial in &mut trials {
            if trial.why_not.is_some() {
                fitted.push(None);
                continue;
            }
            match trial.candidate.fit(history) {
                Ok(member) => fitted.push(Some(member)),
                Err(why) => {
                    trial.why_not = Some(why.to_string());
                    fitted.push(None);
                }
            }
        }
        let weights = weights(&trials, None);

        let members: Vec<(Member, f64)> = fitted
            .into_iter()
            .zip(&weights)
            .filter(|(_, weight)| **weight > 0.0)
            .filter_map(|(member, weight)| Some((member?, *weight)))
            .collect();
        let total: f64 = members.iter().map(|(_, weight)| weight).sum();
        let ensemble = Ensemble::new(members, Combination::MiddleHalf)?;
        let mut now = vec![Prediction::default(); horizon];
        ensemble.forecast_into(&mut now);
        let combined = combined(&trials, history, &origins, &now);
        let report = AutoReport {
            seasons: seasons.all,
            horizon,
            origins: origins.len(),
            members: trials
                .into_iter()
                .zip(&weights)
                .map(|(trial, weight)| AutoMember {
                    error: trial.error(None),
                    name: trial.candidate.name,
                    family: trial.candidate.family,
                    weight: weight / total,
                    why_not: trial.why_not,
                })
                .collect(),
            error: combined.as_ref().map(|c| c.0),
            widened: combined.map_or(1.0, |c| c.1),
            remarks,
        };
        Ok(AutoModel::new(ensemble, report, Side::of(&seen)))
    }
}
