//! Correlation with the symptom.

use crate::case::{Case, Metric};
use crate::coverage::{Coverage, LEAST_WINDOW, Rows};
use crate::graph::Graph;
use crate::least_move::least_moves;
use crate::ranking::{Localizer, Ranking};
use core::time::Duration;
use evenkeel_core::{Direction, Error, MetricKind, observed};

/// Notices metrics that move together with what users feel.
///
/// *When*: the case has a [symptom](crate::CaseBuilder::symptom). It tells what belongs to an incident from
/// what merely happens at the same time; it does not tell cause from effect, so it is a second localizer,
/// never the only one.
///
/// *Method*: Pearson's correlation of the metric and the symptom over the rows from `guard` before the stated
/// time to the end, the metric moved by up to `lag` rows in either direction, the highest counting; signed by
/// the direction that is bad for the kind of metric, by its absolute value where there is none; 0 if negative
/// and for demand ([`MetricKind::Traffic`]). A component scores as its highest metric.
///
/// *Parameters*: `guard`, default 2 minutes: the course before the symptom is half of what there is to agree
/// with; never more than half of the rows before the stated time. `lag` in rows, default 2.
///
/// *Score*: the square of that, the share of the symptom's variation that goes with the metric, in [0, 1];
/// 0.25 is stated as [noise](Ranking::noise). Abstains without a symptom, or if the symptom does not vary.
///
/// *Missing data*: a value holds until the next one is due (the median number of rows from value to value);
/// then pairs with a missing value are skipped; 8 pairs are needed, 3 of the metric's values from the stated
/// time on, and 8 before it for a lack of agreement to speak in its favor. Components without such a metric
/// are [not examined](Ranking::unexamined). A metric that varies by less than can matter
/// ([`MetricShift`](crate::MetricShift) says what that is) agrees with nothing. *Cost*: O(rows lag) a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymptomCorrelation {
    settings: SymptomCorrelationBuilder,
}

/// Settings of [`SymptomCorrelation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct SymptomCorrelationBuilder {
    guard: Duration,
    lag: usize,
}

/// Pairs that a correlation needs.
const LEAST: usize = 8;
/// What is met by chance: a correlation of a half, where 40 rows and five lags give about 0.4.
const NOISE: f64 = 0.25;

impl SymptomCorrelationBuilder {
    /// How long before the stated time the comparison begins. Default 2 minutes; never more than half of the
    /// rows before it.
    pub fn guard(mut self, guard: Duration) -> Self {
        self.guard = guard;
        self
    }

    /// By how many rows a metric may run ahead of the symptom or behind it, at most 1000. Default 2.
    pub fn lag(mut self, rows: usize) -> Self {
        self.lag = rows;
        self
    }

    /// The localizer.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<SymptomCorrelation, Error> {
        Error::require(self.lag <= 1000, "lag", "at most 1000", self.lag)?;
        Ok(SymptomCorrelation { settings: self })
    }
}

impl Default for SymptomCorrelation {
    fn default() -> Self {
        Self { settings: Self::builder() }
    }
}

impl SymptomCorrelation {
    /// The localizer with its default settings, to be changed.
    pub fn builder() -> SymptomCorrelationBuilder {
        SymptomCorrelationBuilder { guard: Duration::from_secs(120), lag: 2 }
    }
}

