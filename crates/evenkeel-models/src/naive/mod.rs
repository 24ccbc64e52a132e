//! The forecasts that every other one has to beat.

mod model;
mod settings;
#[cfg(feature = "serde")]
mod state;

pub use model::NaiveModel;
pub use settings::{Naive, NaiveKind};
