//! The snapshot.

use super::fitted::{HarmonicAccount, HarmonicRegressionModel};
use super::fourier::{MOST, terms};
use crate::arima::regression::ArimaRegression;
use evenkeel_core::{Error, Snapshot};

/// What is written.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    regression: ArimaRegression,
    #[serde(with = "evenkeel_core::exact")]
    periods: Vec<f64>,
    waves: Vec<u32>,
    account: HarmonicAccount,
}

impl Snapshot for HarmonicRegressionModel {
    fn schema() -> String {
        format!("HarmonicRegressionModel@1<{}>", ArimaRegression::schema())
    }
}

impl From<HarmonicRegressionModel> for State {
    fn from(of: HarmonicRegressionModel) -> Self {
        let (periods, waves): (Vec<f64>, Vec<usize>) = of.seasons.into_iter().unzip();
        let waves = waves.into_iter().map(|k| u32::try_from(k).unwrap_or(u32::MAX)).collect();
        Self { regression: of.regression, periods, waves, account: of.account }
    }
}

impl TryFrom<State> for HarmonicRegressionModel {
    type Error = Error;

    fn try_from(s: State) -> Result<Self, Error> {
        let waves: Vec<usize> = s.waves.iter().map(|k| usize::try_from(*k).unwrap_or(usize::MAX)).collect();
        let shape = |what, expected, found| {
            if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
        };
        shape("waves", s.periods.len(), waves.len())?;
        let sum = waves.iter().fold(0usize, |sum, k| sum.saturating_add(*k));
        Error::require(sum <= MOST, "waves", "at most 1000 in all", sum)?;
        let terms = terms(&s.periods, &waves)?;
        shape("coefficients", terms.waves().len(), s.regression.coefficients().len())?;
        let seasons = s.periods.into_iter().zip(waves).collect();
        Ok(Self { regression: s.regression, terms, seasons, account: s.account })
    }
}
