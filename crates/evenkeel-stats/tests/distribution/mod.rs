//! Distributions.

#[cfg(feature = "approx")]
mod approximate;
mod tails;
