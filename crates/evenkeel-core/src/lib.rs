//! The shared interface of the evenkeel crates: the streaming contract, the vocabulary, the error type.
//!
//! ```
//! use evenkeel_core::{Direction, Score, Stage, observed};
//!
//! /// The distance of a value from the one before.
//! #[derive(Debug, Clone, Default)]
//! struct Jump(Option<f64>);
//!
//! impl Stage<f64> for Jump {
//!     type Output = Score;
//!
//!     fn update(&mut self, x: f64) -> Option<Score> {
//!         let x = observed(x)?;
//!         let before = self.0.replace(x)?;
//!         Score::from_deviation(x - before)
//!     }
//!
//!     fn reset(&mut self) {
//!         self.0 = None;
//!     }
//! }
//!
//! let scores: Vec<_> = Jump::default().run([1.0, 1.5, f64::NAN, -8.5]).collect();
//! assert_eq!(scores[3].unwrap().value(), 10.0);
//! assert_eq!(scores[3].unwrap().direction(), Direction::Down);
//! ```
//!
//! That is a whole detector. It connects with every calibrator and alarm of the family, and one macro call of
//! `evenkeel-testing` checks that it keeps the [contract](Stage#the-contract).
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Stage`], [`Then`], [`Run`], [`Timed`] | one observation in, at most one output; composed, run, with times |
//! | [`Detector`], [`Forecaster`], [`Fit`] | stages that score, stages that predict, estimators that learn from a history |
//! | [`Score`], [`Calibrated`], [`Transition`] | raw scores, their p-values, the few incidents made of them |
//! | [`Prediction`], [`Assessment`] | what is expected, and a value under the full predictive distribution |
//! | [`Timestamp`], [`At`], [`Watermark`] | time without a clock, and which times to believe |
//! | [`Name`], [`Signal`], [`MetricKind`], [`Unit`], [`SourceHealth`], [`Topology`] | what is watched, and whether it can be trusted |
//! | [`Diagnosis`], [`Cause`], [`Evidence`] | the result of localization, which remediation acts on |
//! | [`observed`] | the one rule on missing values |
//! | [`Error`] | why settings, histories or bytes are refused |
#![cfg_attr(
    feature = "serde",
    doc = "| [`Snapshot`], [`restore`], [`exact`], [`state!`] | saving a running stage and continuing elsewhere, bit for bit |"
)]
//!
//! # Features
//! - `std` (default): conversions of `SystemTime`; without it the crate is `no_std` with `alloc`.
//! - `jiff`, `chrono`: conversions of the times of these libraries.
//! - `approx`: comparison of predictions, scores and transitions within a tolerance, by the traits
//!   of the crate `approx`.
//! - `serde`: snapshots, and (de)serialization of the vocabulary.
//!
//! # What it is not
//! There is no algorithm in here. Start at the facade, `evenkeel`, unless you write a crate that joins the
//! family.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[doc(hidden)]
pub use alloc::string::String as __String;

#[cfg(feature = "approx")]
mod approximate;
mod assertions;
mod detector;
mod diagnosis;
mod error;
mod fit;
mod forecaster;
pub mod gaussian;
mod health;
mod name;
mod observed;
mod plausibility_check;
mod score;
mod signal;
mod stage;
mod time;
mod time_conversions;
mod timed;
mod topology;
mod transition;

#[cfg(feature = "serde")]
pub mod exact;
#[cfg(feature = "serde")]
mod snapshot;
mod state;

#[cfg(feature = "approx")]
#[doc(hidden)]
pub use approximate::__or_same;
pub use detector::Detector;
pub use diagnosis::{Cause, Diagnosis, Evidence, FaultKind, Subject};
pub use error::Error;
pub use fit::Fit;
pub use forecaster::{Assessment, Forecaster, Prediction};
pub use health::{SourceHealth, Unreliable};
pub use name::Name;
pub use observed::{LARGEST, observed, observed_slice};
pub use plausibility_check::{Checked, PlausibilityCheck};
pub use score::{Calibrated, Direction, Score};
pub use signal::{MetricKind, Signal, Unit};
#[cfg(feature = "serde")]
pub use snapshot::{Saved, Snapshot, restore, restore_or_fresh};
pub use stage::{Run, Stage, Then};
pub use time::{At, Belief, Tick, Timestamp, Watermark};
pub use timed::Timed;
pub use topology::Topology;
pub use transition::{Transition, TransitionKind};

assert_shared!(
    Error,
    Name,
    Signal,
    At<f64>,
    Watermark,
    Tick,
    PlausibilityCheck,
    Checked,
    Belief,
    Score,
    Calibrated,
    Transition,
    Prediction,
    Assessment,
    SourceHealth,
    Diagnosis,
    Then<Timed<()>, ()>,
);
assert_dyn_compatible!(
    dyn Stage<f64, Output = f64>,
    dyn Stage<&'static [f64], Output = Score>,
    dyn Detector,
    dyn Forecaster,
    dyn Fit<Fitted = ()>,
    dyn Topology,
);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
