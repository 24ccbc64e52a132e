//! Sequential inference: evidence that may be looked at after every observation.
//!
//! A fixed-size test that is read again and again raises a false alarm sooner or later. Everything in here is
//! valid whenever it is read, and for whatever reason one stops: the error probability holds over the whole
//! stream at once. In return it needs somewhat more data for the same decision at a size fixed in advance.
//!
//! | question | answer |
//! | --- | --- |
//! | is the rate `p0` or `p1`? | [`Sprt`] |
//! | has a rate just risen, however long it was fine? | [`BernoulliCusum`] |
//! | is a rate above (below, other than) `p0`? | [`BernoulliTest`] |
//! | is the mean of values in [0, 1] above (below, other than) `m`? | [`BettingTest`] |
//! | is the mean of Gaussian values with known standard deviation other than `theta0`? do two streams differ? | [`MixtureSprt`], [`TwoSampleMixtureSprt`] |
//! | between which limits is a rate? | [`BernoulliSequence`] |
//! | between which limits is the mean of values in [0, 1]? | [`BernsteinSequence`], [`MixtureBernsteinSequence`], [`HoeffdingSequence`] |
//! | between which limits is any mean, after many observations? | [`AsymptoticSequence`] |
//! | which line does a martingale cross with probability at most alpha? | [`boundary`] |
//!
//! The e-value is the evidence against the null: under it the expectation is at most 1 at any stopping time,
//! so it exceeds `1 / alpha` at any time with probability at most alpha (Ville's inequality). All evidence is
//! kept as a natural logarithm.

mod asymptotic;
mod bernoulli_cusum;
mod bernoulli_sequence;
mod bernoulli_test;
mod bernstein;
mod betting;
pub mod boundary;
mod bounded;
mod evidence;
mod hoeffding;
mod interval;
mod mixture_bernstein;
mod mixture_sprt;
mod sprt;

pub use asymptotic::{AsymptoticBoundary, AsymptoticSequence};
pub use bernoulli_cusum::{BernoulliCusum, RateEvidence};
pub use bernoulli_sequence::BernoulliSequence;
pub use bernoulli_test::BernoulliTest;
pub use bernstein::BernsteinSequence;
pub use betting::{Bets, BettingTest};
pub use evidence::{Alternative, EValue};
pub use hoeffding::HoeffdingSequence;
pub use interval::{Intersection, Interval};
pub use mixture_bernstein::MixtureBernsteinSequence;
pub use mixture_sprt::{MixtureSprt, TwoSampleMixtureSprt};
pub use sprt::{Decision, Sprt};
