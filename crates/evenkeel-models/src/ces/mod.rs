//! Complex exponential smoothing.

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

#[cfg(test)]
#[path = "../../tests/ces/unit/mod.rs"]
mod tests;
