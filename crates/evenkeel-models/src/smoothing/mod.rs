//! Exponential smoothing of the level.

mod account;
mod filter;
mod model;
mod settings;

pub use account::SmoothingAccount;
pub use model::SimpleSmoothingModel;
pub use settings::SimpleSmoothing;
