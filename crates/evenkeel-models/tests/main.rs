//! The integration tests of the models.

#![expect(clippy::print_stdout, reason = "replays report their margins")]
#![expect(clippy::unwrap_used, reason = "a test that panics has said what it found")]

mod allocations;
mod arima;
mod auto;
mod auto_arima;
mod ces;
mod composed_conformance;
mod conformance;
mod coverage;
mod croston;
mod dense;
mod estimators;
mod ets;
mod ets_reference;
mod harmonic;
mod hostile;
mod naive;
mod plausible;
mod reference;
mod siblings;
mod smoothing;
mod smoothing_hostile;
mod smoothing_plausible;
mod sparse_ar;
mod tampered;
mod theta;
mod theta_reference;
mod wrappers;
