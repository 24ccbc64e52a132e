//! Exponential smoothing of the level.

mod fitted;
mod level;
mod simple_smoothing;
#[cfg(feature = "serde")]
mod snapshot;

pub use fitted::SimpleSmoothingModel;
pub use simple_smoothing::SimpleSmoothing;
