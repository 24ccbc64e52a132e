//! Unit tests of sparse autoregressions, compiled into the library: they reach what is private.

mod gram;
mod stability;
