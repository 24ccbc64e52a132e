//! Unusual subsequences of one metric.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`LeftMatrixProfile`] | shapes that were not seen before | O(history), about 1 ns each |
//! | [`SymbolSurprise`] | values and steps that are unusual after those before them | O(context) |
//!
//! Settings: [`LeftMatrixProfileBuilder`], [`SymbolSurpriseBuilder`].

mod left_matrix_profile;
mod symbol_surprise;

pub use left_matrix_profile::{LeftMatrixProfile, LeftMatrixProfileBuilder};
pub use symbol_surprise::{SymbolSurprise, SymbolSurpriseBuilder};

evenkeel_core::assert_shared!(
    LeftMatrixProfile,
    LeftMatrixProfileBuilder,
    SymbolSurprise,
    SymbolSurpriseBuilder
);
