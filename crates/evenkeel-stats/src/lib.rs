//! Statistics for evenkeel: accurate distribution tails, sequential tests valid at any time, recursive least
//! squares.
//!
//! ```
//! use evenkeel_core::Stage;
//! use evenkeel_stats::sequential::{Alternative, BernoulliTest};
//! use evenkeel_stats::{Generator, Normal};
//!
//! // How unlikely is a reading nine sigmas out? Not 0.
//! let p = Normal::new(250.0, 20.0)?.upper(430.0);
//! assert!((p / 1.128_588_4e-19 - 1.0).abs() < 1e-6);
//!
//! // Do more than 1 % of the requests fail? Look after each of them, and stop once there is enough evidence.
//! let mut requests = Generator::new(7);
//! let mut test = BernoulliTest::new(0.01, Alternative::Greater)?;
//! while test.evidence().p() > 0.001 {
//!     test.update(requests.bernoulli(0.05));
//! }
//! assert!(test.trials() < 1000);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`distribution`] | [`Normal`], [`StudentT`], [`Gamma`], [`ChiSquared`], [`Beta`], [`GeneralizedPareto`]: densities, both tails, both quantiles, to 1e-10 down to 1e-300 |
//! | [`sequential`] | SPRT, e-processes by betting, confidence sequences, mixture SPRT, uniform boundaries |
//! | [`bandit`] | LinUCB, Thompson sampling, UCB1, KL-UCB; off-policy evaluation |
//! | [`RecursiveLeastSquares`] | linear regression, one observation at a time, with exponential forgetting |
//! | [`CrossingTime`] | when a limit is reached: the first passage of a random walk with drift, or of simulated paths |
//! | [`LimitForecast`], [`Deadline`] | whether a metric reaches its limit within a horizon, and when |
//! | [`Generator`] | seeded random numbers, the same on every platform and in every version |
//! | [`CompensatedSum`] | sums without accumulated rounding error |
//! | [`linear`] | small dense systems of equations on slices, least squares by QR |
//! | [`scalar_search`] | roots and optima of functions of one variable |
//! | [`special`] | incomplete gamma and beta functions, their inverses and logarithms, and their building blocks |
//!
//! # Features
//! - `std` (default): nothing in here needs it; without it the crate is `no_std` with `alloc`.
//! - `approx`: comparison of distributions, intervals and evidence within a tolerance, by the traits of the
//!   crate `approx`.
//! - `rand`: [`Generator`] implements the traits of the crate `rand`.
//! - `serde`: snapshots of everything that has a state.
//!
//! # What it is not
//! No time series (that is `evenkeel-series`), no fitting of distributions to data, no large or general
//! matrices, no cryptographic randomness.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "approx")]
mod approximate;
pub mod bandit;
mod compensated_sum;
mod crossing;
mod deadline;
pub mod distribution;
mod generator;
mod limit_forecast;
pub mod linear;
#[cfg(feature = "rand")]
mod rand_traits;
mod recursive_least_squares;
pub mod scalar_search;
pub mod sequential;
pub mod special;

pub use compensated_sum::CompensatedSum;
pub use crossing::{CrossingSummary, CrossingTime, Limit};
pub use deadline::Deadline;
pub use distribution::{Beta, ChiSquared, Gamma, GeneralizedPareto, Normal, StudentT};
pub use generator::Generator;
pub use limit_forecast::{LimitForecast, LimitForecastBuilder};
pub use recursive_least_squares::{Innovation, RecursiveLeastSquares, RecursiveLeastSquaresBuilder};

evenkeel_core::assert_shared!(
    Beta,
    ChiSquared,
    CompensatedSum,
    CrossingSummary,
    CrossingTime,
    Deadline,
    Gamma,
    GeneralizedPareto,
    Generator,
    Innovation,
    Limit,
    LimitForecast,
    LimitForecastBuilder,
    Normal,
    RecursiveLeastSquares,
    RecursiveLeastSquaresBuilder,
    StudentT,
    bandit::BetaThompson,
    bandit::Estimate,
    bandit::LinUcb,
    bandit::LinearThompson,
    bandit::Logged,
    sequential::Alternative,
    sequential::AsymptoticBoundary,
    sequential::AsymptoticSequence,
    sequential::BernoulliCusum,
    sequential::BernoulliSequence,
    sequential::BernoulliTest,
    sequential::BernsteinSequence,
    sequential::Bets,
    sequential::BettingTest,
    sequential::Decision,
    sequential::EValue,
    sequential::HoeffdingSequence,
    sequential::Intersection,
    sequential::Interval,
    sequential::MixtureBernsteinSequence,
    sequential::MixtureSprt,
    sequential::RateEvidence,
    sequential::Sprt,
    sequential::TwoSampleMixtureSprt,
    sequential::boundary::BetaBinomialMixture,
    sequential::boundary::GammaExponentialMixture,
    sequential::boundary::NormalMixture,
    sequential::boundary::PolynomialStitching,
    special::Side,
    special::Tails,
);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
