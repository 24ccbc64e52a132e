//! Unit tests of what several models use, compiled into the library: they reach what is private.

mod bfgs;
mod fit_report;
mod seasonal_indices;
mod small_sample;
