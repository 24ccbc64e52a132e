//! Whether a series keeps its level, and how often it has to be differenced until it does.

mod adf;
mod kpss;
mod mackinnon;
mod ocsb;
mod order;
mod phillips_perron;
mod straight;

pub use adf::Adf;
pub use kpss::Kpss;
pub use mackinnon::Deterministic;
pub use ocsb::Ocsb;
pub use order::{
    SeasonalTest, UnitRootTest, differences_needed, season_strength, seasonal_differences_needed,
};
pub use phillips_perron::PhillipsPerron;
