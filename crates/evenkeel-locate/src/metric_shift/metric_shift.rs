//! The metric shift localizer.

use crate::case::Case;
use crate::coverage::{Coverage, Rows, visibilities};
use crate::least_move::least_moves;
use crate::metric_shift::baseline::{Baseline, Measure, PreparedColumn};
use crate::metric_shift::builder::MetricShiftBuilder;
use crate::metric_shift::evidence::Witness;
use crate::metric_shift::shift::Examination;
use crate::metric_shift::shift::Shift;
use crate::ranking::{Localizer, Ranking};
use core::time::Duration;
use evenkeel_core::{Error, MetricKind};

/// Notices metrics that have moved, robustly: whatever their units, a few spikes, or a wrong stated time.
///
/// *When*: the first localizer to hear; it needs metrics and a stated time, nothing else. It does not know
/// who drags whom along: [`ExplainAway`](crate::ExplainAway) does, given a call graph.
///
/// *Method*: z = (u - m) / s. The baseline are the rows before the stated time without the guard band, m is
/// its median; the window are the rows from the stated time on, u is its 75 % quantile for a move up and its
/// 25 % quantile for one down; the scale s is the largest of IQR / 1.349, sd / 2 and 2 % of the absolute
/// median, all of the baseline. The score is w ln(1 + z), where w is 1 for the direction that is bad for the
/// kind of metric, 0.3 for the other one, 0 for demand ([`MetricKind::Traffic`]), and 1 in both directions
/// for kinds that have no bad one. A component scores as its highest metric. The idea to score by quantiles
/// is that of RobustScorer (L. Pham, H. Ha, H. Zhang, BARO: Robust root cause analysis for microservices via
/// multivariate Bayesian online change point detection, Proceedings of the ACM on Software Engineering 1
/// (2024) 2214-2237, doi:10.1145/3660805). What differs: the scale cannot collapse (a floor relative to the
/// level replaces "IQR 0 is 1", which depends on the unit), a quantile of the window replaces its maximum
/// (one spike is no fault), the direction counts, and there is a guard band.
///
/// *Metrics* are ranked by their scores, less up to 70 % of what follows from another metric of the same
/// component: what it shows to others from its own state, the work of its processor from memory that grew.
///
/// *A wrong time*: if it is stated too late by up to `guard`, the rows that show the fault already are not in
/// the baseline; if too early, the quantile of the window still looks at rows with the fault, so long as they
/// are more than a quarter of it.
///
/// *Parameters*: `guard`, by default what the case [says](crate::CaseBuilder::uncertainty), or else 2
/// minutes: as late as alarms usually are; never more than half of the rows before the stated time. `window`,
/// default unlimited: how much after the stated time is looked at. `quantile` in [0.5, 1], default 0.75.
/// `relative_floor` in [0, 1], default 0.02. `wrong_direction` in [0, 1], default 0.3.
///
/// *What is too small*: a move that nobody can feel is none, however constant the metric was before. So the
/// scale is never below the least that matters: of shares 0.001; of seconds 1 ms, of events a second 0.05,
/// and each less where all of that unit and kind in the case is small (a thousandth of the largest median, at
/// least a millionth of the value stated here); of counts and bytes 1; of errors and availabilities in an
/// unknown unit 0.001, be it a share, a number or a rate. The unit is the metric's
/// [`unit`](crate::Metric::unit), else what the name says (`_seconds`, `_ms`, `_ratio`, `_percent`, `share`).
/// In any other unknown unit there is no such floor for a metric with a scale of its own. A baseline of zeros
/// has none: there z = d / (f + `relative_floor` d) for a move by d, where f is the least that matters (of
/// bytes 1 MiB, or less where all is small), or a ten-thousandth of the largest median of the metrics of that
/// name, or 1 for whole numbers; where none of these is known, z = 10. All these are our own choice, for
/// nothing in the data tells what people feel.
///
/// *Silence*: a component all of whose metrics end in the guard band or after it, for at least three of their
/// own steps and longer than ever before, counts as one whose availability fell from 1 to 0 (z = 50); of
/// several [instances](crate::Metric::instance) those that fell silent count by their share. It is weighted
/// by the share of the other components that can still be seen: when all fall silent, it is the observer that
/// failed. A component of which no metric was there before counts as noise. Metrics of errors that have fewer
/// than 8 values in the baseline were zero where they have none: such counters come into being with the first
/// error.
///
/// *Score*: in [0, ∞), 0 for no move; ln 3 (a move by two scales) is stated as [noise](Ranking::noise). The
/// share of what could not be examined is stated as [unknown](Ranking::unknown).
///
/// *Missing data*: skipped. A column needs 8 observed values in the baseline, and in the window 3, or as many
/// as its own rhythm (the median number of rows from value to value) leaves room for, but at least one: what
/// is scraped every 30 s is read as that also on a grid of 10 s. Otherwise it is not examined. *Cost*:
/// O(rows) a metric by selection, without sorting; one buffer of one column. In an unknown unit scaling all
/// columns of a name changes nothing, and that of a single one nothing where it varies; the order of columns
/// never does.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_locate::{Case, Localizer, Metric, MetricShift};
///
/// let calm = |i: usize| 1.0 + 0.1 * (i % 7) as f64;
/// let (start, second) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
/// let case = Case::builder(start, second, start + 300 * second)
///     .metric(Metric::new(Signal::new("cart", "cpu"), (0..600).map(calm).collect::<Vec<_>>()))
///     // Noticed a minute late.
///     .metric(Metric::new(Signal::new("store", "lat"), (0..600).map(|i| if i < 240 { 1.0 } else { 9.0 }).collect::<Vec<_>>()))
///     .build()?;
/// let ranking = MetricShift::default().rank(&case);
/// assert_eq!(ranking.first().unwrap().component(), &"store");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricShift {
    settings: MetricShiftBuilder,
}

