//! Exponential smoothing of the level.

mod properties;
