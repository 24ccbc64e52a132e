//! Hypothesis tests: stationarity and unit roots, residuals, Granger causality.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Kpss`] | whether a series is stationary |
//! | [`Adf`], [`PhillipsPerron`] | whether it has a unit root, about given [`DeterministicTerms`] |
//! | [`Ocsb`] | whether it has a seasonal unit root |
//! | [`differences_needed`], [`UnitRootTest`] | how often to difference |
//! | [`seasonal_differences_needed`], [`SeasonalTest`], [`season_strength`] | the same for seasonal differences |
//! | [`Portmanteau`] | whether residuals are autocorrelated: Ljung-Box, Box-Pierce |
//! | [`ArchTest`] | whether their variance changes |
//! | [`jarque_bera`], [`durbin_watson`] | whether they are normal; their first autocorrelation |
//! | [`Granger`] | whether the past of one series helps to predict another |
//! | [`TestResult`] | statistic, p-value and what was used |

mod granger;
mod residual_tests;
mod stationarity;
mod test_result;

pub use granger::Granger;
pub use residual_tests::{ArchTest, Portmanteau, durbin_watson, jarque_bera};
pub use stationarity::{
    Adf, DeterministicTerms, Kpss, Ocsb, PhillipsPerron, SeasonalTest, UnitRootTest, differences_needed,
    season_strength, seasonal_differences_needed,
};
pub use test_result::TestResult;

evenkeel_core::assert_shared!(
    Ocsb,
    SeasonalTest,
    Kpss,
    Adf,
    DeterministicTerms,
    PhillipsPerron,
    UnitRootTest,
    TestResult,
    Portmanteau,
    ArchTest,
    Granger
);
