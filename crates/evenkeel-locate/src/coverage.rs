//! Coverage of columns: gaps, silence, and metrics that could not be examined.

use crate::case::{Case, Metric};
use evenkeel_core::{MetricKind, Name, observed};
use std::ops::Range;

/// The least number of values that a column needs before the guard band, and from the stated time on.
pub(crate) const LEAST_BASELINE: usize = 8;
pub(crate) const LEAST_WINDOW: usize = 3;

/// The rows of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Those thought normal: before the guard band.
    pub(crate) baseline: Range<usize>,
    /// Those thought to show the fault: from the stated time on.
    pub(crate) window: Range<usize>,
}

/// Where a column has values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// How many rows it usually is from value to value.
    rhythm: usize,
    /// How many rows it was at most.
    longest: usize,
    /// The first and the last row with a value.
    ends: Option<(usize, usize)>,
    /// The numbers of values in the baseline and in the window.
    before: usize,
    after: usize,
}

impl Coverage {
    pub(crate) fn of(metric: &Metric<'_>, rows: &Rows) -> Self {
        let end = rows.window.end;
        let (first, second) = metric.rows(0..end);
        let complete = |piece: &[f64]| piece.iter().fold(true, |all, x| all & observed(*x).is_some());
        if first.len() + second.len() == end && end > 0 && complete(first) && complete(second) {
            let ends = Some((0, end - 1));
            return Self {
                rhythm: 1,
                longest: 1,
                ends,
                before: rows.baseline.len(),
                after: rows.window.len(),
            };
        }
        let seen: Vec<usize> =
            (0..).zip(metric.iter(0..end)).filter_map(|(row, x)| Some((row, observed(x)?).0)).collect();
        let mut steps: Vec<usize> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let longest = steps.iter().copied().max().unwrap_or(1);
        let middle = steps.len() / 2;
        let rhythm = if steps.is_empty() { 1 } else { *steps.select_nth_unstable(middle).1 };
        let count = |rows: &Range<usize>| seen.iter().filter(|row| rows.contains(row)).count();
        Self {
            rhythm,
            longest,
            ends: seen.first().copied().zip(seen.last().copied()),
            before: count(&rows.baseline),
            after: count(&rows.window),
        }
    }

    /// How many rows it usually is from value to value, at least 1.
    pub(crate) fn rhythm(self) -> usize {
        self.rhythm
    }

    /// Whether there is enough in the window to go by: three values, or as many as come in so many rows, but
    /// at least one.
    pub(crate) fn is_enough(self, rows: &Rows) -> bool {
        self.after >= (rows.window.len() / self.rhythm).clamp(1, LEAST_WINDOW)
    }

    /// Whether it had too few values to compare with.
    pub(crate) fn is_rare(self) -> bool {
        self.before < LEAST_BASELINE
    }

    /// How many rows of the baseline have no value.
    pub(crate) fn missing(self, rows: &Rows) -> usize {
        rows.baseline.len() - self.before
    }

    /// Whether it has any value at all.
    fn exists(self) -> bool {
        self.ends.is_some()
    }

    /// The first row of a silence that lasts to the end, is longer than any pause before, and began in the
    /// guard band or after it.
    fn ended(self, rows: &Rows) -> Option<usize> {
        let (_, last) = self.ends?;
        let silent = (rows.window.end - 1).checked_sub(last)?;
        let lasts = silent >= LEAST_WINDOW * self.rhythm && silent > self.longest;
        (self.before >= LEAST_BASELINE && lasts && last + self.rhythm >= rows.baseline.end)
            .then_some(last + 1)
    }

    /// The first row of a column that began in the guard band or after it.
    fn began(self, rows: &Rows) -> Option<usize> {
        let (first, _) = self.ends?;
        (self.before == 0 && first >= rows.baseline.end && self.is_enough(rows)).then_some(first)
    }

    /// Whether there was nothing left of it when the fault began.
    fn is_gone(self, rows: &Rows) -> bool {
        self.ends.is_none_or(|(_, last)| last + self.rhythm < rows.baseline.end)
    }
}

/// How much of a component could be looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Visibility {
    /// The share of its instances of which no metric is left.
    pub(crate) silent: f64,
    /// Which, where instances are known.
    pub(crate) silent_instances: Vec<Name>,
    /// Whether no metric of it was there before the fault.
    pub(crate) is_new: bool,
    /// The row of the silence or of the beginning.
    pub(crate) since: usize,
    /// The share of the other components that are neither silent nor new: if all are, it is the observer that
    /// failed.
    pub(crate) others: f64,
    /// The share of its metrics that could not be examined; 1 if none could.
    pub(crate) unseen: f64,
    /// Whether metrics could be examined that callees pass on.
    pub(crate) shows_passed_on: bool,
}

