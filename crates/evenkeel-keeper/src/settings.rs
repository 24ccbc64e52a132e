//! Settings of a keeper.

use crate::Keeper;
use crate::monitor::MonitorSettings;
use crate::quality::Patience;
use crate::trigger::Trigger;
use core::time::Duration;
use evenkeel_core::{Error, Name};
use evenkeel_remedy::{ErrorRatio, Remediator, Remedy};

/// Longer steps than this would leave the range of times within a window.
const LONGEST_STEP: Duration = Duration::from_secs(366 * 86_400);

/// Settings of a [`Keeper`].
#[derive(Debug, Clone)]
#[must_use]
pub struct KeeperBuilder<V> {
    machine: Remediator<V, ErrorRatio>,
    symptom_at: Option<Name>,
    objective: f64,
    alternative: Option<f64>,
    alpha: f64,
    step: Duration,
    rows: usize,
    evidence: Duration,
    sigmas: f64,
    half_life: f64,
    stale_after: Option<Duration>,
    late_after: Option<Duration>,
    stuck_after: u32,
    max_signals: usize,
}

impl<V: Remedy> KeeperBuilder<V> {
    pub(crate) fn new(objective: f64, machine: Remediator<V, ErrorRatio>) -> Self {
        Self {
            machine,
            symptom_at: None,
            objective,
            alternative: None,
            alpha: 1e-6,
            step: Duration::from_secs(10),
            rows: 360,
            evidence: Duration::from_secs(60),
            sigmas: 6.0,
            half_life: 60.0,
            stale_after: None,
            late_after: None,
            stuck_after: 120,
            max_signals: 100_000,
        }
    }

    /// The component at which requests come in. Default: none is named.
    pub fn symptom_at(mut self, component: impl Into<Name>) -> Self {
        self.symptom_at = Some(component.into());
        self
    }

    /// The share of bad requests that must not go unnoticed, in (objective, 1): the smaller it is, the smaller the rise that is
    /// found and the longer a large one takes. Default: five times the objective, at most halfway from it to 1.
    pub fn alternative(mut self, share: f64) -> Self {
        self.alternative = Some(share);
        self
    }

    /// False triggers: at most one in 1 / `alpha` requests on average while the true share keeps the objective; in (0, 1). Default 1e-6.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The grid on which metrics are kept, as they are scraped; at most 366 days. Default 10 s.
    pub fn step(mut self, step: Duration) -> Self {
        self.step = step;
        self
    }

    /// How many steps are kept, in [20, 100,000]. Default 360.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// How long evidence is gathered, from when users began to suffer, until the first diagnosis. Default 60 s.
    pub fn evidence(mut self, length: Duration) -> Self {
        self.evidence = length;
        self
    }

    /// How many standard deviations from its recent past make a value abnormal, in [3, 30]. Default 6. For showing; remedies are
    /// triggered by requests.
    pub fn sigmas(mut self, sigmas: f64) -> Self {
        self.sigmas = sigmas;
        self
    }

    /// The half-life of that past in samples, in [5, 10^6]. Default 60.
    pub fn half_life(mut self, samples: f64) -> Self {
        self.half_life = samples;
        self
    }

    /// After so long without a value a source is stale. Default three steps.
    pub fn stale_after(mut self, length: Duration) -> Self {
        self.stale_after = Some(length);
        self
    }

    /// A value that is older when it arrives is late. Requests that are so much older than the newest neither trigger nor verify.
    /// Default two steps.
    pub fn late_after(mut self, length: Duration) -> Self {
        self.late_after = Some(length);
        self
    }

    /// After so many equal values a metric that used to vary is stuck, and a source all of whose metrics are is unreliable; at least 2.
    /// Default 120.
    pub fn stuck_after(mut self, values: u32) -> Self {
        self.stuck_after = values;
        self
    }

    /// How many metrics are kept at most; of more the values are counted and dropped. Default 100,000.
    pub fn max_signals(mut self, signals: usize) -> Self {
        self.max_signals = signals;
        self
    }

    /// The keeper.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Keeper<V>, Error> {
        let alternative =
            self.alternative.unwrap_or((5.0 * self.objective).min(0.5 * (1.0 + self.objective)));
        let trigger = Trigger::new(self.objective, alternative, self.alpha)?;
        let is_step = !self.step.is_zero() && self.step <= LONGEST_STEP;
        Error::require(is_step, "step", "positive, at most 366 days", format!("{:?}", self.step))?;
        Error::require((20..=100_000).contains(&self.rows), "rows", "in [20, 100,000]", self.rows)?;
        Error::require(self.stuck_after >= 2, "stuck_after", "at least 2", self.stuck_after)?;
        let patience = Patience {
            stale_after: self.stale_after.unwrap_or(3 * self.step),
            late_after: self.late_after.unwrap_or(2 * self.step),
            stuck_after: self.stuck_after,
        };
        let monitors = MonitorSettings::new(self.sigmas, self.half_life, self.step)?;
        let rest =
            Rest { symptom_at: self.symptom_at, evidence: self.evidence, max_signals: self.max_signals };
        Keeper::assemble(self.machine, trigger, monitors, patience, (self.step, self.rows), rest)
    }
}

/// Settings that need no work.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub(crate) symptom_at: Option<Name>,
    pub(crate) evidence: Duration,
    pub(crate) max_signals: usize,
}
