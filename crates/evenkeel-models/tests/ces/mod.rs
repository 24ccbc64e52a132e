//! Complex exponential smoothing.

mod properties;