/// An instance, or all of a component that knows of none.
#[derive(Debug, Default)]
struct Group {
    component: usize,
    instance: Option<Name>,
    /// Metrics that were there when the fault began, and those of them that ended.
    there: usize,
    ended: usize,
    /// Metrics that began, and metrics that were there ever before.
    began: usize,
    old: usize,
    /// Whether any metric has a value at the end.
    speaks: bool,
    /// Whether it has no requests.
    is_idle: bool,
    since_end: usize,
    since_begin: usize,
    examined: usize,
    unexamined: usize,
    /// Metrics that requests make, which are missing where there is none.
    of_requests: usize,
    passed_on: bool,
}

/// How much of each component could be looked at; `examined` says which metrics could.
pub(crate) fn visibilities(
    case: &Case<'_>,
    rows: &Rows,
    coverages: &[Coverage],
    examined: impl Fn(usize) -> bool,
) -> Vec<Visibility> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: std::collections::BTreeMap<(usize, Option<&Name>), usize> =
        std::collections::BTreeMap::new();
    for (column, (metric, coverage)) in case.metrics().iter().zip(coverages).enumerate() {
        let component = case.component_of(column);
        let place = *places.entry((component, metric.signal().instance.as_ref())).or_insert_with(|| {
            groups.push(Group { component, instance: metric.signal().instance.clone(), ..Group::default() });
            groups.len() - 1
        });
        groups[place].add(metric, *coverage, rows, examined(column));
    }
    let mut visibilities = vec![Visibility { unseen: 1.0, ..Visibility::default() }; case.components().len()];
    let mut counts = vec![(0_usize, 0_usize, 0_usize); visibilities.len()];
    let mut metrics = vec![(0_usize, 0_usize); visibilities.len()];
    for group in groups {
        let of = &mut visibilities[group.component];
        let (instances, silent, new) = &mut counts[group.component];
        let is_there = group.there > 0 || group.began > 0;
        let is_silent = group.there > 0 && group.ended == group.there && !group.speaks;
        let is_new = group.old == 0 && group.began > 0;
        *instances += usize::from(is_there);
        *silent += usize::from(is_silent);
        *new += usize::from(is_new);
        if is_silent {
            of.since = if *silent == 1 { group.since_end } else { of.since.min(group.since_end) };
            of.silent_instances.extend(group.instance);
        } else if is_new && *silent == 0 {
            of.since = if *new == 1 { group.since_begin } else { of.since.min(group.since_begin) };
        }
        let (examined, unexamined) = &mut metrics[group.component];
        *examined += group.examined;
        *unexamined += group.unexamined + if group.is_idle { 0 } else { group.of_requests };
        of.shows_passed_on |= group.passed_on;
    }
    for ((of, (instances, silent, new)), (examined, unexamined)) in
        visibilities.iter_mut().zip(&counts).zip(metrics)
    {
        of.silent = share(*silent, *instances);
        of.is_new = *instances > 0 && new == instances;
        of.unseen = if examined == 0 { 1.0 } else { share(unexamined, examined + unexamined) };
        of.silent_instances.sort_unstable();
    }
    let is_seen = |(instances, silent, new): &(usize, usize, usize)| silent + new < *instances;
    let (known, seen) = counts.iter().fold((0, 0), |(known, seen), count| {
        (known + usize::from(count.0 > 0), seen + usize::from(is_seen(count)))
    });
    for (of, count) in visibilities.iter_mut().zip(&counts) {
        of.others = share(seen - usize::from(is_seen(count)), known - usize::from(count.0 > 0));
    }
    visibilities
}

impl Group {
    fn add(&mut self, metric: &Metric<'_>, coverage: Coverage, rows: &Rows, examined: bool) {
        if !coverage.exists() {
            // A metric that never was is none.
            return;
        }
        let (ended, began) = (coverage.ended(rows), coverage.began(rows));
        if coverage.before >= LEAST_BASELINE && !coverage.is_gone(rows) {
            self.there += 1;
        }
        self.speaks |= coverage.ends.is_some_and(|(_, last)| last + LEAST_WINDOW >= rows.window.end);
        if let Some(row) = ended {
            self.since_end = self.since_end.max(row);
            self.ended += 1;
        }
        if let Some(row) = began {
            self.since_begin = if self.began == 0 { row } else { self.since_begin.min(row) };
            self.began += 1;
        }
        self.old += usize::from(coverage.before > 0);
        let kind = metric.metric_kind();
        if kind == MetricKind::Traffic {
            let none = metric.iter(rows.window.clone()).filter_map(observed).all(|x| x == 0.0);
            self.is_idle |= examined && none;
            return;
        }
        let of_requests = matches!(kind, MetricKind::Latency | MetricKind::Errors);
        match examined {
            true => self.examined += 1,
            false if of_requests => self.of_requests += 1,
            false => self.unexamined += 1,
        }
        self.passed_on |= examined && !is_own(kind);
    }
}

/// Whether a component uses it up by itself: what is not is what callees pass on.
pub(crate) fn is_own(kind: MetricKind) -> bool {
    matches!(kind, MetricKind::Cpu | MetricKind::Memory | MetricKind::Disk)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
