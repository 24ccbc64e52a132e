//! Adapters between stages of different inputs and outputs.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`SmoothedScore`] | stretches of surprise rather than single values, behind any detector |
//! | [`Standardize`], [`StandardizeBuilder`] | values in units of the first ones |
//! | [`ValueAsScore`] | a metric that is a score already |
//! | [`Univariate`] | one metric for a stage of many |

mod smoothed_score;
mod standardize;
mod univariate;
mod value_as_score;

pub use smoothed_score::SmoothedScore;
pub use standardize::{Standardize, StandardizeBuilder};
pub use univariate::Univariate;
pub use value_as_score::ValueAsScore;

evenkeel_core::assert_shared!(SmoothedScore, Univariate<()>, ValueAsScore, Standardize, StandardizeBuilder);
