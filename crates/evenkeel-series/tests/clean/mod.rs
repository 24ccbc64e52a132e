//! Cleaning: quality, resampling, alignment, repair.

mod align;
mod clean;
mod quality;
mod repair;
mod resample;
mod supersmoother;

use evenkeel_core::{At, Timestamp};

fn at(second: i64, value: f64) -> At<f64> {
    At::new(Timestamp::from_seconds(second), value)
}
