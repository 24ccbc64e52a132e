//! Extreme-value calibration: p-values far out in the tail, thresholds at a risk.

mod dspot;
mod pareto_fit;
mod pareto_track;
mod predictive;
mod spot;
mod tail;

pub use dspot::{Dspot, DspotBuilder};
pub use pareto_fit::ParetoFit;
pub use spot::{Spot, SpotBuilder, Tails};
