//! The sensing half of the closed loop, without input or output: samples, calls, spans, log lines, requests,
//! changes and the time go in; alerts, incidents and diagnoses come out.
//!
//! ```text
//! samples, calls, spans, lines, requests, changes ─► Observer ─► Event ─► Driver ─► Notice
//!                                                       ▲                             │
//!                                                       └──────── heed(&Notice) ◄─────┘
//! ```
//!
//! With a [`Driver`](evenkeel_remedy::driver::Driver) of `evenkeel-remedy` the circle is closed in three
//! lines:
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Signal, Timestamp};
//! use evenkeel_keeper::{Observer, Symptom};
//! use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
//! use evenkeel_remedy::{ErrorRatio, Event, Health, Remediator, Runbook, Target};
//!
//! let builder = Observer::builder(Symptom::requests("users", 0.02)?.at("store"));
//! let mut observer = builder.step(Duration::from_secs(1)).evidence(Duration::from_secs(5)).build()?;
//! let machine = Remediator::builder(ErrorRatio::builder(0.02).build()?).enable("restart").without_lease().build()?;
//! let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new());
//!
//! let waits = Signal::new("store", "pool_wait_seconds").at_instance("store-1");
//! for second in 0..240 {
//!     let now = Timestamp::from_seconds(second);
//!     let broken = second >= 150 && driver.executor().done().is_empty();
//!     observer.observe(now, &waits, if broken { 0.9 } else { 0.030 + 0.001 * (second % 7) as f64 });
//!     let health = At::new(now, if broken { Health::Failing } else { Health::Serving });
//!     let report = Event::Health { target: Target::instance("store", "store-1"), health };
//!     driver.step(now, report)?.iter().for_each(|notice| observer.heed(notice));
//!     observer.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
//!     for event in observer.tick(now) {
//!         for notice in driver.step(now, event)? {
//!             observer.heed(&notice);
//!             println!("{notice}");
//!         }
//!     }
//! }
//! assert_eq!(driver.executor().done()[0].to_string(), "restart store/store-1");
//! assert_eq!(driver.outcome(0).unwrap().to_string(), "recovered");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Observer`], [`ObserverBuilder`] | takes what happens, says what is wrong and why |
//! | [`Symptom`], [`SymptomId`], [`Breach`] | what opens an incident: too many bad requests, no requests, a series out of range |
//! | [`Event`], [`Events`] | what it says, as a machine takes it |
//! | [`Calls`], [`SignalId`] | what it is told |
//! | [`State`], [`Dropped`] | what it knows, to be saved; what it did not take |
//!
//! # Features
//! - `serde`: snapshots of the [`State`], by which an observer survives a restart.
//!
//! # What it is not
//! It reads no metrics, decides nothing and does nothing: what is done about an incident is for
//! [`evenkeel-remedy`](evenkeel_remedy) to rule on.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod changes;
mod event;
mod evidence;
mod incident;
mod lifecycle;
mod members;
mod observer;
mod recent;
mod recent_lines;
mod recent_spans;
mod settings;
mod source;
mod state;
mod symptom;
mod thinning;
mod traces_and_logs;

pub use builder::ObserverBuilder;
pub use event::{Breach, Event, Events};
pub use observer::{Calls, Observer, SignalId, SymptomId};
pub use state::{Dropped, State};
pub use symptom::Symptom;

evenkeel_core::assert_shared!(
    Observer,
    ObserverBuilder,
    Symptom,
    SymptomId,
    SignalId,
    Calls,
    Breach,
    Event,
    Events,
    Dropped
);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
