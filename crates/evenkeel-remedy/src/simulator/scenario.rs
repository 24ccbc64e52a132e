//! Scenarios: the settings of a simulated world.

use evenkeel_core::Error;

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

    /// How long it goes on, in steps of 10 s; after that it goes on quietly for an hour, so that everything
    /// ends.
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
}
