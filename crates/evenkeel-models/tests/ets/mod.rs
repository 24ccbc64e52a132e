//! Exponential smoothing with error, trend and season.

mod properties;
mod reference;
