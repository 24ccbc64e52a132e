//! Statistics of the newest values.

mod clocks;
mod ewm;
mod moments_and_extremes;
mod rolling_quantile;
mod time_rolling;
