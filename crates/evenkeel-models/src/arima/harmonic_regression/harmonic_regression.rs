//! Dynamic harmonic regression: the estimator, which chooses the waves and the order of the errors.

use super::fitted::{HarmonicRegressionModel, Tried};
use super::fourier::{MOST, columns, terms};
use crate::arima::arima::Arima;
use crate::arima::concentrated_likelihood::ConcentratedLikelihood;
use crate::arima::constant::Constant;
use crate::arima::design::Ends;
use crate::arima::initial_values::{ArimaStart, initial_values};
use crate::arima::maximum_likelihood::{self, Thoroughness};
use crate::arima::order_selection::AutoArima;
use crate::arima::pacf_transform::PacfTransform;
use crate::arima::regression::explained;
use crate::count::as_f64;
use crate::fit::Effort;
use evenkeel_core::{Error, Fit};
use evenkeel_series::transform::FourierTerms;

/// A first look at the likelihood.
const QUICK: Thoroughness = Thoroughness { entrants: Some(1), enough: 1e-2, most: 20, ..Thoroughness::FULL };

/// Dynamic harmonic regression: seasons as sums of sines and cosines, and what they do not explain as an
/// ARIMA process.
///
/// Use it for long seasons (1440 minutes of a day), for several at once (day and week) and for periods that
/// are not a whole number of samples, as long as their shapes are smooth and stay as they are. A shape that
/// changes belongs to [`Arima`]'s seasonal factors.
///
/// # Method
/// A regression on Fourier terms, `sin` and `cos` of `2 π k t / period` for k = 1, …, K, whose errors are
/// ARIMA, all in one exact likelihood (generalized least squares, concentrated out; Hyndman and
/// Athanasopoulos 2021, section 10.5; Young, Pedregal and Tych 1999,
/// doi:10.1002/(SICI)1099-131X(199911)18:6<369::AID-FOR748>3.0.CO;2-K). By default, the numbers of waves are
/// chosen by AICc, season by season, one wave more or less at a time, under provisional errors that are
/// ARMA(2, 1); the order of the errors is then chosen by [`AutoArima`] on the remainder, without a season;
/// finally everything is fitted at once.
///
/// Time is counted from 1 at the first value of the history, also where it is missing.
///
/// # Parameters
/// - `periods`: in samples, each at least 2, not necessarily whole.
/// - [`waves`](Self::waves): K for each period, at most 1000 in all; chosen by default, from 1 to
///   [`most`](Self::most).
/// - [`errors`](Self::errors): the order of the errors; chosen by default.
///
/// # Missing data
/// A missing value carries no information; the waves go on.
///
/// # Errors of `fit`
/// Those of [`Arima`]; [`Error::Parameter`] for periods or numbers of waves out of range, or for two seasons
/// that cannot be told apart within the history.
///
/// # Complexity
/// An evaluation of the likelihood is that of [`Arima`] for each wave, and O(n waves²).
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction, Stage};
/// use evenkeel_models::arima::HarmonicRegression;
///
/// // Four weeks of hourly load with a day and a week, and noise that remembers.
/// let mut noise = 0.0;
/// let history: Vec<f64> = (0..672u32)
///     .map(|t| {
///         let turn = |period: f64| f64::from(t) * std::f64::consts::TAU / period;
///         noise = 0.6 * noise + f64::from(t * 7919 % 101) / 25.0 - 2.0;
///         200.0 + 50.0 * turn(24.0).sin() + 20.0 * turn(12.0).cos() + 30.0 * turn(168.0).sin() + noise
///     })
///     .collect();
/// let mut model = HarmonicRegression::new([24.0, 168.0]).fit(&history)?;
/// assert_eq!(model.waves(), [2, 1]);
///
/// // What the waves will be is known: it is a forecaster like others.
/// let mut week = [Prediction::default(); 168];
/// assert!(model.forecast_into(&mut week));
/// assert!((week[6].mean() - 230.0).abs() < 10.0);
/// let next = model.update(f64::NAN).unwrap();
/// # let _ = next;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct HarmonicRegression {
    pub(super) periods: Vec<f64>,
    pub(super) waves: Option<Vec<usize>>,
    pub(super) most: usize,
    pub(super) errors: Option<Arima>,
    pub(super) effort: Effort,
}

impl HarmonicRegression {
    /// For seasons of these periods, shortest first where they share waves.
    pub fn new(periods: impl IntoIterator<Item = f64>) -> Self {
        Self {
            periods: periods.into_iter().collect(),
            waves: None,
            most: 10,
            errors: None,
            effort: Effort::Default,
        }
    }

    /// The number of waves of each season, from 1 to half of its period. Waves that two seasons have in
    /// common are taken once.
    pub fn waves(mut self, waves: impl IntoIterator<Item = usize>) -> Self {
        self.waves = Some(waves.into_iter().collect());
        self
    }

    /// The highest number of waves a season that is tried where they are chosen; 10 by default.
    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The order of the errors, with a season of their own if it has one. Its [constant](Arima::constant) is
    /// that of the whole.
    pub fn errors(mut self, errors: Arima) -> Self {
        self.errors = Some(errors);
        self
    }

    /// How much the choice of the order of the errors tries.
    pub fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        Error::require(!self.periods.is_empty(), "periods", "at least one", "none")?;
        Error::require(self.most >= 1, "most", "at least 1", self.most)?;
        // Checks the periods.
        let _checked = terms(&self.periods, &vec![1; self.periods.len()])?;
        let Some(waves) = &self.waves else { return Ok(()) };
        if waves.len() != self.periods.len() {
            return Err(Error::Shape { what: "waves", expected: self.periods.len(), found: waves.len() });
        }
        let sum = waves.iter().fold(0usize, |sum, k| sum.saturating_add(*k));
        Error::require(sum <= MOST, "waves", "at most 1000 in all", sum)
    }
}

