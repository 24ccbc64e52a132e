//! Whether events are more frequent in a canary than in the baseline that runs beside it.

use alloc::boxed::Box;
use evenkeel_core::{Error, Stage};

/// How many requests of an arm were events (failed, slow), and how many were not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ArmCounts {
    /// With what is counted.
    pub events: u64,
    /// Without it.
    pub others: u64,
}

impl ArmCounts {
    /// `events` with what is counted, `others` without.
    #[must_use]
    pub const fn new(events: u64, others: u64) -> Self {
        Self { events, others }
    }

    /// All of them.
    #[must_use]
    pub const fn trials(self) -> u64 {
        self.events.saturating_add(self.others)
    }
}

/// The requests of both arms in the same stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PairedCounts {
    /// Those of the canary.
    pub canary: ArmCounts,
    /// Those of the baseline.
    pub baseline: ArmCounts,
}

/// Evidence that events are more frequent in the canary.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct ExcessEvidence {
    /// Natural logarithm of the e-value now: positive speaks for an excess.
    pub log_e: f64,
    /// The p-value that is valid whenever it is read: 1 over the largest e-value so far, at most 1.
    pub p: f64,
}

/// The odds ratios that the evidence is averaged over.
const ODDS_RATIOS: [f64; 5] = [1.25, 2.0, 4.0, 10.0, 100.0];

evenkeel_core::state! {
    /// Whether events are more frequent in a canary than in the baseline beside it: looked at after every
    /// batch, valid however the rates and the share of the traffic change meanwhile.
    ///
    /// *Method*. Of the `k` events of a batch, `x` hit the canary. Were the canary no worse, and requests
    /// given to the arms without regard to what becomes of them, `x` would be at most hypergeometric, with
    /// the share `w` of the batch's requests that the canary served. The evidence for an odds ratio `r > 1` is
    /// then `r^x / (1 + w (r - 1))^k`, whose expectation is at most 1: the moment generating function of a
    /// hypergeometric variable is at most that of a binomial one (W. Hoeffding, J. Am. Stat. Assoc. 58 (1963)
    /// 13-30, doi:10.1080/01621459.1963.10500830, theorem 4). Batches multiply, since each is judged given
    /// what was before it, and the mean over five odds ratios from 1.25 to 100 is taken. So under the null the
    /// e-value ever exceeds `1 / alpha` with probability at most `alpha` (Ville). It is the conditional
    /// counterpart of J. ter Schure, M. F. Pérez-Ortiz, A. Ly and P. Grünwald, The anytime-valid logrank test,
    /// NEJSDS 2 (2024) 190-214, doi:10.51387/24-NEJSDS65.
    ///
    /// *Why*. Pooled over a rollout, the rates of a canary whose share grows weigh the later hours more, and
    /// a night that is worse for everybody looks like a bad canary. Here each batch is its own stratum: what
    /// hits both arms says nothing.
    ///
    /// *Power*. With a baseline of the same size and an `alpha` of 0.025 it takes 8 events of the canary
    /// without one of the baseline; with a baseline of nine times the size, 3. Where most requests are
    /// events it is conservative, and of a canary that becomes worse late, after many events of both arms, it
    /// needs some more.
    ///
    /// *Missing data*: a batch without events, or without requests of one of the arms, teaches nothing. O(1),
    /// 60 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::canary::{ArmCounts, PairedCounts, RateExcess};
    ///
    /// let mut excess = RateExcess::new();
    /// let batch = |canary, baseline| PairedCounts {
    ///     canary: ArmCounts::new(canary, 100 - canary),
    ///     baseline: ArmCounts::new(baseline, 100 - baseline),
    /// };
    /// // Both fail alike: nothing speaks against the canary.
    /// assert!(excess.update(batch(5, 5)).unwrap().p > 0.5);
    /// assert!(excess.update(batch(40, 5)).unwrap().p < 0.001);
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct RateExcess("RateExcess@1") {
        logs: Box<[f64]>,
        log_largest: f64,
    }
}

impl Default for RateExcess {
    fn default() -> Self {
        Self::new()
    }
}

impl RateExcess {
    /// Without evidence yet.
    #[must_use]
    pub fn new() -> Self {
        Self { logs: Box::new([0.0; ODDS_RATIOS.len()]), log_largest: 0.0 }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        if self.logs.len() != ODDS_RATIOS.len() {
            return Err(Error::Shape { what: "logs", expected: ODDS_RATIOS.len(), found: self.logs.len() });
        }
        for log in &self.logs {
            Error::require(log.is_finite(), "logs", "finite", log)?;
        }
        let in_range = self.log_largest >= 0.0 && self.log_largest.is_finite();
        Error::require(in_range, "log_largest", "finite and at least 0", self.log_largest)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> ExcessEvidence {
        ExcessEvidence { log_e: self.log_e(), p: libm::exp(-self.log_largest).min(1.0) }
    }

    fn log_e(&self) -> f64 {
        let largest = self.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.logs.iter().map(|log| libm::exp(log - largest)).sum();
        largest + libm::log(sum / ODDS_RATIOS.len() as f64)
    }

    /// Whether there is an excess, with an error probability of `alpha` over all looks.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn is_excess(&self, alpha: f64) -> Result<bool, Error> {
        crate::experiment::moments::require_alpha(alpha)?;
        Ok(-self.log_largest <= libm::log(alpha))
    }
}

impl Stage<PairedCounts> for RateExcess {
    type Output = ExcessEvidence;

    fn update(&mut self, batch: PairedCounts) -> Option<ExcessEvidence> {
        let (canary, baseline) = (batch.canary, batch.baseline);
        if canary.trials() == 0 || baseline.trials() == 0 {
            return None;
        }
        let (n, m) = (canary.trials() as f64, baseline.trials() as f64);
        let share = n / (n + m);
        let hits = canary.events as f64;
        let events = hits + baseline.events as f64;
        if events == 0.0 {
            return None;
        }
        for (log, ratio) in self.logs.iter_mut().zip(ODDS_RATIOS) {
            let gained = hits * libm::log(ratio) - events * libm::log1p(share * (ratio - 1.0));
            *log = (*log + gained).clamp(-1e300, 1e300);
        }
        self.log_largest = self.log_largest.max(self.log_e());
        Some(self.evidence())
    }

    fn reset(&mut self) {
        self.logs.fill(0.0);
        self.log_largest = 0.0;
    }
}
