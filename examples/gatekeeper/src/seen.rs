//! The recent past of the telemetry, for digests.

use crate::shop::edges;
use crate::world::Telemetry;
use evenkeel::locate::{Case, Graph, History, Metric};
use evenkeel::report::{Digest, Timeline};
use evenkeel::{Error, Signal, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How many seconds are kept.
const ROWS: usize = 600;
/// How many seconds of requests are summed up.
const RECENT: usize = 10;

/// Columns of metrics, a row a second.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    history: History,
    columns: BTreeMap<Signal, usize>,
    bad: usize,
    graph: Graph,
    requests: VecDeque<(u64, u64)>,
}

impl Seen {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut history = History::new(Duration::from_secs(1), ROWS)?;
        let bad = history.add();
        let graph = Graph::from_edges(edges().map(|(from, to)| (from, to, 1.0)))?;
        Ok(Self { history, columns: BTreeMap::new(), bad, graph, requests: VecDeque::new() })
    }

    pub(crate) fn add(&mut self, now: Timestamp, seen: &Telemetry) {
        self.history.advance(now);
        for (signal, value) in &seen.values {
            let column = match self.columns.get(signal) {
                Some(column) => *column,
                None => {
                    let column = self.history.add();
                    self.columns.insert(signal.clone(), column);
                    column
                }
            };
            self.history.put(column, now, *value);
        }
        let all = (seen.good + seen.bad).max(1);
        self.history.put(self.bad, now, seen.bad as f64 / all as f64);
        if self.requests.len() == RECENT {
            self.requests.pop_front();
        }
        self.requests.push_back((seen.good, seen.bad));
    }

    /// Good and bad requests of the last ten seconds.
    pub(crate) fn requests(&self) -> (u64, u64) {
        self.requests.iter().fold((0, 0), |(good, bad), (g, b)| (good + g, bad + b))
    }

    /// A digest in at most so many tokens, comparing what was before a time with what came after it.
    pub(crate) fn digest(
        &mut self,
        stated: Timestamp,
        timeline: &Timeline,
        tokens: usize,
    ) -> Result<Digest, Error> {
        self.history.settle();
        let (start, step) = (self.history.time(0), self.history.step());
        let metrics = self.columns.iter();
        let metrics =
            metrics.map(|(signal, column)| Metric::ring(signal.clone(), self.history.column(*column)));
        let users = Metric::ring(Signal::new("users", "bad_ratio"), self.history.column(self.bad));
        let case = Case::builder(start, step, stated)
            .metrics(metrics)
            .metric(users)
            .graph(&self.graph)
            .symptom_at("edge");
        Digest::builder(&case.build()?).timeline(timeline).tokens(tokens).build()
    }
}
