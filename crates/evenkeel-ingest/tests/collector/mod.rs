//! The collector: real bodies, and sources that fail in every way.

mod captured;
mod evidence;
mod faults;
mod selector;
mod world;
