//! Naive forecasts, the benchmarks of all others.

mod fitted;
mod kind;
mod naive;
#[cfg(feature = "serde")]
mod snapshot;

pub use fitted::NaiveModel;
pub use kind::NaiveKind;
pub use naive::Naive;
