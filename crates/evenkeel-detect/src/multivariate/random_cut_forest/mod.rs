//! Robust random cut forests.

mod random_cut_forest;
mod random_cut_forest_builder;
mod reservoir;
#[cfg(feature = "serde")]
mod snapshot;
mod tree;
mod vector_math;

pub use random_cut_forest::{Attribution, RandomCutForest};
pub use random_cut_forest_builder::RandomCutForestBuilder;
