//! Boundaries that a sum crosses at any time with probability at most alpha.
//!
//! A sum of centered observations `s` with intrinsic time `v` (the variance accumulated so far, known or
//! estimated as the process at hand demands) stays below `u(v)` at all times at once with probability
//! `1 - alpha`. Which line fits depends on the tails: sub-Gaussian sums take [`NormalMixture`],
//! sub-exponential ones (empirical Bernstein) [`GammaExponentialMixture`], bounded ones with a known mean
//! (Bernoulli) [`BetaBinomialMixture`]; [`PolynomialStitching`] is the closed form with the rate of the law
//! of the iterated logarithm.
//!
//! Source: S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Time-uniform, nonparametric, nonasymptotic
//! confidence sequences, Ann. Stat. 49 (2021) 1055-1080, doi:10.1214/20-AOS1991.
//!
//! ```
//! use evenkeel_stats::sequential::boundary::{Boundary, NormalMixture};
//!
//! // A random walk with unit steps: where is it at any time with probability 95 %? Tightest around its
//! // thousandth step.
//! let line = NormalMixture::two_sided(1000.0, 0.05)?;
//! assert!(line.bound(1000.0, 0.05) < 3.04 * 1000_f64.sqrt());
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod beta_binomial;
mod boundary;
mod crossing;
mod gamma_exponential;
mod normal;
mod stitching;
mod tuning;

pub use beta_binomial::BetaBinomialMixture;
pub use boundary::{Boundary, Mixture};
pub use gamma_exponential::GammaExponentialMixture;
pub use normal::NormalMixture;
pub use stitching::PolynomialStitching;
