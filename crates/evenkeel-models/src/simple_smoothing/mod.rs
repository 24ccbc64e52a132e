//! Exponential smoothing of the level.

mod account;
mod fitted;
mod level;
mod simple_smoothing;
#[cfg(feature = "serde")]
mod snapshot;

pub use account::SmoothingAccount;
pub use fitted::SimpleSmoothingModel;
pub use simple_smoothing::SimpleSmoothing;
