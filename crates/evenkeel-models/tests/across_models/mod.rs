//! What holds for many models at once: the contract, bad input, coverage of intervals, wrappers.

mod allocations;
mod composed_conformance;
mod conformance;
mod coverage;
mod crossing;
pub(crate) mod estimators;
mod hostile;
pub(crate) mod hostile_smoothing;
mod known_failures;
mod plausible_smoothing;
mod tampered;
mod wrappers;
