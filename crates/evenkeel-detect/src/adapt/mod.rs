//! Adapters that fit stages together: other units, a value as a score, a smoothed score, one metric for a
//! stage of many.

mod smoothed_score;
mod standardize;
mod univariate;
mod value_as_score;

pub use smoothed_score::SmoothedScore;
pub use standardize::{Standardize, StandardizeBuilder};
pub use univariate::Univariate;
pub use value_as_score::ValueAsScore;
