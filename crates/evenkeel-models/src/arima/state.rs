//! The snapshot of a fitted model.

use super::account::ArimaAccount;
use super::constant::Constant;
use super::information::StandardErrors;
use super::model::{ArimaModel, Fitted};
use super::settings::{Arima, HIGHEST, MOST_DIFFERENCES};
use evenkeel_core::{Error, Snapshot, observed};

/// What is written.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    d: u32,
    kind: Constant,
    #[serde(with = "evenkeel_core::exact")]
    constant: f64,
    #[serde(with = "evenkeel_core::exact")]
    ar: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    ma: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    sigma: f64,
    errors: Option<StandardErrors>,
    account: ArimaAccount,
    time: u64,
    columns: u32,
    seen: u32,
    steady: bool,
    #[serde(with = "evenkeel_core::exact")]
    state: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    covariance: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    gram: Vec<f64>,
    #[serde(with = "evenkeel_core::exact")]
    cross: Vec<f64>,
}

impl Snapshot for ArimaModel {
    fn schema() -> String {
        "ArimaModel@1".into()
    }
}

impl From<ArimaModel> for State {
    fn from(model: ArimaModel) -> Self {
        let small = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let (fitted, filter) = (model.fitted, model.filter);
        Self {
            d: small(fitted.d),
            kind: fitted.kind,
            constant: fitted.constant,
            ar: fitted.ar,
            ma: fitted.ma,
            sigma: fitted.sigma,
            errors: fitted.errors,
            account: fitted.account,
            time: model.time,
            columns: small(filter.kalman.columns),
            seen: small(filter.seen),
            steady: filter.kalman.steady,
            state: filter.kalman.state,
            covariance: filter.kalman.covariance,
            gram: filter.gram,
            cross: filter.cross,
        }
    }
}

impl TryFrom<State> for ArimaModel {
    type Error = Error;

    fn try_from(s: State) -> Result<Self, Error> {
        let whole = |x: u32| usize::try_from(x).unwrap_or(usize::MAX);
        let (d, columns, seen) = (whole(s.d), whole(s.columns), whole(s.seen));
        Error::require(d <= MOST_DIFFERENCES, "d", "at most 3", d)?;
        Error::require(s.ar.len() <= HIGHEST, "ar", "at most 100 coefficients", s.ar.len())?;
        Error::require(s.ma.len() <= HIGHEST, "ma", "at most 100 coefficients", s.ma.len())?;
        Arima::new(s.ar.len(), d, s.ma.len()).constant(s.kind).judge()?;
        let finite = |name, values: &[f64]| {
            Error::require(values.iter().all(|v| v.is_finite()), name, "finite", format_args!("{values:?}"))
        };
        finite("ma", &s.ma)?;
        finite("state", &s.state)?;
        finite("covariance", &s.covariance)?;
        finite("gram", &s.gram)?;
        finite("cross", &s.cross)?;
        Error::require(observed(s.constant).is_some(), "constant", "finite, at most 1e100", s.constant)?;
        Error::require(s.sigma >= 0.0 && s.sigma.is_finite(), "sigma", ">= 0 and finite", s.sigma)?;
        Error::require(
            !s.account.log_likelihood.is_nan(),
            "log_likelihood",
            "a number",
            s.account.log_likelihood,
        )?;
        if let Some(errors) = &s.errors {
            shape("standard errors of ar", s.ar.len(), errors.ar.len())?;
            shape("standard errors of ma", s.ma.len(), errors.ma.len())?;
        }
        // Judges the coefficients, and has the sizes.
        let mut model = ArimaModel::new(Fitted {
            d,
            kind: s.kind,
            constant: s.constant,
            ar: s.ar,
            ma: s.ma,
            sigma: s.sigma,
            errors: s.errors,
            account: s.account,
        })?;
        let filter = &mut model.filter;
        let m = filter.kalman.dimension();
        let ready = columns == 1;
        Error::require(
            ready || columns == d + 1,
            "columns",
            "1, or d + 1 while levels are unknown",
            columns,
        )?;
        Error::require(seen <= d && (ready || seen < d), "seen", "below d while levels are unknown", seen)?;
        shape("state", columns * m, s.state.len())?;
        shape("covariance", m * m, s.covariance.len())?;
        let left = if ready { 0 } else { d };
        shape("gram", left * left, s.gram.len())?;
        shape("cross", left, s.cross.len())?;
        let variances = (0..m).all(|i| s.covariance[i * m + i] >= -1e-6);
        Error::require(variances, "covariance", "without negative variances", "negative")?;
        filter.kalman.columns = columns;
        filter.kalman.state = s.state;
        filter.kalman.covariance = s.covariance;
        filter.kalman.steady = s.steady;
        filter.gram = s.gram;
        filter.cross = s.cross;
        filter.seen = seen;
        model.time = s.time;
        Ok(model)
    }
}

fn shape(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
}
