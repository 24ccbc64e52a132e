//! The conformance kit of evenkeel: the streaming contract as one macro call a stage, and the plumbing of
//! reference replays.
//!
//! ```
//! use evenkeel_core::{Score, Snapshot, Stage, observed};
//! use serde::{Deserialize, Serialize};
//!
//! /// How far a value is from the one before.
//! #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
//! struct Jump {
//!     #[serde(with = "evenkeel_core::exact")]
//!     before: Option<f64>,
//! }
//!
//! impl Stage<f64> for Jump {
//!     type Output = Score;
//!
//!     fn update(&mut self, x: f64) -> Option<Score> {
//!         let x = observed(x)?;
//!         let before = self.before.replace(x)?;
//!         Score::from_deviation(x - before)
//!     }
//!
//!     fn reset(&mut self) {
//!         self.before = None;
//!     }
//! }
//!
//! impl Snapshot for Jump {
//!     fn schema() -> String {
//!         "Jump@1".into()
//!     }
//! }
//!
//! // In `tests/`: twelve tests, one a promise of the contract.
//! evenkeel_testing::conformance! {
//!     jump { stage: Jump::default(), input: f64, kind: detector, schema: "Jump@1" }
//! }
//!
//! // Or one check alone.
//! use evenkeel_testing::conformance::{Kind, Options, never_panics};
//! never_panics::<f64, _>(Jump::default, &Options::new(Kind::Detector))?;
//! # Ok::<(), evenkeel_testing::conformance::Broken>(())
//! ```
//!
//! Put `evenkeel-testing` into the `[dev-dependencies]` of the crate that has the stage. A failed test says
//! which promise was broken and how:
//!
//! ```text
//! contract 2 (missing is missing, outputs are finite) is broken: said Some(NaN) at input 3 of `everything mixed` to a fresh stage (inf)
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`conformance!`] | the tests of a stage, by one call; its fields are described there |
//! | [`mod@conformance`] | the same checks as functions, and [`Input`](conformance::Input) for inputs of your own |
//! | [`statistical`] | the false-alarm rate on noise within an exact binomial bound, the delay on a step |
//! | [`mod@reference`], [`assert_close!`] | reading values that other systems computed, comparing with them, and listing the gaps with their reasons |
//! | [`Source`] | seeded streams: noise, something like a metric, a scraper's times |
//! | [`autoregression`], [`forecast()`] | autoregressions to test fits on, forecasts as vectors |
//! | [`assert_shared!`], [`assert_dyn_compatible!`] | promises on types, held at compile time (of `evenkeel-core`) |
//!
//! # What it is not
//! It does not know whether an algorithm is right: reference values and properties of its own do. It does not
//! find a peek into the value being scored unless the score says what had been expected, or contradicts
//! itself.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod autoregression;
pub mod conformance;
mod forecast;
pub mod reference;
mod source;
pub mod statistical;

pub use evenkeel_core::{assert_dyn_compatible, assert_shared};
pub use forecast::forecast;
pub use source::Source;
// For the macros, whose users may call the crate by another name.
#[doc(hidden)]
pub use evenkeel_core as __core;

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
