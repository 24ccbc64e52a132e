//! Remediation under guards: a policy decides, guards rule, a machine without I/O acts and verifies, and the
//! default is to advise.
//!
//! ```
//! use evenkeel_core::{At, Cause, Diagnosis, FaultKind, Timestamp};
//! use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
//! use evenkeel_remedy::{BlastRadius, Cooldown, ErrorRatio, Event, Health, Outcome, Remediator, Runbook, Sample, Target};
//! use std::time::Duration;
//!
//! // At most half of a component may be out; a target is left alone for a minute; restarts may really be
//! // done.
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
//! | module | what is in it |
//! | --- | --- |
//! | [`machine`] | [`Remediator`]: [`Event`]s in, effects and [`Notice`]s out, eleven promises; records, outcomes |
//! | [`policy`] | who decides: [`Runbook`], by costs, by belief, by learning, or whatever you bring |
//! | [`verb`], [`action`] | what can be done to what: [`Action`], [`Target`], plans |
//! | [`guard`] | who rules on it: [`BlastRadius`], [`Cooldown`] and others |
//! | [`ledger`] | what guards and policies may see |
//! | [`executor`] | who does it, and the permit to do one thing once |
//! | [`verify`] | whether users are fine again: [`ErrorRatio`], a sequential test |
//! | [`planner`] | in which order actions are tried: exact, ant colony, genetic, with a certified gap |
//! | [`scaling`] | how many replicas a load takes: the rule of Kubernetes, Erlang C, forecasts, feedback |
#![cfg_attr(
    feature = "std",
    doc = "| [`driver`] | thin and blocking: log, policy and executor around the machine |"
)]
#![cfg_attr(
    feature = "simulator",
    doc = "| [`simulator`] | worlds in which everything goes wrong, repeatable by a seed |"
)]
//!
//! At the root are the items that most programs need; each of them, and all others, are in their module.
//!
//! # Features
//! - `std` (default): the [`driver`](mod@driver) with its executors; without it the crate is `no_std` with
//!   `alloc`.
//! - `serde`: records and snapshots that can be written and read.
//! - `journal`: a log in a file, written as lines of JSON with checksums. Takes `std` and `serde`.
//! - `toml`: runbooks read from TOML and JSON. Takes `std` and `serde`.
//! - `simulator`: a deterministic simulator of fleets, faults and bad executors, for testing policies and
//!   guards.
//!
//! # What it is not
//! It finds no faults: a [`Diagnosis`](evenkeel_core::Diagnosis) comes from `evenkeel-locate` or from you. It
//! knows no orchestrator: an [`Executor`](executor::Executor) is yours, or a command. It is no consensus
//! protocol: who holds the lease is decided elsewhere.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod action;
#[cfg(feature = "std")]
pub mod driver;
pub mod executor;
pub mod guard;
pub mod ledger;
pub mod machine;
pub mod planner;
pub mod policy;
pub mod scaling;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod verb;
pub mod verify;

pub use action::{Action, Target};
pub use guard::{BlastRadius, Cooldown};
pub use ledger::Health;
pub use machine::{Event, Notice, Outcome, Remediator};
pub use policy::Runbook;
pub use verify::{ErrorRatio, Sample};

evenkeel_core::assert_shared!(
    action::Action<verb::StandardVerb>,
    executor::Permit<verb::StandardVerb>,
    guard::BlastRadius,
    guard::OneAtATime,
    guard::Ruling,
    guard::SourceHealthy,
    ledger::Ledger<'static, verb::StandardVerb>,
    machine::Clock,
    machine::Effect<verb::StandardVerb>,
    machine::Event<verb::StandardVerb>,
    machine::Notice<verb::StandardVerb>,
    machine::Predicted,
    machine::Record<verb::StandardVerb>,
    machine::Remediator,
    machine::RemediatorBuilder<verb::StandardVerb, verify::ErrorRatio>,
    planner::Planner,
    planner::RecoveryPlan,
    planner::RecoveryProblem,
    planner::RecoveryProblemBuilder,
    planner::RestartPlan,
    planner::RestartProblem,
    policy::BeliefRepair,
    policy::Catalog,
    policy::ContextualBandit,
    policy::CostRatio,
    policy::Episode<verb::StandardVerb>,
    policy::EscalateBelow<policy::Runbook>,
    policy::FirstOf<policy::Runbook, policy::CostRatio>,
    policy::Mdp,
    policy::MdpSolution,
    policy::Measure,
    policy::PlannedRepair,
    policy::Remedy,
    policy::RepairModel,
    policy::RepairSolution,
    policy::Runbook,
    policy::Shadow<policy::Runbook, policy::CostRatio>,
    policy::Situation<'static, verb::StandardVerb>,
    scaling::Largest<scaling::PodAverage, scaling::WaitingTime>,
    scaling::ProportionalIntegral,
    scaling::Scaler<scaling::PodAverage>,
    scaling::Sizing,
    scaling::Stabilizer,
    scaling::StabilizerBuilder,
    scaling::queueing::MultiServer,
    verify::ErrorRatio,
);
evenkeel_core::assert_dyn_compatible!(
    dyn policy::Policy<verb::StandardVerb>,
    dyn guard::Guard<verb::StandardVerb>,
    dyn executor::Executor<verb::StandardVerb>,
    dyn verify::Verifier<Output = verify::Recovery>,
);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
