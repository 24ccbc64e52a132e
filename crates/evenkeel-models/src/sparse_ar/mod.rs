//! Autoregression on few, possibly very long lags, in closed form: seasons of 1440 and 10080.
//!
//! [`SparseAr`] → [`SparseArModel`]; lags are given, made of seasons, or chosen by a [`LagCriterion`].

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

evenkeel_core::assert_shared!(LagCriterion, SparseAr, SparseArModel);

#[cfg(test)]
#[path = "../../tests/sparse_ar/unit/mod.rs"]
mod tests;
