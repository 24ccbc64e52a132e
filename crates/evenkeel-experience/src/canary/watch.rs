//! A canary that is watched while it runs.

use super::metric_judge::BadDirection;
use super::score::Verdict;
use crate::experiment::moments::require_alpha;
use crate::experiment::{Arm, MeanComparison, RateComparison};
use alloc::boxed::Box;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name, Stage};
use evenkeel_stats::sequential::Interval;

/// What a canary is compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum MetricKind {
    /// The share of events with something: failed requests. Values are [`CanaryValue::Counts`].
    Rate,
    /// The mean of values: latency. Values are [`CanaryValue::Value`].
    Mean,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(MetricKind);

/// Something measured of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CanaryValue {
    /// One value, of a metric of the kind [`MetricKind::Mean`].
    Value(f64),
    /// Events with and without what is counted, of a metric of the kind [`MetricKind::Rate`].
    Counts {
        /// With it.
        events: u64,
        /// Without it.
        others: u64,
    },
}

/// A metric of a [`CanaryWatch`].
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedMetric {
    /// Its name.
    pub name: Name,
    /// What kind of values it has.
    pub kind: MetricKind,
    /// Which deviations are bad.
    pub direction: BadDirection,
    /// How large a deviation does not matter, in the unit of the metric: a difference in rates, or in means.
    pub margin: f64,
}

evenkeel_core::state! {
    /// A metric, and what is known of it.
    #[derive(Debug, Clone, PartialEq)]
    struct Watched("Watched@1") {
        name: Name,
        kind: MetricKind,
        direction: BadDirection,
        margin: f64,
        rates: RateComparison,
        means: MeanComparison,
    }
}

impl Watched {
    fn validate(&self) -> Result<(), Error> {
        let margin = self.margin > 0.0 && self.margin <= 1e100;
        Error::require(margin, "margin", "in (0, 1e100]", self.margin)
    }

    fn interval(&self) -> Option<Interval> {
        match self.kind {
            MetricKind::Rate => self.rates.interval(),
            MetricKind::Mean => self.means.interval(),
        }
    }

    fn verdict(&self) -> Verdict {
        let Some(limits) = self.interval() else { return Verdict::Inconclusive };
        let (up, down) = (self.direction.is_up(), self.direction.is_down());
        // Worse than nothing at all, and surely so: no need to wait until it is worse than the margin.
        if (up && limits.lower() > 0.0 && limits.upper() > self.margin)
            || (down && limits.upper() < 0.0 && limits.lower() < -self.margin)
        {
            return Verdict::Fail;
        }
        let harmless = (!up || limits.upper() <= self.margin) && (!down || limits.lower() >= -self.margin);
        if harmless { Verdict::Pass } else { Verdict::Inconclusive }
    }
}

evenkeel_core::state! {
    /// Judges a canary while it runs: after every value it says pass, fail, or not yet, and may be stopped at
    /// the first answer.
    ///
    /// Each metric has limits for the difference between canary and control that hold at all times at once
    /// ([`RateComparison`], [`MeanComparison`]), at `alpha` over the number of metrics, so that all of them
    /// together are wrong, ever, with probability at most `alpha` (for means about that). A metric
    ///
    /// - fails once its limits exclude "no deviation" on the bad side, while more than the margin is possible,
    /// - passes once they exclude more than the margin,
    /// - is inconclusive until then: without data it stays so, and so does the canary.
    ///
    /// The canary fails when one metric does and passes when all of them do; both are final. A promotion by a
    /// fixed number of good checks has no such guarantee: see the notes on recovery in `evenkeel-remedy`. O(1)
    /// a value, and O(metrics) for the verdict; no allocation.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::canary::{
    ///     BadDirection, CanaryValue, CanaryWatch, MetricKind, Verdict, WatchedMetric,
    /// };
    /// use evenkeel_experience::experiment::Arm;
    ///
    /// let errors = WatchedMetric {
    ///     name: "errors".into(),
    ///     kind: MetricKind::Rate,
    ///     direction: BadDirection::Increase,
    ///     margin: 0.01,
    /// };
    /// let mut watch = CanaryWatch::new([errors], 0.05)?;
    /// let counts = |events, others| CanaryValue::Counts { events, others };
    /// watch.update((0, Arm::Control, counts(10, 9990)));
    /// assert_eq!(watch.update((0, Arm::Treatment, counts(2, 198))), Some(Verdict::Inconclusive));
    /// assert_eq!(watch.update((0, Arm::Treatment, counts(60, 740))), Some(Verdict::Fail));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct CanaryWatch("CanaryWatch@1") {
        metrics: Box<[Watched]>,
        verdicts: Box<[Verdict]>,
        verdict: Verdict,
    }
}

