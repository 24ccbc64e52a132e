//! Complex exponential smoothing: level and trend as one complex state.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Ces`] → [`CesModel`] | one form, by its [`CesKind`] |
//! | [`AutoCes`] | the form chosen |

mod admissible;
mod auto_ces;
mod ces;
mod fitted;
mod initial_states;
mod kind;
mod parameter_space;
mod parameters;
mod recursion;
#[cfg(feature = "serde")]
mod snapshot;
mod unit_circle;

pub use auto_ces::AutoCes;
pub use ces::Ces;
pub use fitted::CesModel;
pub use kind::CesKind;

evenkeel_core::assert_shared!(AutoCes, Ces, CesKind, CesModel);

#[cfg(test)]
#[path = "../../tests/ces/unit/mod.rs"]
mod tests;
