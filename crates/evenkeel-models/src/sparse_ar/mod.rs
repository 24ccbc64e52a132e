//! Autoregression on few, possibly very long lags.

mod account;
mod gram;
mod model;
mod select;
mod settings;
mod stability;
#[cfg(feature = "serde")]
mod state;

pub use account::SparseArAccount;
pub use model::SparseArModel;
pub use select::LagCriterion;
pub use settings::SparseAr;

pub(crate) use settings::{dense_lags, few_lags};
