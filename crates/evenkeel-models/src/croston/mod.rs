//! Intermittent demand: series that are mostly 0.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Croston`] → [`CrostonModel`] | Croston, Syntetos-Boylan, Teunter-Syntetos-Babai: [`CrostonKind`] |
//! | [`DemandKind`] | whether demand is smooth, erratic, intermittent or lumpy |

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

evenkeel_core::assert_shared!(Croston, CrostonKind, CrostonModel, DemandKind);
