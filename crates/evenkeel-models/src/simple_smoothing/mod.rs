//! Exponential smoothing of the level.

mod account;
pub(crate) mod classical;
mod filter;
mod model;
mod settings;

pub use account::SmoothingAccount;
pub use model::SimpleSmoothingModel;
pub use settings::SimpleSmoothing;
