//! Tests of what the crate offers, as its users call it.

mod conformance;
mod reference;
mod statistical;
