//! Tests of what the crate offers, as its users call it.

mod reference;
