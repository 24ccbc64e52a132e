//! Scaling.

mod closed_loop;
mod conformance;
mod inputs;
mod stabilizer;
