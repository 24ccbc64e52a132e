//! Unit tests of exponential smoothing, compiled into the library: they reach what is private.

mod admissible;
mod factor_trend_moments;
mod product_moments;
mod recursion;
