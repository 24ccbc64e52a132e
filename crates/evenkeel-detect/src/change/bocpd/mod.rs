//! Bayesian online change point detection.

mod bocpd;
mod conjugate;
mod hypotheses;
#[cfg(feature = "serde")]
mod snapshot;
mod vector_math;

pub use bocpd::{Bocpd, BocpdBuilder, ChangeScore};
pub use conjugate::{BernoulliBeta, Conjugate, NormalGamma, PoissonGamma};
