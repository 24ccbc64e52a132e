//! What is known of one metric during a rollout.

use super::metric_judge::BadDirection;
use super::rate_excess::{ArmCounts, PairedCounts, RateExcess};
use super::watch::{MetricKind, WatchedMetric};
use crate::experiment::{Arm, MeanComparison, RateComparison};
use core::time::Duration;
use evenkeel_core::{Error, Name, Stage, Timestamp, observed};
use evenkeel_stats::sequential::Interval;

/// What a source told of one metric of both arms since it was asked last.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Reading<'a> {
    /// Counted requests, of a metric of the kind [`MetricKind::Rate`].
    Counts(PairedCounts),
    /// Values, of a metric of the kind [`MetricKind::Mean`]; those that are not finite are missing.
    Values {
        /// Of the canary.
        canary: &'a [f64],
        /// Of the baseline.
        baseline: &'a [f64],
    },
    /// The source failed, or its answer was empty.
    Nothing,
}

/// What one metric says of a step of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opinion {
    Worse,
    Silent,
    TooFew,
    Undecided,
    Harmless,
}

evenkeel_core::state! {
    /// A metric, and the evidence for and against the canary.
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct MetricGate("MetricGate@1") {
        pub(super) name: Name,
        kind: MetricKind,
        direction: BadDirection,
        pub(super) margin: f64,
        /// The error probability of calling it worse, in one direction.
        alpha: f64,
        /// Of rates, over the whole rollout: more events, fewer events.
        more: RateExcess,
        fewer: RateExcess,
        /// Since the step began.
        rates: RateComparison,
        means: MeanComparison,
        mean_limits: MeanComparison,
        seen: [u64; 2],
        /// When each arm said something last, in this step; and whether the source answered when it was asked
        /// last.
        heard: [Option<Timestamp>; 2],
        answers: bool,
        is_worse: bool,
    }
}

impl MetricGate {
    /// `alpha` is the metric's share of the probability of calling a good canary worse, over `steps` steps;
    /// `beta` that of passing a step that should not be passed.
    pub(super) fn new(metric: WatchedMetric, alpha: f64, beta: f64, steps: usize) -> Result<Self, Error> {
        let WatchedMetric { name, kind, direction, margin } = metric;
        Error::require(margin > 0.0 && margin <= 1e100, "margin", "in (0, 1e100]", margin)?;
        let sides = if direction == BadDirection::Either { 2.0 } else { 1.0 };
        // The limits of means are two-sided and begin anew with each step.
        let in_step = alpha / steps as f64;
        Ok(Self {
            name,
            kind,
            direction,
            margin,
            alpha: alpha / sides,
            more: RateExcess::new(),
            fewer: RateExcess::new(),
            rates: RateComparison::new(beta)?,
            means: MeanComparison::new(in_step, 2000.0)?,
            mean_limits: MeanComparison::new(beta, 2000.0)?,
            seen: [0; 2],
            heard: [None; 2],
            answers: false,
            is_worse: false,
        })
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let margin = self.margin > 0.0 && self.margin <= 1e100;
        Error::require(margin, "margin", "in (0, 1e100]", self.margin)?;
        crate::experiment::moments::require_alpha(self.alpha)
    }

    /// Another share of the traffic: what was seen under the last one says nothing of whether this one may be
    /// left. The evidence that the canary is worse is kept.
    pub(super) fn begin_step(&mut self) {
        self.rates.reset();
        self.means.reset();
        self.mean_limits.reset();
        (self.seen, self.heard, self.answers) = ([0; 2], [None; 2], false);
    }

