//! Generator, regression, sums, linear systems, and laws of the distributions.

#[cfg(feature = "approx")]
mod approximate;
mod distributions;
mod generator;
#[cfg(feature = "rand")]
mod rand_traits;
mod recursive_least_squares;
mod sums;
