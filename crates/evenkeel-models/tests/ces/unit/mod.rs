//! Unit tests of complex exponential smoothing, compiled into the library: they reach what is private.

mod admissible;
mod recursion;