impl CanaryWatch {
    /// For these metrics, with the probability `alpha` of ever being wrong about any of them.
    ///
    /// # Errors
    /// If there are no metrics or more than 10^4, `alpha` is not in (0, 1), or a margin not in (0, 1e100].
    pub fn new(metrics: impl IntoIterator<Item = WatchedMetric>, alpha: f64) -> Result<Self, Error> {
        require_alpha(alpha)?;
        let metrics: Vec<WatchedMetric> = metrics.into_iter().collect();
        Error::require((1..=10_000).contains(&metrics.len()), "metrics", "from 1 to 10^4", metrics.len())?;
        let share = alpha / metrics.len() as f64;
        let (rates, means) = (RateComparison::new(share)?, MeanComparison::new(share, 2000.0)?);
        let build = |metric: WatchedMetric| {
            let WatchedMetric { name, kind, direction, margin } = metric;
            let watched = Watched { name, kind, direction, margin, rates, means };
            watched.validate().map(|()| watched)
        };
        let metrics: Box<[Watched]> = metrics.into_iter().map(build).collect::<Result<_, Error>>()?;
        let verdicts = alloc::vec![Verdict::Inconclusive; metrics.len()].into_boxed_slice();
        Ok(Self { metrics, verdicts, verdict: Verdict::Inconclusive })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(!self.metrics.is_empty(), "metrics", "at least one", 0)?;
        if self.metrics.len() != self.verdicts.len() {
            return Err(Error::Shape {
                what: "verdicts",
                expected: self.metrics.len(),
                found: self.verdicts.len(),
            });
        }
        Ok(())
    }

    /// The verdict so far; final once it is not [`Verdict::Inconclusive`].
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// A metric with its verdict and the limits of its difference, canary minus control; none if there is no
    /// such metric.
    #[must_use]
    pub fn metric(&self, index: usize) -> Option<(&Name, Verdict, Option<Interval>)> {
        let watched = self.metrics.get(index)?;
        Some((&watched.name, self.verdicts[index], watched.interval()))
    }
}

/// The input is the index of a metric, the arm ([`Arm::Treatment`] is the canary), and what was measured. A
/// value of the wrong kind, and of a metric that there is not, is missing.
impl Stage<(usize, Arm, CanaryValue)> for CanaryWatch {
    type Output = Verdict;

    fn update(&mut self, (index, arm, value): (usize, Arm, CanaryValue)) -> Option<Verdict> {
        let watched = self.metrics.get_mut(index)?;
        let _ = match (watched.kind, value) {
            (MetricKind::Rate, CanaryValue::Counts { events, others }) => {
                if events == 0 && others == 0 {
                    return None;
                }
                watched.rates.update_counts(arm, events, others)
            }
            (MetricKind::Mean, CanaryValue::Value(x)) => {
                evenkeel_core::observed(x)?;
                watched.means.update((arm, x))
            }
            _ => return None,
        };
        if self.verdict == Verdict::Inconclusive {
            if self.verdicts[index] == Verdict::Inconclusive {
                self.verdicts[index] = watched.verdict();
            }
            if self.verdicts.contains(&Verdict::Fail) {
                self.verdict = Verdict::Fail;
            } else if self.verdicts.iter().all(|verdict| *verdict == Verdict::Pass) {
                self.verdict = Verdict::Pass;
            }
        }
        Some(self.verdict)
    }

    fn reset(&mut self) {
        for watched in &mut self.metrics {
            watched.rates.reset();
            watched.means.reset();
        }
        self.verdicts.fill(Verdict::Inconclusive);
        self.verdict = Verdict::Inconclusive;
    }
}
