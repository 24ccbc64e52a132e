//! The random generator.

mod draws;
#[cfg(feature = "rand")]
mod rand_traits;