impl Default for MetricShift {
    fn default() -> Self {
        Self { settings: MetricShiftBuilder::DEFAULT }
    }
}

/// As late as alarms usually are.
pub(crate) const MINUTES_LATE: Duration = Duration::from_secs(120);

impl MetricShift {
    /// The localizer with its default settings, to be changed.
    pub fn builder() -> MetricShiftBuilder {
        MetricShiftBuilder::DEFAULT
    }

    /// How far each metric of a case has moved, in the order of [`Case::metrics`]; `None` where there is too
    /// little to compare.
    #[must_use]
    pub fn shifts(&self, case: &Case<'_>) -> Vec<Option<Shift>> {
        self.examine(case).shifts
    }

    pub(crate) fn examine(&self, case: &Case<'_>) -> Examination {
        let settings = &self.settings;
        let rows = |length: Duration| {
            usize::try_from(length.as_nanos().div_ceil(case.step().as_nanos())).unwrap_or(usize::MAX)
        };
        let stated = case.stated_row();
        let guard = settings
            .guard
            .map_or_else(|| case.rows_in_doubt(MINUTES_LATE), |guard| rows(guard).min(stated / 2));
        let end = settings.window.map_or(case.rows(), |window| stated.saturating_add(rows(window)));
        let rows = Rows { baseline: 0..stated - guard, window: stated..end.min(case.rows()) };

        let mut column = PreparedColumn::default();
        let coverages: Vec<Coverage> =
            case.metrics().iter().map(|metric| Coverage::of(metric, &rows)).collect();
        let baselines: Vec<Option<Baseline>> = case
            .metrics()
            .iter()
            .zip(&coverages)
            .map(|(metric, coverage)| {
                // What is only reported when it happens did not happen where it is missing.
                let is_rare = metric.metric_kind() == MetricKind::Errors && coverage.is_rare();
                let zeros = if is_rare { coverage.missing(&rows) } else { 0 };
                column.baseline(metric.rows(rows.baseline.clone()), zeros, settings)
            })
            .collect();
        let levels: Vec<Option<f64>> =
            baselines.iter().map(|baseline| baseline.map(|baseline| baseline.median)).collect();
        let least = least_moves(case, &levels);
        let shifts: Vec<Option<Shift>> = case
            .metrics()
            .iter()
            .zip(&coverages)
            .zip(baselines)
            .zip(least)
            .map(|(((metric, coverage), baseline), least)| {
                let measure = Measure { settings, kind: metric.metric_kind(), least };
                let window = metric.rows(rows.window.clone());
                let baseline = baseline.filter(|_| coverage.is_enough(&rows))?;
                column.shift(window, &baseline, measure)
            })
            .collect();
        let visibilities = visibilities(case, &rows, &coverages, |metric| shifts[metric].is_some());
        Examination { shifts, visibilities }
    }
}

impl Localizer<Case<'_>> for MetricShift {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let examination = self.examine(case);
        Witness::new(case, &examination, "metric shift").ranking()
    }
}

impl MetricShiftBuilder {
    /// The localizer.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<MetricShift, Error> {
        Error::require(self.window != Some(Duration::ZERO), "window", "positive", "0")?;
        Error::require((0.5..=1.0).contains(&self.quantile), "quantile", "in [0.5, 1]", self.quantile)?;
        let floor = self.relative_floor;
        Error::require((0.0..=1.0).contains(&floor), "relative_floor", "in [0, 1]", floor)?;
        let wrong = self.wrong_direction;
        Error::require((0.0..=1.0).contains(&wrong), "wrong_direction", "in [0, 1]", wrong)?;
        Ok(MetricShift { settings: self })
    }
}
