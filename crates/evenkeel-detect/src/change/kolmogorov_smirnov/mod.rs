//! The Kolmogorov-Smirnov test of two neighboring windows, sliding.

mod kolmogorov_smirnov;
mod null_distribution;
mod treap;

pub use kolmogorov_smirnov::{KolmogorovSmirnov, KolmogorovSmirnovBuilder};
