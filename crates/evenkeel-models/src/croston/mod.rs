//! Intermittent demand.

mod demand;
mod model;
mod settings;
#[cfg(feature = "serde")]
mod state;

pub use demand::DemandKind;
pub use model::CrostonModel;
pub use settings::{Croston, CrostonKind};
