//! Naive forecasts, the benchmarks of all others.
//!
//! [`Naive`] → [`NaiveModel`]: last value, last season, drift, means, Naive2 of the M competitions, by its
//! [`NaiveKind`].

mod fitted;
mod kind;
mod naive;
#[cfg(feature = "serde")]
mod snapshot;

pub use fitted::NaiveModel;
pub use kind::NaiveKind;
pub use naive::Naive;

evenkeel_core::assert_shared!(Naive, NaiveKind, NaiveModel);