    /// Learns; `in_step` says whether all of it belongs to the present step.
    pub(super) fn learn(&mut self, now: Timestamp, reading: &Reading<'_>, in_step: bool) {
        let (canary, baseline) = match (self.kind, reading) {
            (MetricKind::Rate, Reading::Counts(counts)) => {
                let _ = self.more.update(*counts);
                let complement = |arm: ArmCounts| ArmCounts::new(arm.others, arm.events);
                let _ = self.fewer.update(PairedCounts {
                    canary: complement(counts.canary),
                    baseline: complement(counts.baseline),
                });
                let (canary, baseline) = (counts.canary, counts.baseline);
                if in_step {
                    self.rates.update_counts(Arm::Treatment, canary.events, canary.others);
                    self.rates.update_counts(Arm::Control, baseline.events, baseline.others);
                }
                (canary.trials(), baseline.trials())
            }
            (MetricKind::Mean, Reading::Values { canary, baseline }) => {
                let mut learned = [0_u64; 2];
                for (n, (arm, values)) in
                    learned.iter_mut().zip([(Arm::Treatment, canary), (Arm::Control, baseline)])
                {
                    for x in values.iter().copied().filter_map(observed) {
                        *n += 1;
                        if in_step {
                            let _ = self.means.update((arm, x));
                            let _ = self.mean_limits.update((arm, x));
                        }
                    }
                }
                (learned[0], learned[1])
            }
            _ => {
                self.answers = false;
                return;
            }
        };
        if in_step {
            self.answers = true;
            for ((seen, heard), n) in self.seen.iter_mut().zip(&mut self.heard).zip([canary, baseline]) {
                *seen = seen.saturating_add(n);
                if n > 0 {
                    *heard = Some(now);
                }
            }
        }
        self.is_worse |= self.looks_worse();
    }

    fn looks_worse(&self) -> bool {
        let (up, down) = (self.direction.is_up(), self.direction.is_down());
        // What is surely less than the margin does not matter, however sure it is. Limits cost more than the
        // evidence, so they come second.
        let matters = |limits: Option<Interval>, above: bool| {
            limits.is_none_or(|limits| {
                if above { limits.upper() > self.margin } else { limits.lower() < -self.margin }
            })
        };
        match self.kind {
            MetricKind::Rate => {
                let is_excess = |test: &RateExcess| test.evidence().p <= self.alpha;
                (up && is_excess(&self.more) && matters(self.rates.interval(), true))
                    || (down && is_excess(&self.fewer) && matters(self.rates.interval(), false))
            }
            MetricKind::Mean => self.means.interval().is_some_and(|limits| {
                (up && limits.lower() > 0.0 && matters(Some(limits), true))
                    || (down && limits.upper() < 0.0 && matters(Some(limits), false))
            }),
        }
    }

    /// The limits of the difference, canary minus baseline, in this step.
    pub(super) fn limits(&self) -> Option<Interval> {
        match self.kind {
            MetricKind::Rate => self.rates.interval(),
            MetricKind::Mean => self.mean_limits.interval(),
        }
    }

    /// The requests, or values, of canary and baseline in this step.
    pub(super) fn seen(&self) -> [u64; 2] {
        self.seen
    }

    /// Whether the source answered when it was asked last, in this step.
    pub(super) fn answers(&self) -> bool {
        self.answers
    }

    /// What it says: may the canary have the share `next`, of 100?
    pub(super) fn opinion(&self, now: Timestamp, next: u8, least: u64, silence: Duration) -> Opinion {
        if self.is_worse {
            return Opinion::Worse;
        }
        // It never spoke in this step, or has fallen silent.
        if self.heard.iter().any(|heard| heard.is_none_or(|heard| now.since(heard) > silence)) {
            return Opinion::Silent;
        }
        if self.seen.iter().any(|n| *n < least) {
            return Opinion::TooFew;
        }
        let allowed = self.margin * 100.0 / f64::from(next.max(1));
        let Some(limits) = self.limits() else { return Opinion::Undecided };
        let is_harmless = (!self.direction.is_up() || limits.upper() <= allowed)
            && (!self.direction.is_down() || limits.lower() >= -allowed);
        if is_harmless { Opinion::Harmless } else { Opinion::Undecided }
    }
}
