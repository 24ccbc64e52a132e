//! Gaussian emissions: the distribution, its density with missing coordinates, and its maximum likelihood.

mod covariance;
mod density;
mod emission;
mod factor;
mod gaussian;
mod maximization;
#[cfg(feature = "serde")]
mod snapshot;
mod univariate;

pub use covariance::Covariance;
pub use gaussian::Gaussian;
pub(super) use maximization::least_deviations;
