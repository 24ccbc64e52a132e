//! Sums, systems of equations, regression.

mod compensated_sum;
mod least_squares;
mod recursive_least_squares;
mod systems;