impl Fit for HarmonicRegression {
    type Fitted = HarmonicRegressionModel;

    fn fit(&self, history: &[f64]) -> Result<HarmonicRegressionModel, Error> {
        self.check()?;
        let periods = &self.periods;
        let provisional = self.errors.clone().unwrap_or_else(|| Arima::new(2, 0, 1));
        let mut tried = Vec::new();
        let waves = match &self.waves {
            Some(waves) => waves.clone(),
            None => choose(self, &provisional, history, &mut tried)?,
        };
        let terms = terms(periods, &waves)?;
        let columns = columns(&terms, history.len());
        let regressors: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let errors = match &self.errors {
            Some(errors) => errors.clone(),
            None => order(self, &provisional, history, &regressors)?,
        };
        let regression = errors.fit_with(history, &regressors)?;
        let seasons = periods.iter().copied().zip(waves).collect();
        Ok(HarmonicRegressionModel { regression, terms, seasons, tried })
    }
}

/// The order of what the waves leave.
fn order(
    settings: &HarmonicRegression,
    provisional: &Arima,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<Arima, Error> {
    let first = provisional.fit_with(history, regressors)?;
    let mut row = vec![0.0; regressors.len()];
    let left: Vec<f64> = history
        .iter()
        .enumerate()
        .map(|(t, y)| {
            row.iter_mut().zip(regressors).for_each(|(out, x)| *out = x[t]);
            explained(first.coefficients(), &row).map_or(f64::NAN, |by| y - by)
        })
        .collect();
    let chosen = AutoArima::new().effort(settings.effort).fit(&left)?;
    let (p, d, q) = chosen.model().order();
    Ok(Arima::new(p, d, q).constant(chosen.model().constant_kind()))
}

/// Numbers of waves by AICc: one more or one less for one season at a time, while that helps.
fn choose(
    settings: &HarmonicRegression,
    errors: &Arima,
    history: &[f64],
    tried: &mut Vec<Tried>,
) -> Result<Vec<usize>, Error> {
    let periods = &settings.periods;
    let most = |i: usize| {
        // Half of the period, as a number of waves.
        let possible = (periods[i] / 2.0) as usize;
        settings.most.min(possible).max(1)
    };
    let mut known: Option<Vec<f64>> = None;
    let mut aicc_of = |waves: &[usize], known: &mut Option<Vec<f64>>| -> Result<f64, Error> {
        if let Some(entry) = tried.iter().find(|entry| entry.waves == waves) {
            return Ok(entry.aicc);
        }
        let (aicc, coefficients) = quick(errors, history, &terms(periods, waves)?, known.as_deref())?;
        *known = Some(coefficients);
        tried.push(Tried { waves: waves.to_vec(), aicc });
        Ok(aicc)
    };
    let mut best = vec![1; periods.len()];
    let mut least = aicc_of(&best, &mut known)?;
    loop {
        let before = least;
        for i in 0..periods.len() {
            // Two steps up: even waves may be missing in a symmetric shape.
            for step in [1, 2, -1] {
                let Some(k) = best[i].checked_add_signed(step).filter(|k| (1..=most(i)).contains(k)) else {
                    continue;
                };
                let mut waves = best.clone();
                waves[i] = k;
                let aicc = aicc_of(&waves, &mut known)?;
                if aicc < least {
                    (best, least) = (waves, aicc);
                }
            }
        }
        if least >= before {
            return Ok(best);
        }
    }
}

/// AICc and coefficients of a fit that ends early, begun at `known`.
fn quick(
    errors: &Arima,
    history: &[f64],
    terms: &FourierTerms,
    known: Option<&[f64]>,
) -> Result<(f64, Vec<f64>), Error> {
    let columns = columns(terms, history.len());
    let regressors: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut design = errors.specification.design(history, &regressors, Ends::Cut)?;
    let polynomials = errors.specification.polynomials();
    design.choose(polynomials.width());
    let effective = as_f64(design.effective());
    let mut likelihood = ConcentratedLikelihood::new(design, polynomials);
    if let Some(value) = maximum_likelihood::is_flat(&mut likelihood)? {
        return Ok((f64::NEG_INFINITY, maximum_likelihood::nothing(polynomials.len(), value).coefficients));
    }
    let begin = match known.and_then(|known| PacfTransform::new(polynomials).free(known)) {
        Some(at) => vec![(ArimaStart::Neighbor, at)],
        None => initial_values(likelihood.design(), polynomials),
    };
    let failed = Error::Numerical { what: "the likelihood is not finite at any starting point" };
    let best =
        if polynomials.len() == 0 { None } else { maximum_likelihood::search(&mut likelihood, begin, QUICK) };
    let (coefficients, value) = match best {
        Some(best) => (best.coefficients, best.value),
        None => (Vec::new(), likelihood.value(&vec![0.0; polynomials.len()]).ok_or(failed)?),
    };
    let constant = usize::from(errors.specification.constant() != Constant::None);
    let k = as_f64(polynomials.len() + regressors.len() + constant + 1);
    let left = effective - k - 1.0;
    let correction = if left > 0.0 { 2.0 * k * (k + 1.0) / left } else { f64::INFINITY };
    Ok((2.0 * k - 2.0 * likelihood.log_likelihood(&value, None) + correction, coefficients))
}
