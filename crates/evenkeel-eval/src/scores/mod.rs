//! The scorers of the benchmarks of anomaly detection, as their own code has them, quirks included.
//!
//! Labels and predictions are one `bool` a row, scores one finite number a row, larger = more abnormal.
//!
//! | | what it measures |
//! | --- | --- |
//! | [`nab`] | the Numenta Anomaly Benchmark: early detections count, each false one costs |
//! | [`vus`] | areas and volumes under curves whose labels are widened by up to a window |
//! | [`curve`] | areas under the curves of points, the best F1 of points |
//! | [`affiliation`] | distances between predicted and true events, against those of chance |
//! | [`event`] | whether each event was met, and the precision of points |
//! | [`range`] | how much of each event was met, and in how many pieces |
//! | [`point_adjust`] | F1 after an event that was met anywhere counts as met everywhere; flatters random scores |
//! | [`threshold`] | the thresholds among which a benchmark looks for the best |
//! | [`window`] | the widening that a series asks for |
//!
//! Those of points, ranges, events, affiliation and volumes are those of TSB-AD: Q. Liu and J. Paparrizos,
//! The elephant in the room: towards a reliable time-series anomaly detection benchmark, NeurIPS 2024,
//! <https://github.com/TheDatumOrg/TSB-AD>.

pub mod affiliation;
pub mod curve;
pub mod event;
pub mod nab;
pub mod point_adjust;
pub mod range;
mod rates;
mod runs;
pub mod threshold;
pub mod vus;
pub mod window;

use rates::{count, f1, harmonic, share};
pub use runs::runs;
