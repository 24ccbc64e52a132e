//! Quantiles: of a slice, by all nine definitions, and of arbitrarily many values by a mergeable sketch.

mod quantile;
mod quantile_sketch;
mod sorted_window;

pub(crate) use quantile::median_of_mut;
pub use quantile::{MAD_TO_SD, Quantile, QuantileDefinition, mad, median};
pub use quantile_sketch::QuantileSketch;
pub(crate) use sorted_window::{SortedWindow, for_each_neighborhood};
