//! Quantiles.

mod quantile;
mod quantile_sketch;
