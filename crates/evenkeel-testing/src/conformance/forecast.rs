//! Contract 3, for forecasters.

use super::erased::Forecasting;
use super::options::Missing;
use super::stream::mixed;
use super::{Broken, Options, Promise, Subject};
use crate::reference::close;
use evenkeel_core::{Forecaster, Prediction, observed};

fn broken(how: String) -> Broken {
    Broken::new(Promise::Prequential, how)
}

/// A forecaster is consistent. `update` returns what `forecast_into` of length 1 returns right after; a
/// longer forecast begins with the shorter one; a forecast that is refused leaves its output untouched;
/// asking changes nothing; `assess` knows the missing values, is silent before anything is known, and its
/// distribution function rises; and, where the options say so, a missing value moves the forecast on by one
/// step (to 1e-6).
///
/// # Errors
/// The promise that was broken, and where.
pub fn forecasts_agree<S: Subject<f64, Opinion = Prediction> + Forecaster>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked(&mut make(), options)
}

fn checked(stage: &mut dyn Forecasting, options: &Options) -> Result<(), Broken> {
    let mut known = 0_usize;
    for (i, x) in mixed::<f64>(91, options.round(3000)).into_iter().enumerate() {
        let before = long_forecast(stage, i)?;
        asking_changes_nothing(stage, i, x)?;
        let said = stage.next(x);
        let mut one = [untouched()];
        let next = stage.forecast_into(&mut one).then_some(one[0]);
        if format!("{said:?}") != format!("{next:?}") {
            return Err(broken(format!("update {i} said {said:?}, the forecast right after it is {next:?}")));
        }
        known += usize::from(next.is_some());
        let after = long_forecast(stage, i + 1)?;
        if options.missing_does() == Missing::Advances && observed(x).is_none() {
            moves_on(i, before.as_deref(), after.as_deref())?;
        }
    }
    if known == 0 {
        return Err(Broken::new(Promise::Vacuous, "it never forecast anything"));
    }
    Ok(())
}

const HORIZON: usize = 12;

/// A prediction that no forecaster gives, to see whether it was overwritten.
fn untouched() -> Prediction {
    Prediction::new(-1.25e77, 3.5e66).unwrap_or_default()
}

/// The forecast, after comparing it with shorter ones.
fn long_forecast(stage: &dyn Forecasting, i: usize) -> Result<Option<Vec<Prediction>>, Broken> {
    let mut long = vec![untouched(); HORIZON];
    let known = stage.forecast_into(&mut long);
    for length in [0, 1, 2, HORIZON / 2] {
        let mut short = vec![untouched(); length];
        let also = stage.forecast_into(&mut short);
        if length > 0 && also != known {
            return Err(broken(format!(
                "after {i} inputs a forecast of {length} is known: {also}, one of {HORIZON}: {known}"
            )));
        }
        if known && format!("{short:?}") != format!("{:?}", &long[..length]) {
            return Err(broken(format!(
                "after {i} inputs the forecast of {length} is {short:?}, but the one of {HORIZON} begins with {:?}",
                &long[..length]
            )));
        }
    }
    if known {
        return Ok(Some(long));
    }
    if long.iter().any(|prediction| *prediction != untouched()) {
        return Err(broken(format!("after {i} inputs nothing is known, but the output was written to")));
    }
    Ok(None)
}

fn asking_changes_nothing(stage: &dyn Forecasting, i: usize, x: f64) -> Result<(), Broken> {
    if !stage.unchanged_by(&mut |stage| answers_agree(stage, i, x))? {
        return Err(broken(format!(
            "after {i} inputs asking for a forecast or an assessment changed the state"
        )));
    }
    Ok(())
}

fn answers_agree(stage: &dyn Forecasting, i: usize, x: f64) -> Result<(), Broken> {
    let known = stage.forecast_into(&mut [untouched()]);
    if stage.assess(f64::NAN).is_some() || stage.assess(1e101).is_some() {
        return Err(broken(format!("after {i} inputs it assessed a missing value")));
    }
    let mut lower = 0.0;
    let mut points = [-1e99, x - 100.0, x - 1.0, x, x + 1.0, x + 100.0, 1e99];
    points.sort_by(f64::total_cmp);
    for point in points.into_iter().filter_map(observed) {
        match stage.assess(point) {
            Some(_) if !known => {
                return Err(broken(format!("after {i} inputs nothing is known, but {point} was assessed")));
            }
            None if known => {
                return Err(broken(format!("after {i} inputs {point} was not assessed")));
            }
            Some(a) if a.lower() < lower || a.lower() + a.upper() < 1.0 - 1e-9 => {
                return Err(broken(format!(
                    "after {i} inputs P(X <= {point}) is no distribution function: {a:?}"
                )));
            }
            Some(a) => lower = a.lower(),
            None => {}
        }
    }
    Ok(())
}

fn moves_on(i: usize, before: Option<&[Prediction]>, after: Option<&[Prediction]>) -> Result<(), Broken> {
    let Some(before) = before else { return Ok(()) };
    let Some(after) = after else {
        return Err(broken(format!("a missing value (input {i}) made it forget its forecast")));
    };
    for (h, (was, is)) in before[1..].iter().zip(after).enumerate() {
        let scale = 1e-6 * (was.sd() + was.mean().abs());
        if !close(is.mean(), was.mean(), 0.0, scale) || !close(is.sd(), was.sd(), 1e-6, 1e-300) {
            return Err(broken(format!(
                "a missing value (input {i}) should move the forecast on by a step: {} ahead was {was:?}, {} ahead is {is:?}",
                h + 2,
                h + 1
            )));
        }
    }
    Ok(())
}
