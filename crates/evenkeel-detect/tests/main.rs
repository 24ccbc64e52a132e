//! The tests of `evenkeel-detect`, in the folders of `src`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

// For files of `src` that tests of private parts include.
extern crate alloc;

mod adapt;
mod alarm;
mod bank;
mod budget;
mod calibrate;
mod change;
mod chart;
mod clocks;
mod conformance;
mod ensemble;
mod feedback;
mod fleet;
mod forecast;
mod known_failures;
mod monitor;
mod multivariate;
mod outlier;
mod pattern;
mod pipeline;
mod reference;
mod reference_shapes;
#[cfg(feature = "rand")]
mod seed_from_rng;
mod stream;
