//! How far each metric has moved.

mod column;
mod witness;

pub(crate) use witness::Witness;

use crate::{Case, Localizer, Ranking};
use column::Column;
use core::time::Duration;
use evenkeel_core::{Direction, Error, MetricKind};

/// Rows that a column needs before the guard band, and after the stated time.
const LEAST_BASELINE: usize = 8;
const LEAST_WINDOW: usize = 3;

/// Notices metrics that have moved, robustly: whatever their units, a few spikes, or a wrong stated time.
///
/// *When*: the first voice to hear; it needs metrics and a stated time, nothing else. It does not know who drags whom along:
/// [`ExplainAway`](crate::ExplainAway) does, given a call graph.
///
/// *Method*: z = (u - m) / s. The baseline are the rows before the stated time without the guard band, m is its median; the window
/// are the rows from the stated time on, u is its 75 % quantile for a move up and its 25 % quantile for one down; the scale s is
/// the largest of IQR / 1.349, sd / 2 and 2 % of the absolute median, all of the baseline. The score is w ln(1 + z), where w is 1
/// for the direction that is bad for the kind of metric, 0.3 for the other one, 0 for demand ([`MetricKind::Traffic`]), and 1 in
/// both directions for kinds that have no bad one. A component scores as its highest metric. The idea to score by quantiles is that
/// of RobustScorer (L. Pham, H. Ha, H. Zhang, BARO: Robust root cause analysis for microservices via multivariate Bayesian online
/// change point detection, Proceedings of the ACM on Software Engineering 1 (2024) 2214-2237, doi:10.1145/3660805). What differs:
/// the scale cannot collapse (a floor relative to the level replaces "IQR 0 is 1", which depends on the unit), a quantile of the
/// window replaces its maximum (one spike is no fault), the direction counts, and there is a guard band.
///
/// *A wrong time*: if it is stated too late by up to `guard`, the rows that show the fault already are not in the baseline; if too
/// early, the quantile of the window still looks at rows with the fault, so long as they are more than a quarter of it.
///
/// *Parameters*: `guard`, default 2 minutes: as late as alarms usually are; never more than half of the rows before the stated
/// time. `window`, default unlimited: how much after the stated time is looked at. `quantile` in [0.5, 1], default 0.75.
/// `relative_floor` in [0, 1], default 0.02. `wrong_direction` in [0, 1], default 0.3.
///
/// *Score*: in [0, ∞), 0 for no move; ln 3 (a move by two scales) is stated as [noise](Ranking::noise). A column whose baseline is
/// all zeros has no scale; whatever moves there gets z = 1 / `relative_floor` (at most 10^6). A column needs 8 observed values in
/// the baseline and 3 in the window and is left out otherwise.
///
/// *Missing data*: skipped. *Cost*: O(rows) a metric by selection, without sorting; one buffer of one column. Scores are unit-free:
/// scaling a column changes nothing, nor does the order of columns.
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

/// Settings of [`MetricShift`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct MetricShiftBuilder {
    guard: Duration,
    window: Option<Duration>,
    quantile: f64,
    relative_floor: f64,
    wrong_direction: f64,
}

impl MetricShiftBuilder {
    /// How long before the stated time the baseline ends. Default 2 minutes; never more than half of the rows before it.
    pub fn guard(mut self, guard: Duration) -> Self {
        self.guard = guard;
        self
    }

    /// How long after the stated time the window ends. Default: with the data.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// The quantile of the window that a move up is judged by, in [0.5, 1]; one down is judged by its complement. Default 0.75.
    pub fn quantile(mut self, quantile: f64) -> Self {
        self.quantile = quantile;
        self
    }

    /// The least scale, as a share of the absolute median, in [0, 1]. Default 0.02.
    pub fn relative_floor(mut self, share: f64) -> Self {
        self.relative_floor = share;
        self
    }

    /// What a move in the harmless direction counts, in [0, 1]. Default 0.3.
    pub fn wrong_direction(mut self, weight: f64) -> Self {
        self.wrong_direction = weight;
        self
    }

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

/// The move of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Shift {
    /// Suspicion, in [0, ∞).
    pub score: f64,
    /// The side to which it moved (further, after weighing).
    pub direction: Direction,
    /// The quantile of the window, in the unit of the metric.
    pub observed: f64,
    /// The median of the baseline, in the unit of the metric.
    pub expected: f64,
    /// How far the two are apart, in scales of the baseline; at least 0.
    pub scales: f64,
}

impl Default for MetricShift {
    fn default() -> Self {
        Self { settings: DEFAULTS }
    }
}

const DEFAULTS: MetricShiftBuilder = MetricShiftBuilder {
    guard: Duration::from_secs(120),
    window: None,
    quantile: 0.75,
    relative_floor: 0.02,
    wrong_direction: 0.3,
};

impl MetricShift {
    /// The score that two scales get: what is met when nothing is wrong.
    pub(crate) const NOISE: f64 = 1.098_612_288_668_109_8;

    /// The localizer with its default settings, to be changed.
    pub fn builder() -> MetricShiftBuilder {
        DEFAULTS
    }

    /// How far each metric of a case has moved, in the order of [`Case::metrics`]; `None` where there is too little to compare.
    #[must_use]
    pub fn shifts(&self, case: &Case<'_>) -> Vec<Option<Shift>> {
        let settings = &self.settings;
        let rows = |length: Duration| {
            usize::try_from(length.as_nanos().div_ceil(case.step().as_nanos())).unwrap_or(usize::MAX)
        };
        let stated = case.stated_row();
        let guard = rows(settings.guard).min(stated / 2);
        let end = settings.window.map_or(case.rows(), |window| stated.saturating_add(rows(window)));
        let mut column = Column::default();
        let metrics = case.metrics().iter();
        let shifts = metrics.map(|metric| {
            column.baseline(metric.rows(0..stated - guard), settings)?;
            column.shift(metric.rows(stated..end), settings, metric.metric_kind())
        });
        shifts.collect()
    }
}

impl Localizer<Case<'_>> for MetricShift {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let shifts = self.shifts(case);
        Witness::new(case, &shifts, "metric shift").ranking(|component| component.score())
    }
}

impl MetricShiftBuilder {
    /// What a move to a side counts.
    fn weight(&self, kind: MetricKind, side: Direction) -> f64 {
        match kind.bad_direction() {
            _ if kind == MetricKind::Traffic => 0.0,
            Some(bad) if bad != side => self.wrong_direction,
            _ => 1.0,
        }
    }
}
