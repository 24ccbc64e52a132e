//! Local regression (LOESS, LOWESS).

mod loess;
mod robust_weights;
mod smoother;

pub use loess::Loess;
pub(crate) use robust_weights::{bisquare, multiply};
pub(crate) use smoother::Smoother;
