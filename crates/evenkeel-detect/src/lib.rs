//! Streaming anomaly detectors: they score each value, calibrate scores into p-values, and raise few alarms
//! under a stated budget.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Stage, Timed, Timestamp};
//! use evenkeel_detect::{Alarm, Dspot};
//!
//! // One value a minute; at most one false alarm a day; calm for ten minutes ends an event.
//! let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
//! let alarm = Alarm::for_budget(1.0, day, minute)?.clear_after(10 * minute).build()?;
//! let mut line = Timed(Dspot::builder(alarm.raise_at()).build()?).then(alarm);
//!
//! let mut last = None;
//! let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64;
//! for i in 0..2000 {
//!     let value = if i < 1990 { 20.0 + noise(i) } else { 35.0 };
//!     if let Some(event) = line.update(At::new(Timestamp::from_seconds(60 * i as i64), value)) {
//!         println!("{:?}: abnormal since {}, p = {:.1e}", event.kind, event.start, event.peak.value.p());
//!         last = Some(event);
//!     }
//! }
//! assert_eq!(last.unwrap().start, Timestamp::from_seconds(60 * 1990));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! Three things are kept apart. A **detector** gives a raw [`Score`](evenkeel_core::Score), on a scale of its
//! own. A **calibrator** turns scores into [p-values](evenkeel_core::Calibrated), which mean the same for
//! every detector. An **alarm** turns those into few [transitions](evenkeel_core::Transition): raised,
//! worsened, cleared. Benchmarks want the first, operators the last.
//!
//! If you know nothing about the series, take [`Monitor`], which is all three, or [`DefaultDetector`]
//! for the scores alone.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`monitor`] | [`Monitor`]: from values to few incidents in one stage |
//! | [`ensemble`] | [`DefaultDetector`]; several detectors together |
//! | [`forecast`] | [`Surprise`]: any forecaster as a detector |
//! | [`outlier`] | values far from their recent past: [`RobustZ`], seasonal profiles |
//! | [`chart`] | control charts of a known level: [`Cusum`], EWMA, Shewhart |
//! | [`change`] | that the mean or the distribution has changed, and since when: [`Adwin`] and others |
//! | [`pattern`] | shapes and sequences that were not seen before |
//! | [`multivariate`] | several metrics at once, or the members of a group: random cut forests, subspaces |
//! | [`calibrate`] | from scores to p-values: [`RankCusum`], [`Spot`], [`Dspot`] |
//! | [`alarm`] | from p-values or scores to few incidents: [`Alarm`] |
//! | [`bank`] | [`Bank`]: a stage for each of many keys |
//! | [`feedback`] | verdicts of people on alerts move thresholds, within bounds |
//! | [`fleet`] | [`Fleet`]: a monitor for each of many series under one budget, and few pages |
//! | [`adapt`] | joints between stages |
//!
//! Each module says of its detectors what they notice and what a value costs. At the root are the items that
//! most programs need; each of them, and all others, are in their module.
//!
//! # Features
//! - `std` (default): without it the crate is `no_std` with `alloc`.
//! - `serde`: snapshots of everything that has a state.
//! - `spectral`: detectors that need Fourier transforms; needs `std`.
//! - `rand`: `seed_from_rng` where a setting is a seed.
//! - `rayon`: the shards of a [`Bank`] on all threads.
//!
//! # What it is not
//! It does not hold models of series: except for two small forecasters that learn as they go, these come from
//! `evenkeel-models` or from you, through [`Forecaster`](evenkeel_core::Forecaster). Nothing here decides
//! what to do about an alarm.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod adapt;
pub mod alarm;
pub mod bank;
pub mod calibrate;
pub mod change;
pub mod chart;
pub mod ensemble;
pub mod feedback;
pub mod fleet;
pub mod forecast;
pub mod monitor;
pub mod multivariate;
pub mod outlier;
pub mod pattern;
mod period;
#[cfg(feature = "rand")]
mod seed_from_rng;

pub use alarm::Alarm;
pub use bank::Bank;
pub use calibrate::{Dspot, RankCusum, Spot, Tails};
pub use change::Adwin;
pub use chart::Cusum;
pub use ensemble::DefaultDetector;
pub use fleet::Fleet;
pub use forecast::Surprise;
pub use monitor::{Budget, Monitor};
pub use outlier::RobustZ;

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
