//! Worlds in which everything goes wrong, repeatable by a seed.
//!
//! A world is a small fleet with faults, users, an executor that fails, hangs and reports late, twice or never, people who halt,
//! freeze and interfere, sources that break, clocks that jump both ways, reports with times of the future and the past, samples that
//! are delivered again, machines that crash and are recovered from their logs, and, if there are two, a lease that moves between
//! them. The machines in it are the real thing. Use it to try out a policy, guards and settings before they meet
//! the world itself; an [`Observer`] sees all that happens, and the truth.
//!
//! ```
//! use evenkeel_remedy::simulator::{Scenario, Silent};
//! use evenkeel_remedy::{BlastRadius, ErrorRatio, Remediator, Runbook};
//!
//! let settings = Remediator::builder(ErrorRatio::builder(0.01).build()?).guard(BlastRadius::new(0.5)?);
//! let (mut faults, mut cured) = (0, 0);
//! for seed in 0..50 {
//!     let account = Scenario::new().chaos(0.2)?.run(seed, &settings, &mut Runbook::standard(), &mut Silent);
//!     faults += account.curable();
//!     cured += account.cured();
//! }
//! assert!(cured as f64 > 0.8 * faults as f64);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod actuator;
mod truth;
mod world;

pub use actuator::Order;
pub use truth::Truth;

use crate::{Distrusted, Effect, Event, Policy, RemediatorBuilder, Verb, StandardVerb, Verifier};
use evenkeel_core::{Error, Timestamp};

/// What kind of world it is. The rest is drawn by the seed: faults, victims, sizes and times.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Scenario {
    pub(crate) services: usize,
    pub(crate) instances: usize,
    pub(crate) machines: usize,
    pub(crate) ticks: u32,
    pub(crate) chaos: f64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// Two services of four instances, one machine, a quarter of an hour, nothing going wrong but the faults.
    pub fn new() -> Self {
        Self { services: 2, instances: 4, machines: 1, ticks: 90, chaos: 0.0 }
    }

    /// How many services of how many instances there are.
    ///
    /// # Errors
    /// If there are none, or more than 100.
    pub fn fleet(mut self, services: usize, instances: usize) -> Result<Self, Error> {
        Error::require((1..=100).contains(&services), "services", "from 1 to 100", services)?;
        Error::require((1..=100).contains(&instances), "instances", "from 1 to 100", instances)?;
        self.services = services;
        self.instances = instances;
        Ok(self)
    }

    /// How many machines look after the fleet; one of them at a time holds the lease.
    ///
    /// # Errors
    /// If it is not 1 or 2.
    pub fn machines(mut self, machines: usize) -> Result<Self, Error> {
        Error::require((1..=2).contains(&machines), "machines", "1 or 2", machines)?;
        self.machines = machines;
        Ok(self)
    }

    /// How long it goes on, in steps of 10 s; after that it goes on quietly for an hour, so that everything ends.
    pub fn ticks(mut self, ticks: u32) -> Self {
        self.ticks = ticks;
        self
    }

    /// How much goes wrong beside the faults, from 0 to 1.
    ///
    /// # Errors
    /// If it is not in [0, 1].
    pub fn chaos(mut self, chaos: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&chaos), "chaos", "in [0, 1]", chaos)?;
        self.chaos = chaos;
        Ok(self)
    }

    /// Lives through it: machines of these settings, with acting switched on for all verbs and the lease of the world.
    pub fn run<R: Verifier + Clone>(
        &self,
        seed: u64,
        settings: &RemediatorBuilder<StandardVerb, R>,
        policy: &mut dyn Policy<StandardVerb>,
        observer: &mut dyn Observer,
    ) -> Account {
        let all = VERBS.iter().fold(settings.clone(), |s, verb| s.enable(verb.name()));
        world::run(*self, seed, &all, policy, observer)
    }
}

/// One of each name.
const VERBS: [StandardVerb; 10] = [
    StandardVerb::Restart,
    StandardVerb::Drain,
    StandardVerb::Undrain,
    StandardVerb::RollBack,
    StandardVerb::Degrade,
    StandardVerb::Restore,
    StandardVerb::Scale { from: 4, to: 3 },
    StandardVerb::Shed { percent: 10 },
    StandardVerb::Admit,
    StandardVerb::Canary { from: 0, to: 10 },
];

/// At which machine, when: for the machine, by its clock, and in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// Which machine, from 0.
    pub machine: usize,
    /// What time it is for the machine: that of its [`Clock`](crate::Clock).
    pub now: Timestamp,
    /// What the machine's clock reads.
    pub reading: Timestamp,
    /// What time it is.
    pub truth: Timestamp,
}

/// Sees all that happens in a world.
pub trait Observer {
    /// A machine was told something; what it wants comes next, but for the record of a clock that was set back, which comes before.
    fn told(&mut self, at: Moment, event: &Event<StandardVerb>) {
        let _ = (at, event);
    }

    /// A machine wants something.
    fn wants(&mut self, at: Moment, effect: &Effect<StandardVerb>) {
        let _ = (at, effect);
    }

    /// An order is really begun; the truth is that just after.
    fn begun(&mut self, at: Moment, order: &Order, truth: &Truth) {
        let _ = (at, order, truth);
    }

    /// A machine crashed and was recovered from the records of its log, of which so many were durable.
    fn crashed(&mut self, at: Moment, records: u64) {
        let _ = (at, records);
    }

    /// An incident was opened or ended, with whether users are truly fine.
    fn users(&mut self, at: Moment, fine: bool) {
        let _ = (at, fine);
    }
}

/// An observer that looks away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silent;

impl Observer for Silent {}

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Account {
    faults: usize,
    curable: usize,
    cured: usize,
    rulings: alloc::collections::BTreeMap<evenkeel_core::Name, u64>,
    all_rulings: u64,
    agreed: bool,
    distrusted: Distrusted,
}

impl Account {
    /// How many faults there were.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// For how many of them there is a cure.
    #[must_use]
    pub fn curable(&self) -> usize {
        self.curable
    }

    /// How many of those users no longer feel in the end.
    #[must_use]
    pub fn cured(&self) -> usize {
        self.cured
    }

    /// How often guards ruled.
    #[must_use]
    pub fn rulings(&self) -> u64 {
        self.all_rulings
    }

    /// How often each guard objected.
    pub fn objections(&self) -> impl Iterator<Item = (&evenkeel_core::Name, u64)> {
        self.rulings.iter().map(|(name, n)| (name, *n))
    }

    /// What the machines did not believe, or what came too late to count for them.
    #[must_use]
    pub fn distrusted(&self) -> Distrusted {
        self.distrusted
    }

    /// Whether folding each machine's log gave the state that the machine had in the end.
    #[must_use]
    pub fn logs_agree(&self) -> bool {
        self.agreed
    }
}
