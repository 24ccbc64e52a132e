//! Remediation under guards: a policy decides, guards rule, a machine without I/O acts and verifies, and the
//! default is to advise.
//!
//! ```
//! use evenkeel_core::{At, Cause, Diagnosis, FaultKind, Timestamp};
//! use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
//! use evenkeel_remedy::{BlastRadius, Cooldown, ErrorRatio, Event, Health, Outcome, Remediator, Runbook, Sample, Target};
//! use std::time::Duration;
//!
//! // At most half of a component may be out; a target is left alone for a minute; restarts may really be done.
//! let machine = Remediator::builder(ErrorRatio::builder(0.01).build()?)
//!     .guard(BlastRadius::new(0.5)?)
//!     .guard(Cooldown::new(Duration::from_secs(60)))
//!     .enable("restart")
//!     .without_lease();
//! let mut driver = Driver::new(machine.build()?, Runbook::standard(), DryRun::new(), MemoryLog::new());
//!
//! // Two instances of the store; one has run out of connections, says the diagnosis.
//! let at = Timestamp::from_seconds;
//! for (name, health) in [("store-1", Health::Failing), ("store-2", Health::Serving)] {
//!     let target = Target::instance("store", name);
//!     driver.step(at(0), Event::Health { target, health: At::new(at(0), health) })?;
//! }
//! let mut cause = Cause::new("store", 0.9)?;
//! cause.kind = Some(FaultKind::PoolExhausted);
//! driver.step(at(1), Event::Opened { incident: 1, symptom: None, diagnosis: Diagnosis::new(at(1), vec![cause])? })?;
//!
//! // It was restarted. Is it over? That is for the users to say, 50 requests a second of them.
//! for second in 2..60 {
//!     let sample = At::new(at(second), Sample::Counts { good: 50, bad: 0 });
//!     for notice in driver.step(at(second), Event::Seen { incident: None, sample })? {
//!         println!("{notice:?}");
//!     }
//! }
//! assert_eq!(driver.executor().done()[0].to_string(), "restart store/store-1");
//! assert_eq!(driver.outcome(1), Some(&Outcome::Recovered));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Remediator`], [`Event`], [`Effect`], [`Notice`] | the machine: events in, effects out, eleven promises |
//! | [`Policy`], [`Situation`], [`Decision`], [`Runbook`] | who decides: rules that name kinds of faults, or whatever you bring |
//! | [`Verb`], [`StandardVerb`], [`Action`], [`Plan`] | what can be done, and what it takes out of service |
//! | [`Guard`], [`Ruling`], [`Ledger`] | who rules on it, by what |
//! | [`BlastRadius`], [`Cooldown`], [`Rate`], [`Freeze`], [`SourceHealthy`], [`OneAtATime`], [`Approval`] | the guards that are shipped |
//! | [`NotHalted`], [`ValidLease`], [`Switches`] | the guards that no machine is without |
//! | [`Permit`], [`Executor`], [`Applied`] | the right to do one thing once, and who does it |
//! | [`Verifier`], [`ErrorRatio`], [`Recovery`] | whether users are fine again: a sequential test, never a count of good windows |
//! | [`Record`], [`Entry`] | what is written ahead and read back after a crash |
//! | [`Clock`], [`Distrusted`] | what time it is where clocks jump, and what was not believed |
#![cfg_attr(
    feature = "std",
    doc = "| [`driver`] | thin and blocking: log, policy and executor around the machine |"
)]
#![cfg_attr(
    feature = "simulator",
    doc = "| [`simulator`] | worlds in which everything goes wrong, repeatable by a seed |"
)]
//!
//! # Features
//! - `std` (default): the [`driver`](mod@driver) with its executors; without it the crate is `no_std` with
//!   `alloc`.
//! - `serde`: records and snapshots that can be written and read.
//! - `journal`: a log in a file, written as lines of JSON with checksums. Takes `std` and `serde`.
//! - `simulator`: a deterministic simulator of fleets, faults and bad executors, for testing policies and
//!   guards.
//!
//! # What it is not
//! It finds no faults: a [`Diagnosis`](evenkeel_core::Diagnosis) comes from `evenkeel-locate` or from you. It
//! knows no orchestrator: an [`Executor`] is yours, or a command. It is no consensus protocol: who holds the
//! lease is decided elsewhere.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod action;
mod clock;
#[cfg(feature = "std")]
pub mod driver;
mod executor;
mod guard;
mod ledger;
mod machine;
mod permit;
mod policy;
mod record;
mod ruling;
mod runbook;
#[cfg(feature = "simulator")]
pub mod simulator;
mod standard_verb;
mod verb;
mod verify;

pub use action::{Action, Key, Plan, Step, Target};
pub use clock::Clock;
pub use executor::{Applied, Executor};
pub use guard::{
    Approval, BlastRadius, Cooldown, Freeze, Guard, NotHalted, OneAtATime, Rate, SourceHealthy, Switches,
    ValidLease,
};
pub use ledger::{CompletedAction, ExternalAction, Health, InFlight, Lease, Ledger, Member, OutOfService};
pub use machine::{
    Distrusted, Effect, Effects, Event, GuardStats, Notice, Outcome, Remediator, RemediatorBuilder, Status,
};
pub use permit::Permit;
pub use policy::{Decision, Policy, Refused, Situation, TrialResult, Tried};
pub use record::{Entry, Record};
pub use ruling::{Reason, Ruling};
pub use runbook::{Measure, Runbook};
pub use standard_verb::StandardVerb;
pub use verb::{Impact, Share, Verb};
pub use verify::{ErrorRatio, ErrorRatioBuilder, Recovery, Sample, Verdict, Verifier};

evenkeel_core::assert_shared!(
    Remediator,
    Clock,
    RemediatorBuilder<StandardVerb, ErrorRatio>,
    Event<StandardVerb>,
    Effect<StandardVerb>,
    Notice<StandardVerb>,
    Record<StandardVerb>,
    Permit<StandardVerb>,
    Ledger<'static, StandardVerb>,
    Situation<'static, StandardVerb>,
    Runbook,
    Ruling,
    BlastRadius,
    OneAtATime,
    SourceHealthy,
    ErrorRatio,
);
evenkeel_core::assert_dyn_compatible!(
    dyn Policy<StandardVerb>,
    dyn Guard<StandardVerb>,
    dyn Executor<StandardVerb>,
    dyn Verifier<Output = Recovery>,
);
