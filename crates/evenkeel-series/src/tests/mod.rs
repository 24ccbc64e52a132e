//! Hypothesis tests: stationarity and unit roots, residuals, Granger causality.

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
