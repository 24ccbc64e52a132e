//! Hypothesis tests.

mod residual_tests;
mod stationarity;
mod statistics;
