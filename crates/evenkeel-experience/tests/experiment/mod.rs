//! Experiments: published values, laws, refusals.

mod calibration;
mod laws;
mod published;
mod refusals;
