//! What can be said of one column of a case.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp, TransitionKind, observed};
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::{Budget, Monitor};
use evenkeel_locate::{Case, ExcessFlow, Localizer, MetricShift, Shift};
use evenkeel_series::spectral::{SeasonDetection, Spectral};
use evenkeel_series::{Segmentation, median};

/// False alarms in a column of which nothing is abnormal, over all of it: one in a hundred columns.
const FALSE_ALARMS: f64 = 0.01;
/// The least share of the excess that is told.
const LEAST_ADDED: f64 = 0.1;

/// The values of a column, in order.
pub(crate) fn values(case: &Case<'_>, series: usize) -> Option<Vec<f64>> {
    let metric = case.metrics().get(series)?;
    let (older, newer) = metric.rows(0..case.rows());
    Some([older, newer].concat())
}

/// How far each column moved after the stated time.
pub(crate) fn shifts(case: &Case<'_>) -> Vec<Option<Shift>> {
    MetricShift::default().shifts(case)
}

/// For each column the share of the excess that its component adds of its own, where that is told by this column and is
/// more than chance and a tenth.
///
/// A slow component makes all that call it slow, and these may move farther in standard deviations of their own than it
/// does; what tells them apart are the seconds (or failures) that each adds beyond what those it calls account for.
pub(crate) fn added(case: &Case<'_>) -> Vec<Option<f64>> {
    let mut added = vec![None; case.metrics().len()];
    let ranking = ExcessFlow.rank(case);
    let least = ranking.noise().max(LEAST_ADDED);
    for suspect in ranking.suspects().iter().filter(|suspect| suspect.score() > least) {
        let is_it = |metric: &evenkeel_locate::Metric<'_>| {
            let signal = metric.signal();
            signal.component == *suspect.component() && Some(&signal.metric) == suspect.metric()
        };
        if let Some(series) = case.metrics().iter().position(is_it) {
            added[series] = Some(suspect.score());
        }
    }
    added
}

/// The strongest season: its period in rows, and its strength.
pub(crate) fn season(values: &[f64]) -> Option<(usize, f64)> {
    let found = SeasonDetection::new().fit(&mut Spectral::new(), values).ok()?;
    let strongest = found
        .iter()
        .max_by(|a, b| a.strength().total_cmp(&b.strength()).then(b.period().cmp(&a.period())))?;
    Some((strongest.period(), strongest.strength()))
}

/// The change points, and the medians of the stretches before, between and after them: one more than changes.
pub(crate) fn changes(values: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let changes = Segmentation::new().fit(values).map_or(Vec::new(), |segments| segments.changes().to_vec());
    let ends = || changes.iter().copied().chain([values.len()]);
    let starts = [0].into_iter().chain(changes.iter().copied());
    let level = |(start, end): (usize, usize)| median(&values[start..end]).unwrap_or(f64::NAN);
    let levels = starts.zip(ends()).map(level).collect();
    (changes, levels)
}

/// A stretch that a monitor called abnormal: the rows of its first and its last abnormal value, and how often such a
/// thing comes by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) p: f64,
}

/// What a monitor that learns as it goes calls abnormal, under a budget of a hundredth of a false alarm a column. It
/// begins after some 400 values. In the fast tier: shifts and single values.
pub(crate) fn stretches(case: &Case<'_>, values: &[f64]) -> Vec<Stretch> {
    let length = case.step().saturating_mul(u32::try_from(values.len()).unwrap_or(u32::MAX));
    let budget = Budget::new(FALSE_ALARMS, length);
    let monitor =
        budget.and_then(|budget| Monitor::builder(budget).tier(Tier::Fast).step(case.step()).build());
    let Ok(mut monitor) = monitor else { return Vec::new() };
    let last = values.iter().rposition(|x| observed(*x).is_some()).unwrap_or(0);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (row, value) in values.iter().enumerate() {
        let event = monitor.update(At::new(case.time(row), *value));
        let Some(alert) = event.as_ref().and_then(|event| event.alert()) else { continue };
        let row = |time: Timestamp| row_of(case, time);
        match alert.kind() {
            TransitionKind::Raised => {
                stretches.push(Stretch { first: row(alert.start()), last, p: alert.p() });
            }
            TransitionKind::Worsened => {
                if let Some(stretch) = stretches.last_mut() {
                    stretch.p = stretch.p.min(alert.p());
                }
            }
            _ => {
                if let (Some(stretch), Some(end)) = (stretches.last_mut(), alert.end()) {
                    stretch.last = row(end);
                }
            }
        }
    }
    stretches
}

/// The row of a time, of those that the case has.
fn row_of(case: &Case<'_>, time: Timestamp) -> usize {
    let rows = time.since(case.start()).as_nanos() / case.step().as_nanos().max(1);
    usize::try_from(rows).unwrap_or(usize::MAX).min(case.rows().saturating_sub(1))
}

/// Seconds from the start of the case to a row.
pub(crate) fn seconds(case: &Case<'_>, row: usize) -> f64 {
    signed_seconds(case.start(), case.time(row))
}

/// Seconds from a time to another, negative if that is earlier.
pub(crate) fn signed_seconds(from: Timestamp, to: Timestamp) -> f64 {
    let length = |a: Timestamp, b: Timestamp| -> Duration { b.since(a) };
    if to >= from { length(from, to).as_secs_f64() } else { -length(to, from).as_secs_f64() }
}
