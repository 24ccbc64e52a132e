//! The score of a policy in the gym.

use alloc::vec::Vec;
use core::fmt;
use evenkeel_core::Error;
use evenkeel_stats::StudentT;

/// What came of one world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct World {
    pub(super) cost: f64,
    /// What is best on average.
    pub(super) optimum: f64,
    /// What the best cost with the luck of this world.
    pub(super) lucky: f64,
    pub(super) tries: u32,
    pub(super) recovered: bool,
}

/// How a policy did in the worlds of a [`Gym`](crate::simulator::Gym).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct GymScore {
    worlds: Vec<World>,
}

impl GymScore {
    pub(super) fn new(worlds: Vec<World>) -> Self {
        Self { worlds }
    }

    fn mean(&self, of: impl Fn(&World) -> f64) -> f64 {
        self.worlds.iter().map(of).sum::<f64>() / self.worlds.len() as f64
    }

    /// How many worlds there were.
    #[must_use]
    pub fn worlds(&self) -> usize {
        self.worlds.len()
    }

    /// The mean cost of a world.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.mean(|w| w.cost)
    }

    /// The mean over the worlds of what is exactly best on average in each.
    #[must_use]
    pub fn optimum(&self) -> f64 {
        self.mean(|w| w.optimum)
    }

    /// By how much a world costs more on average than what is best, with the same luck. Its expectation is
    /// never below 0.
    #[must_use]
    pub fn regret(&self) -> f64 {
        self.mean(|w| w.cost - w.lucky)
    }

    /// The standard error of the regret.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        let (mean, n) = (self.regret(), self.worlds.len() as f64);
        let square = |w: &World| (w.cost - w.lucky - mean) * (w.cost - w.lucky - mean);
        libm::sqrt(self.worlds.iter().map(square).sum::<f64>() / (n - 1.0) / n)
    }

    /// The interval that holds the expected regret with about this probability, by Student's t distribution.
    ///
    /// # Errors
    /// If the level is not in (0, 1).
    pub fn interval(&self, level: f64) -> Result<(f64, f64), Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let t = StudentT::new(self.worlds.len() as f64 - 1.0, 0.0, 1.0)?;
        let half = t.upper_quantile(0.5 * (1.0 - level)) * self.standard_error();
        Ok((self.regret() - half, self.regret() + half))
    }

    /// In which share of the worlds the fault was cured.
    #[must_use]
    pub fn recovered(&self) -> f64 {
        self.mean(|w| f64::from(u8::from(w.recovered)))
    }

    /// How many actions a world took on average.
    #[must_use]
    pub fn actions(&self) -> f64 {
        self.mean(|w| f64::from(w.tries))
    }
}

impl fmt::Display for GymScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cost, optimum, regret) = (self.cost(), self.optimum(), self.regret());
        write!(f, "cost {cost:.2} (best {optimum:.2}), regret {regret:.2}")?;
        if let Ok((low, high)) = self.interval(0.95) {
            write!(f, " ({low:.2} to {high:.2})")?;
        }
        write!(f, ", {:.0} % recovered, {:.1} actions", 100.0 * self.recovered(), self.actions())
    }
}
