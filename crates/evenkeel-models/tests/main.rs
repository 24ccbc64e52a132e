//! The integration tests of the models.

#![expect(clippy::print_stdout, reason = "replays report their margins")]
#![expect(clippy::unwrap_used, reason = "a test that panics has said what it found")]

mod across_models;
mod arima;
mod auto;
mod ces;
mod croston;
mod ets;
mod hmm;
mod naive;
mod simple_smoothing;
mod sparse_ar;
mod state_space;
mod theta;