impl Localizer<Case<'_>> for SymptomCorrelation {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let stated = case.stated_row();
        let guard = self.settings.guard.as_nanos().div_ceil(case.step().as_nanos());
        let from = stated - usize::try_from(guard).unwrap_or(usize::MAX).min(stated / 2);
        let Some((first, second)) = case.symptom(from..case.rows()) else { return Ranking::default() };
        let symptom: Vec<f64> = first.iter().chain(second).copied().collect();
        let rows = Rows { baseline: 0..stated, window: stated..case.rows() };
        let levels: Vec<Option<f64>> = case.metrics().iter().map(|metric| level(metric, stated)).collect();
        let least = least_moves(case, &levels);
        let mut examined = vec![false; case.components().len()];
        let (mut scores, mut column) = (Vec::new(), Vec::new());
        for (place, ((metric, least), level)) in case.metrics().iter().zip(least).zip(levels).enumerate() {
            let least = if level == Some(0.0) { least.from_nothing } else { least.known };
            let kind = metric.metric_kind();
            if kind == MetricKind::Traffic {
                continue;
            }
            column.clear();
            column.extend(metric.iter(from..case.rows()));
            column.resize(symptom.len(), f64::NAN);
            let coverage = Coverage::of(metric, &rows);
            hold(&mut column, coverage.rhythm());
            // What is missing since the fault can agree with nothing.
            let window = column.get(stated - from..).unwrap_or_default();
            if window.iter().filter(|x| observed(**x).is_some()).count() < LEAST_WINDOW {
                continue;
            }
            let lags = (0..=self.settings.lag).flat_map(|lag| {
                [
                    (&symptom[lag.min(symptom.len())..], &column[..]),
                    (&symptom[..], &column[lag.min(column.len())..]),
                ]
            });
            let mut agreements =
                lags.filter_map(|(symptom, column)| correlation(symptom, column, least)).peekable();
            if agreements.peek().is_none() && !has_pairs(&symptom, &column) {
                continue;
            }
            let agreements = agreements.map(|r| match kind.bad_direction() {
                Some(Direction::Up) => r,
                Some(Direction::Down) => -r,
                _ => r.abs(),
            });
            let r = agreements.reduce(f64::max).filter(|r| *r > 0.0);
            // What began with the fault may agree with it, but that it does not is nothing in its favor.
            if coverage.is_rare() && r.is_none_or(|r| r * r < NOISE) {
                continue;
            }
            examined[case.component_of(place)] = true;
            scores.extend(r.map(|r| (place, r * r)));
        }
        let unexamined =
            case.components().iter().zip(examined).filter(|(_, examined)| !examined).map(|(name, _)| name);
        let absent = case.graph().into_iter().flat_map(Graph::names);
        let absent = absent.filter(|name| case.components().binary_search(name).is_err());
        Ranking::of_columns(case, scores).with_noise(NOISE).with_unexamined(unexamined.chain(absent).cloned())
    }
}

/// The median before the stated time.
fn level(metric: &Metric<'_>, stated: usize) -> Option<f64> {
    let mut values: Vec<f64> = metric.iter(0..stated).filter_map(observed).collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// Puts the last value where the next one is still to come.
fn hold(column: &mut [f64], rhythm: usize) {
    let mut held: Option<(f64, usize)> = None;
    for x in column {
        match (observed(*x), held) {
            (Some(x), _) => held = Some((x, rhythm)),
            (None, Some((last, left))) if left > 1 => {
                *x = last;
                held = Some((last, left - 1));
            }
            _ => held = None,
        }
    }
}

fn has_pairs(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).filter(|(a, b)| observed(**a).is_some() && observed(**b).is_some()).count() >= LEAST
}

/// Pearson's correlation of the observed pairs of two columns that begin together; `None` for fewer than 8
/// pairs, a constant, or if the second does not vary by as much as can matter.
fn correlation(a: &[f64], b: &[f64], least: f64) -> Option<f64> {
    let pairs = || a.iter().zip(b).filter_map(|(a, b)| Some((observed(*a)?, observed(*b)?)));
    let (mut count, mut sums) = (0_usize, (0.0, 0.0));
    for (x, y) in pairs() {
        count += 1;
        sums = (sums.0 + x, sums.1 + y);
    }
    if count < LEAST {
        return None;
    }
    let means = (sums.0 / count as f64, sums.1 / count as f64);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        let (dx, dy) = (x - means.0, y - means.1);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    // What rounding alone leaves of a constant column is no variation.
    let beyond = |squares: f64, sd: f64| squares > count as f64 * sd * sd;
    let varies = |squares: f64, mean: f64| beyond(squares, 1e-13 * mean);
    let r = xy / (xx.sqrt() * yy.sqrt());
    (varies(xx, means.0) && varies(yy, means.1) && beyond(yy, least) && r.is_finite())
        .then(|| r.clamp(-1.0, 1.0))
}
