//! Autoregression on few, possibly very long lags.

mod fitted;
mod gram;
mod lag_selection;
mod lags;
#[cfg(feature = "serde")]
mod snapshot;
mod sparse_ar;
mod stability;

pub use fitted::SparseArModel;
pub use lag_selection::LagCriterion;
pub use sparse_ar::SparseAr;

pub(crate) use lags::{dense_lags, few_lags};

#[cfg(test)]
#[path = "../../tests/sparse_ar/unit/mod.rs"]
mod tests;
