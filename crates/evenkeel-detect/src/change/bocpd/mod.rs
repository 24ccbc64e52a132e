//! Bayesian online change point detection.

mod bocpd;
mod conjugate;
mod hypotheses;
mod vector_math;

pub use bocpd::{Bocpd, BocpdBuilder, ChangeScore};
pub use conjugate::{BernoulliBeta, Conjugate, NormalGamma, PoissonGamma};
