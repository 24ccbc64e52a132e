//! Unusual subsequences of one metric.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`LeftMatrixProfile`] | shapes that were not seen before | O(history), about 1 ns each |
//! | [`NearestShapes`] | shapes that have hardly been seen before, at the resolution they need | O(history), a nanosecond each or less |
//! | [`SymbolSurprise`] | values and steps that are unusual after those before them | O(context) |
//!
//! Settings: [`LeftMatrixProfileBuilder`], [`NearestShapesBuilder`], [`SymbolSurpriseBuilder`].

mod left_matrix_profile;
mod nearest_shapes;
mod symbol_surprise;

pub use left_matrix_profile::{LeftMatrixProfile, LeftMatrixProfileBuilder};
pub use nearest_shapes::{NearestShapes, NearestShapesBuilder};
pub use symbol_surprise::{SymbolSurprise, SymbolSurpriseBuilder};

evenkeel_core::assert_shared!(
    LeftMatrixProfile,
    LeftMatrixProfileBuilder,
    NearestShapes,
    NearestShapesBuilder,
    SymbolSurprise,
    SymbolSurpriseBuilder
);
