//! The choice of the order.

mod account;
mod differencing;
mod grid;
mod model;
mod search;
mod settings;

pub use account::{ArimaOutcome, ArimaTrial, AutoArimaAccount};
pub use model::AutoArimaModel;
pub use settings::AutoArima;
