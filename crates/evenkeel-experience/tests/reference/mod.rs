//! Replays of reference values.

mod breaker_outlier;
mod burn_rate;
mod canary;
mod cuped;
mod group_sequential;
mod limits;
mod srm_apdex;
mod two_sample;

use serde::Deserialize;

/// What is said about a file; only the tolerance matters here.
#[derive(Deserialize)]
struct Meta {
    default_rel_tol: f64,
}

/// Beside the relative tolerance: a rounding of numbers of the size of the data.
const ABSOLUTE: f64 = 1e-12;
