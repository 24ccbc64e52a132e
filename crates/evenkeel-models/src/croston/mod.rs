//! Intermittent demand.

mod croston;
mod demand_kind;
mod fitted;
mod kind;
#[cfg(feature = "serde")]
mod snapshot;

pub use croston::Croston;
pub use demand_kind::DemandKind;
pub use fitted::CrostonModel;
pub use kind::CrostonKind;
