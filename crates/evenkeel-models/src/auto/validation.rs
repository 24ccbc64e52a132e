//! Validation at past origins, and the weights that follow from it.

use super::candidate::Candidate;
use super::report::AutoFamily;
use super::seasons::Seasons;
use crate::ensemble::Combination;
use crate::fit::Effort;
use evenkeel_core::{Forecaster, Prediction, observed};

/// The fewest values that a candidate is validated on.
const LEAST: usize = 12;
/// Half the width of a central 95 % interval in standard deviations.
const REACH: f64 = 1.959_963_984_540_054;

/// From so many relations of errors to standard deviations on their quantile is taken; of fewer their mean
/// square.
const MANY: usize = 100;
/// So many errors that are as large as stated are added to few.
const PRIOR: f64 = 16.0;
/// A single error counts as at most so many standard deviations where there are few.
const MOST: f64 = 5.0;

/// What a candidate forecast at each origin.
type Forecasts = Vec<Vec<Prediction>>;

pub(super) struct Trial {
    pub(super) candidate: Candidate,
    /// `None` where it was not validated.
    said: Option<Forecasts>,
    /// Sum and number of absolute errors at each origin.
    errors: Vec<(f64, f64)>,
    pub(super) why_not: Option<String>,
}

/// How many values come before each origin, the latest last.
pub(super) fn origins(effort: Effort, history: &[f64], seasons: &Seasons, horizon: usize) -> Vec<usize> {
    let most = match effort {
        Effort::Fast => 1,
        Effort::Default => 2,
        Effort::Thorough => 4,
    };
    // What is left must hold enough to learn from.
    let least = LEAST.max(2 * seasons.base + 1).max(history.len() / 3);
    let origin = |k: usize| history.len().checked_sub(k * horizon).filter(|n| *n >= least);
    (1..=most).filter_map(origin).rev().collect()
}

pub(super) fn validate(candidate: Candidate, history: &[f64], origins: &[usize], horizon: usize) -> Trial {
    let mut said = Vec::with_capacity(origins.len());
    let mut errors = Vec::with_capacity(origins.len());
    for origin in origins {
        let mut forecast = vec![Prediction::default(); horizon];
        let fitted = candidate.fit(&history[..*origin]);
        let known = fitted.map(|member| member.forecast_into(&mut forecast));
        let why_not = match known {
            Ok(true) => None,
            Ok(false) => Some("it needs more values to forecast".to_string()),
            Err(why) => Some(why.to_string()),
        };
        if why_not.is_some() {
            return Trial { candidate, said: None, errors: Vec::new(), why_not };
        }
        let (mut sum, mut count) = (0.0, 0.0);
        for (p, x) in forecast.iter().zip(&history[*origin..]) {
            if let Some(x) = observed(*x) {
                sum += (x - p.mean()).abs();
                count += 1.0;
            }
        }
        errors.push((sum, count));
        said.push(forecast);
    }
    Trial { candidate, said: Some(said), errors, why_not: None }
}

impl Trial {
    /// The mean absolute error at the origins, one of them left out where `without` says which.
    pub(super) fn error(&self, without: Option<usize>) -> Option<f64> {
        let kept = self.errors.iter().enumerate().filter(|(k, _)| Some(*k) != without);
        let (sum, count) = kept.fold((0.0, 0.0), |(s, n), (_, error)| (s + error.0, n + error.1));
        (count > 0.0).then(|| sum / count)
    }
}

