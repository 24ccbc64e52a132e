//! Exponential smoothing of the level: [`SimpleSmoothing`] → [`SimpleSmoothingModel`], two numbers of state.

mod fitted;
mod level;
mod simple_smoothing;
#[cfg(feature = "serde")]
mod snapshot;

pub use fitted::SimpleSmoothingModel;
pub use simple_smoothing::SimpleSmoothing;

evenkeel_core::assert_shared!(SimpleSmoothing, SimpleSmoothingModel);
