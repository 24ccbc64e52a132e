//! Unusual subsequences of one metric: shapes that were not seen before, and values that do not follow those
//! before them.

mod left_matrix_profile;
mod symbol_surprise;

pub use left_matrix_profile::{LeftMatrixProfile, LeftMatrixProfileBuilder};
pub use symbol_surprise::{SymbolSurprise, SymbolSurpriseBuilder};
