//! The choice of the waves and of the order of the errors.

use super::super::auto::AutoArima;
use super::super::constant::Constant;
use super::super::fit::{self, Thoroughness};
use super::super::kernel::Kernel;
use super::super::regression::{ArimaRegression, explained};
use super::super::sample::{Ends, index};
use super::super::settings::Arima;
use super::super::start::{ArimaStart, starts};
use super::super::transform::Transform;
use super::model::{HarmonicAccount, HarmonicRegressionModel, Tried};
use super::settings::HarmonicRegression;
use evenkeel_core::{Error, Fit};
use evenkeel_series::FourierTerms;

/// A first look at the likelihood.
const QUICK: Thoroughness = Thoroughness { entrants: Some(1), enough: 1e-2, most: 20, ..Thoroughness::FULL };

pub(super) fn terms(periods: &[f64], waves: &[usize]) -> Result<FourierTerms, Error> {
    FourierTerms::new(periods.iter().copied().zip(waves.iter().copied()))
}

/// The waves over a history: time starts at 1.
fn columns(terms: &FourierTerms, n: usize) -> Vec<Vec<f64>> {
    terms.columns(1..n + 1)
}

pub(super) fn fit(settings: &HarmonicRegression, history: &[f64]) -> Result<HarmonicRegressionModel, Error> {
    settings.judge()?;
    let periods = &settings.periods;
    let provisional = settings.errors.clone().unwrap_or_else(|| Arima::new(2, 0, 1));
    let mut tried = Vec::new();
    let waves = match &settings.waves {
        Some(waves) => waves.clone(),
        None => choose(settings, &provisional, history, &mut tried)?,
    };
    let terms = terms(periods, &waves)?;
    let columns = columns(&terms, history.len());
    let regressors: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let errors = match &settings.errors {
        Some(errors) => errors.clone(),
        None => order(settings, &provisional, history, &regressors)?,
    };
    let regression = ArimaRegression::fit(&errors, history, &regressors)?;
    let seasons = periods.iter().copied().zip(waves).collect();
    Ok(HarmonicRegressionModel { regression, terms, seasons, account: HarmonicAccount { tried } })
}

/// The order of what the waves leave.
fn order(
    settings: &HarmonicRegression,
    provisional: &Arima,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<Arima, Error> {
    let first = ArimaRegression::fit(provisional, history, regressors)?;
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
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a period is at least 2")]
        let possible = (periods[i] / 2.0) as usize;
        settings.most.min(possible).max(1)
    };
    let mut known: Option<Vec<f64>> = None;
    let mut judge = |waves: &[usize], known: &mut Option<Vec<f64>>| -> Result<f64, Error> {
        if let Some(entry) = tried.iter().find(|entry| entry.waves == waves) {
            return Ok(entry.aicc);
        }
        let (aicc, coefficients) = quick(errors, history, &terms(periods, waves)?, known.as_deref())?;
        *known = Some(coefficients);
        tried.push(Tried { waves: waves.to_vec(), aicc });
        Ok(aicc)
    };
    let mut best = vec![1; periods.len()];
    let mut least = judge(&best, &mut known)?;
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
                let aicc = judge(&waves, &mut known)?;
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
    let mut sample = errors.sample(history, &regressors, Ends::Cut)?;
    let factors = errors.factors();
    sample.choose(factors.width());
    let effective = index(sample.effective());
    let mut kernel = Kernel::new(sample, factors);
    if let Some(value) = fit::is_flat(&mut kernel)? {
        return Ok((f64::NEG_INFINITY, fit::nothing(factors.len(), value).coefficients));
    }
    let begin = match known.and_then(|known| Transform::new(factors).free(known)) {
        Some(at) => vec![(ArimaStart::Neighbor, at)],
        None => starts(kernel.sample(), factors),
    };
    let failed = Error::Numerical { what: "no start has a likelihood within floating point" };
    let best = if factors.len() == 0 { None } else { fit::search(&mut kernel, begin, QUICK) };
    let (coefficients, value) = match best {
        Some(best) => (best.coefficients, best.value),
        None => (Vec::new(), kernel.value(&vec![0.0; factors.len()]).ok_or(failed)?),
    };
    let constant = usize::from(errors.kind() != Constant::None);
    let k = index(factors.len() + regressors.len() + constant + 1);
    let left = effective - k - 1.0;
    let correction = if left > 0.0 { 2.0 * k * (k + 1.0) / left } else { f64::INFINITY };
    Ok((2.0 * k - 2.0 * kernel.log_likelihood(&value, None) + correction, coefficients))
}
