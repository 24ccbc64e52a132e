//! Probability distributions: densities, both tails, and the quantiles of both.
//!
//! A small upper tail is not `1 - lower`: that is 0 from 1e-17 on. Each distribution therefore has both tails
//! (`lower`, `upper`), their natural logarithms, and the quantiles of both. Measured against mpmath, all of
//! them are accurate to 1e-10 relative to themselves from 1e-300 to 1. Where a tail is not representable any
//! more, its logarithm still is.
//!
//! | distribution | parameters |
//! | --- | --- |
//! | [`Normal`] | mean, standard deviation |
//! | [`StudentT`] | degrees of freedom, location, scale |
//! | [`Gamma`] | shape, scale |
//! | [`ChiSquared`] | degrees of freedom |
//! | [`Beta`] | two shapes |
//! | [`GeneralizedPareto`] | location, scale, shape |
//!
//! Outside of the support the density is 0 and the tails are 0 and 1. A NaN argument gives NaN, and so does a
//! probability outside of [0, 1]. Quantiles at 0 and 1 are the ends of the support.

mod beta;
mod chi_squared;
mod gamma;
mod generalized_pareto;
mod normal;
mod parameter_range;
mod smaller_tail;
mod student_t;

pub use beta::Beta;
pub use chi_squared::ChiSquared;
pub use gamma::Gamma;
pub use generalized_pareto::GeneralizedPareto;
pub use normal::Normal;
pub use student_t::StudentT;
