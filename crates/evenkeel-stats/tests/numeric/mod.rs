//! Generator, regression, sums, linear systems, and laws of the distributions.

mod distributions;
mod generator;
mod recursive_least_squares;
mod sums;
