//! Tests of stationarity and unit roots, and how often a series has to be differenced.

mod adf;
mod degenerate_series;
mod deterministic_terms;
mod differencing_order;
mod kpss;
mod mackinnon;
mod ocsb;
mod phillips_perron;

pub use adf::Adf;
pub use deterministic_terms::DeterministicTerms;
pub use differencing_order::{
    SeasonalTest, UnitRootTest, differences_needed, season_strength, seasonal_differences_needed,
};
pub use kpss::Kpss;
pub use ocsb::Ocsb;
pub use phillips_perron::PhillipsPerron;
