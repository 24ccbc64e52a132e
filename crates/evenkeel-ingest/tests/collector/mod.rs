//! The collector: real bodies, and sources that fail in every way.

mod captured;
mod faults;
mod selector;
mod world;
