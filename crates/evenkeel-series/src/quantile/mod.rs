//! Quantiles of a slice by all nine definitions, and of arbitrarily many values by a mergeable sketch.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`median()`], [`mad()`], [`MAD_TO_SD`] | median and median absolute deviation of a slice, by selection; the factor to a standard deviation |
//! | [`Quantile`], [`QuantileDefinition`] | any quantile of a slice, by any of the nine definitions |
//! | [`QuantileSketch`] | quantiles of arbitrarily many values to a relative error, mergeable |
//!
//! Quantiles of the newest values are in [`rolling`](crate::rolling).

mod quantile;
mod quantile_sketch;
mod sorted_window;

pub(crate) use quantile::median_of_mut;
pub use quantile::{MAD_TO_SD, Quantile, QuantileDefinition, mad, median};
pub use quantile_sketch::QuantileSketch;
pub(crate) use sorted_window::{SortedWindow, for_each_neighborhood};

evenkeel_core::assert_shared!(Quantile, QuantileSketch);