/// The weight of each candidate, 0 for those that are left out, by the errors at all origins, or all but one.
/// They sum to 1.
pub(super) fn weights(trials: &[Trial], without: Option<usize>) -> Vec<f64> {
    let usable = |t: &Trial| t.why_not.is_none();
    // The fallback speaks only if nobody else can.
    let alone = !trials.iter().any(|t| usable(t) && t.candidate.family != AutoFamily::Fallback);
    let inverse_square = |error: Option<f64>, least: f64| match error {
        None => 1.0,
        Some(e) if e > 0.0 => (least / e) * (least / e),
        Some(_) => 1.0,
    };
    let mut weights = vec![0.0; trials.len()];
    let mut family_errors = Vec::new();
    for family in [AutoFamily::LongLags, AutoFamily::Smoothing, AutoFamily::Fallback] {
        if (family == AutoFamily::Fallback) != alone {
            continue;
        }
        let members: Vec<usize> = (0..trials.len())
            .filter(|i| trials[*i].candidate.family == family && usable(&trials[*i]))
            .collect();
        let least = members.iter().filter_map(|i| trials[*i].error(without)).fold(f64::INFINITY, f64::min);
        let own: Vec<f64> =
            members.iter().map(|i| inverse_square(trials[*i].error(without), least)).collect();
        let total: f64 = own.iter().sum();
        for (i, w) in members.iter().zip(&own) {
            weights[*i] = w / total;
        }
        if !members.is_empty() {
            family_errors.push((family, least));
        }
    }
    // Families against each other by their best.
    let best = family_errors.iter().map(|(_, e)| *e).fold(f64::INFINITY, f64::min);
    let shares: Vec<(AutoFamily, f64)> = family_errors
        .iter()
        .map(|(family, e)| (*family, inverse_square(e.is_finite().then_some(*e), best)))
        .collect();
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    for (weight, trial) in weights.iter_mut().zip(trials) {
        let share = shares.iter().find(|(family, _)| *family == trial.candidate.family).map_or(0.0, |s| s.1);
        *weight *= share / total;
    }
    weights
}

/// The mean absolute error of the combination at the origins, and what its standard deviations are to be
/// multiplied by. At each origin the members weigh as the other origins say, where there are others: else the
/// combination would look better than it is.
///
/// `now` is what the combination says after the whole history: an error is set in relation to the larger
/// standard deviation of then and now. What is to be multiplied is that of now, and a history that was
/// constant up to the origin knew nothing of the errors to come.
pub(super) fn combined(
    trials: &[Trial],
    history: &[f64],
    origins: &[usize],
    now: &[Prediction],
) -> Option<(f64, f64)> {
    let horizon = now.len();
    let (mut sum, mut relations) = (0.0, Vec::new());
    for (k, origin) in origins.iter().enumerate() {
        let weights = weights(trials, (origins.len() > 1).then_some(k));
        let heard: Vec<(&Forecasts, f64)> = trials
            .iter()
            .zip(&weights)
            .filter(|(_, weight)| **weight > 0.0)
            .filter_map(|(trial, weight)| Some((trial.said.as_ref()?, *weight)))
            .collect();
        for h in 0..horizon {
            let Some(x) = history.get(origin + h).copied().and_then(observed) else { continue };
            let mut said: Vec<(Prediction, f64)> = heard.iter().map(|(said, w)| (said[k][h], *w)).collect();
            let p = Combination::MiddleHalf.of(&mut said)?;
            let error = (x - p.mean()).abs();
            sum += error;
            relations.push(if error == 0.0 { 0.0 } else { error / p.sd().max(now[h].sd()) });
        }
    }
    if relations.is_empty() {
        return None;
    }
    let n = relations.len();
    let mae = sum / n as f64;
    if n < MANY {
        // The largest of few is no quantile: their mean square, drawn towards what the members state.
        let squares: f64 = relations.iter().map(|z| z.min(MOST).powi(2)).sum();
        return Some((mae, ((PRIOR + squares) / (PRIOR + n as f64)).sqrt()));
    }
    relations.sort_unstable_by(f64::total_cmp);
    let rank = (0.95 * (n + 1) as f64).ceil() as usize;
    let widened = relations[rank.clamp(1, n) - 1] / REACH;
    Some((mae, if widened.is_finite() { widened.clamp(0.2, 20.0) } else { 20.0 }))
}
