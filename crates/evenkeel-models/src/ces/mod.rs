//! Complex exponential smoothing.

mod account;
mod model;
mod parameters;
mod recursion;
mod settings;
#[cfg(feature = "serde")]
mod state;

pub use account::{CesAccount, CesStop};
pub use model::CesModel;
pub use settings::{AutoCes, Ces, CesKind};
