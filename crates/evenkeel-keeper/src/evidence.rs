//! Evidence: the case that a localizer is given.

use crate::members::told_apart;
use crate::observer::Observer;
use crate::state::Observed;
use evenkeel_core::{At, Diagnosis, Direction, Error, MetricKind, Name, Stage, Timestamp, Transition};
use evenkeel_locate::{CallColumns, Case, Graph, Metric};
use evenkeel_stats::sequential::RateEvidence;
use std::collections::BTreeSet;

/// At most this many cells are examined: of more metrics fewer rows, the latest.
const MOST_CELLS: usize = 3_000_000;
/// The least number of rows before the breach that are examined all the same.
const LEAST_ROWS: usize = 60;
/// Of more metrics than this the localizer is shown those that moved most, and at least one of each source.
const MOST_METRICS: usize = 20_000;
/// How many of those that moved most are shown then.
const SHOWN: usize = 5_000;
/// The number of rows before the breach used to pick the metrics that moved most.
const BASELINE: usize = 32;
/// The beginning is known to a few steps, from the evidence itself: so many rows before it are in doubt.
const IN_DOUBT: u32 = 4;

impl<M, T> Observer<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    /// Asks the localizer about an incident, by what was seen from a time on, beside how it was before the
    /// incident.
    pub(crate) fn think(
        &mut self,
        place: usize,
        from: Timestamp,
        now: Timestamp,
    ) -> Result<Diagnosis, Error> {
        self.state.history.settle();
        let (settings, state) = (&self.settings, &self.state);
        let (members, history) = (&state.members, &state.history);
        let open = &state.incidents[place];
        let edges = state.edges.iter();
        let edges =
            edges.map(|edge| (members.component(&edge.from), members.component(&edge.to), edge.calls));
        let graph = Graph::from_edges(
            edges.filter(|(from, to, _)| from != to).map(|(f, t, n)| (f.clone(), t.clone(), n)),
        )?;
        let since_breach = now.since(open.since).as_nanos().div_ceil(history.step().as_nanos());
        let least = LEAST_ROWS.saturating_add(usize::try_from(since_breach).unwrap_or(usize::MAX));
        let shown = self.shown(least - LEAST_ROWS);
        let rows = (MOST_CELLS / shown.len().max(1)).max(least).min(history.rows());
        let skipped = history.rows() - rows;
        let column = |column: usize| latest(history.column(column), rows);
        let metrics = shown.into_iter().map(|metric| {
            let watched = &state.metrics[metric];
            let kind = watched.kind;
            // Which side of a symptom is bad was said; its name may suggest the other.
            let said = watched.symptom.and_then(|symptom| settings.symptoms[symptom].direction());
            let is_other = kind.bad_direction().zip(said).is_some_and(|(guessed, said)| guessed != said);
            let kind = if is_other { MetricKind::Other } else { kind };
            Metric::ring(members.resolve(&watched.signal), column(watched.column))
                .unit(watched.unit)
                .kind(kind)
        });
        let traces = state.spans.traces(history.time(skipped), members)?;
        let first = open.symptoms.first().copied().unwrap_or_default();
        let mut case = Case::builder(history.time(skipped), history.step(), from)
            .metrics(metrics)
            .graph(&graph)
            .uncertainty(history.step().saturating_mul(IN_DOUBT).saturating_add(from.since(open.since)))
            .symptom(self.course(first, open.since).into_iter().skip(skipped).collect::<Vec<f64>>());
        for edge in &state.edges {
            let column = |metric: usize| column(state.metrics[metric].column);
            let (from, to) = (members.component(&edge.from), members.component(&edge.to));
            let calls = CallColumns::ring(from, to, column(edge.seconds), column(edge.errors));
            let is_instance = members.is_instance(&edge.to);
            case = case.calls(if is_instance { calls.to_instance(edge.to.clone()) } else { calls });
        }
        if let Some(traces) = &traces {
            case = case.traces(traces);
        }
        if let Some(lines) = state.lines.lines() {
            case = case.logs(lines);
        }
        if let Some(component) = settings.symptoms[first].at() {
            case = case.symptom_at(members.component(component).clone());
        }
        for change in state.changes.told(members) {
            case = case.changed(change);
        }
        for component in self.out_of_reach(&graph, &open.symptoms) {
            case = case.cleared(component);
        }
        let causes =
            settings.localizer.diagnose(&case.build()?).map_or_else(Vec::new, |d| d.causes().to_vec());
        Diagnosis::new(now, causes.into_iter().map(told_apart).collect())
    }

    /// The metrics that the localizer is shown, in their order: all, or of very many those that moved most in
    /// the rows since the breach, by a glance at the latest rows, those that a glance says nothing of, and at
    /// least one of each source.
    fn shown(&self, since_breach: usize) -> Vec<usize> {
        let state = &self.state;
        let metrics = state.metrics.len();
        if metrics <= MOST_METRICS {
            return (0..metrics).collect();
        }
        let window = since_breach.clamp(1, state.history.rows());
        let mut best: Vec<Option<(f64, usize)>> = vec![None; state.sources.len()];
        let mut moves: Vec<(f64, usize)> = Vec::with_capacity(metrics);
        for (place, watched) in state.metrics.iter().enumerate() {
            let (older, newer) =
                latest(state.history.column(watched.column), BASELINE + IN_DOUBT as usize + window);
            let moved = glance(older.iter().chain(newer).copied());
            let best = &mut best[watched.source];
            if best.is_none_or(|(most, _)| moved > most) {
                *best = Some((moved, place));
            }
            moves.push((moved, place));
        }
        // Of equal ones those that were known first.
        moves.select_nth_unstable_by(SHOWN, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut shown: Vec<usize> = moves[..SHOWN].iter().map(|(_, place)| *place).collect();
        shown.extend(best.into_iter().flatten().map(|(_, place)| place));
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// The course of a symptom, larger being worse: the share of bad requests, all of them where there are
    /// none any more, or the values of a series.
    fn course(&self, symptom: usize, since: Timestamp) -> Vec<f64> {
        let (state, history) = (&self.state, &self.state.history);
        let column = |column: usize| {
            let (older, newer) = history.column(column);
            older.iter().chain(newer).copied()
        };
        let of_signal = |signal, sign: f64| {
            let column = state.place_of(signal).map(|place| state.metrics[place].column);
            column.map_or_else(Vec::new, |place| column_of(history.column(place), sign))
        };
        match &self.settings.symptoms[symptom] {
            Observed::Requests { .. } => {
                let (good, bad) = state.symptoms[symptom].columns;
                let share = |(row, (good, bad)): (usize, (f64, f64))| {
                    let none = good + bad == 0.0;
                    if none && history.time(row) >= since { 1.0 } else { bad / (good + bad) }
                };
                column(good).zip(column(bad)).enumerate().map(share).collect()
            }
            Observed::Events { signal, direction: Direction::Down, .. }
            | Observed::Limit { signal, direction: Direction::Down, .. } => of_signal(signal, -1.0),
            Observed::Events { signal, .. } | Observed::Limit { signal, .. } => of_signal(signal, 1.0),
        }
    }

    /// Where there are several symptoms: what their places do not call, directly or not, is not their cause.
    fn out_of_reach(&self, graph: &Graph, symptoms: &[usize]) -> BTreeSet<Name> {
        let place = |symptom: &usize| {
            let name = self.settings.symptoms[*symptom].at()?;
            graph.index(self.state.members.component(name).as_str())
        };
        let places: Option<Vec<usize>> = symptoms.iter().map(place).collect();
        let Some(places) = places.filter(|_| self.settings.symptoms.len() > 1) else {
            return BTreeSet::new();
        };
        let mut reached: BTreeSet<usize> = places.iter().copied().collect();
        reached.extend(places.iter().flat_map(|place| graph.reachable(*place)));
        (0..graph.len()).filter(|node| !reached.contains(node)).map(|node| graph.name(node).clone()).collect()
    }
}

/// How far the mean of the rows from the breach on is from that of the baseline, in standard deviations of
/// that, or 2 % of it; infinite where there is too little to compare.
fn glance(values: impl Iterator<Item = f64>) -> f64 {
    let mut sums = [(0.0, 0.0, 0.0); 2];
    for (row, x) in values.enumerate().filter(|(_, x)| !x.is_nan()) {
        let part = match row {
            _ if row < BASELINE => &mut sums[0],
            _ if row >= BASELINE + IN_DOUBT as usize => &mut sums[1],
            _ => continue,
        };
        *part = (part.0 + 1.0, part.1 + x, part.2 + x * x);
    }
    let [(before, sum, squares), (since, sum_since, _)] = sums;
    if before < 8.0 || since < 1.0 {
        return f64::INFINITY;
    }
    let mean = sum / before;
    let sd = (squares / before - mean * mean).max(0.0).sqrt();
    let moved = (sum_since / since - mean).abs() / (sd + 0.02 * mean.abs() + f64::MIN_POSITIVE);
    if moved.is_nan() { f64::INFINITY } else { moved }
}

/// The latest rows of a column.
fn latest<'a>((older, newer): (&'a [f64], &'a [f64]), rows: usize) -> (&'a [f64], &'a [f64]) {
    let skipped = (older.len() + newer.len()).saturating_sub(rows);
    let in_newer = skipped.saturating_sub(older.len());
    (&older[skipped.min(older.len())..], &newer[in_newer..])
}

fn column_of((older, newer): (&[f64], &[f64]), sign: f64) -> Vec<f64> {
    older.iter().chain(newer).map(|x| sign * x).collect()
}
