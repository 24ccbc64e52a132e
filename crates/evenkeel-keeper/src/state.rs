//! The state of an observer, for snapshots.

use crate::changes::Changes;
use crate::incident::Incident;
use crate::members::Members;
use crate::recent_lines::RecentLines;
use crate::recent_spans::RecentSpans;
use crate::source::{Repeats, Source};
use crate::symptom::Followed;
use core::time::Duration;
use evenkeel_core::{At, Direction, Error, MetricKind, Name, Signal, Timestamp, Transition, Unit};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_locate::History;
use evenkeel_remedy::Sample;
use evenkeel_remedy::machine::Clock;
use evenkeel_stats::LimitForecast;
use evenkeel_stats::sequential::BernoulliCusum;
use std::collections::HashMap;

/// What an [`Observer`](crate::Observer) knows: all of it but its settings. With the feature `serde` a
/// [`Snapshot`](evenkeel_core::Snapshot), if its monitor and trigger are.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct State<M = DeviationMonitor, T = BernoulliCusum> {
    pub(crate) clock: Clock,
    /// What came before the first tick.
    pub(crate) early: Vec<Early>,
    pub(crate) history: History,
    pub(crate) metrics: Vec<Watched<M>>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) by_signal: HashMap<Signal, usize>,
    pub(crate) sources: Vec<(Name, Source)>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) source_of: HashMap<Name, usize>,
    pub(crate) edges: Vec<Edge>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) edge_of: HashMap<(Name, Name), usize>,
    /// Instances that were named, and what they are instances of.
    pub(crate) members: Members,
    pub(crate) changes: Changes,
    // Large, and of minutes only: after a restart they are gathered anew.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) spans: RecentSpans,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) lines: RecentLines,
    /// When old spans and lines were last forgotten.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) expired_at: Option<Timestamp>,
    pub(crate) symptoms: Vec<SymptomState<T>>,
    pub(crate) incidents: Vec<Incident>,
    /// The number of the next incident.
    pub(crate) next_incident: u64,
    /// Until when the observer counts as too late to be trusted.
    pub(crate) delayed_until: Option<Timestamp>,
    /// What was noticed between two ticks.
    pub(crate) noticed: Vec<(usize, Transition)>,
    pub(crate) dropped: Dropped,
    pub(crate) is_full_said: bool,
    pub(crate) skewed: u64,
}

/// What an observer dropped, or does not count: how often since it was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Dropped {
    /// Values under a name that is not kept, because as many [as may be](crate::ObserverBuilder::max_names)
    /// are.
    pub names: u64,
    /// Calls between names that are not kept.
    pub calls: u64,
    /// Instances whose names are not kept.
    pub members: u64,
    /// Values before the first tick beyond 100,000, and values of signals or symptoms that are not of this
    /// observer.
    pub values: u64,
    /// Values of times that lie before the rows that are kept.
    pub late_values: u64,
    /// Requests that came too late to say how users fare: much later than others of their time, or, of the
    /// good ones, after those of their time had been counted.
    pub late_requests: u64,
    /// Spans that are not kept: of a time that is over, or more than a step ahead of the last tick, or because
    /// as many [as may be](crate::ObserverBuilder::max_spans) are kept.
    pub spans: u64,
    /// Log lines that are not kept, for the same reasons.
    pub lines: u64,
}

impl Dropped {
    /// Whether anything was dropped because no more names are kept.
    pub(crate) fn is_full(&self) -> bool {
        self.names > 0 || self.calls > 0 || self.members > 0
    }
}

/// A value that came before the first tick: of a metric, or good and bad requests of a symptom.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Early {
    Value(usize, Timestamp, #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    Requests(usize, Timestamp, u64, u64),
}

/// A metric that is kept.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Watched<M> {
    pub(crate) signal: Signal,
    pub(crate) kind: MetricKind,
    pub(crate) unit: Unit,
    pub(crate) monitor: M,
    pub(crate) repeats: Repeats,
    pub(crate) last_at: Option<Timestamp>,
    pub(crate) column: usize,
    pub(crate) source: usize,
    pub(crate) symptom: Option<usize>,
}

/// Calls from one component to another, and the metrics that are made of them.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Edge {
    pub(crate) from: Name,
    pub(crate) to: Name,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(crate) calls: f64,
    pub(crate) seconds: usize,
    pub(crate) errors: usize,
}

/// A symptom, and, if it is one of requests, where they come from and go to.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct SymptomState<T> {
    pub(crate) followed: Followed<T>,
    /// What it goes by: a state of another is refused.
    pub(crate) observed: Observed,
    /// What says beforehand that its limit will be reached.
    pub(crate) forecast: Option<LimitForecast>,
    /// Columns of good and of bad requests.
    pub(crate) columns: (usize, usize),
    pub(crate) source: Source,
    pub(crate) last_at: Option<Timestamp>,
    /// Whether anything was seen of it that was not said yet.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) is_seen: bool,
    /// What it was seen by since the last tick.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) sample: Option<At<Sample>>,
}

/// What a symptom goes by, as a setting.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Observed {
    Requests {
        at: Option<Name>,
        /// Whether it is said when there are no requests any more.
        misses_traffic: bool,
    },
    Events {
        at: Option<Name>,
        signal: Signal,
        direction: Direction,
    },
    Limit {
        at: Option<Name>,
        signal: Signal,
        direction: Direction,
        #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
        limit: f64,
        /// What says beforehand that it will be reached, as it was built.
        forecast: Option<Box<LimitForecast>>,
        /// The unit of its values, where that was said.
        unit: Option<Unit>,
    },
}

impl Observed {
    pub(crate) fn is_requests(&self) -> bool {
        matches!(self, Self::Requests { .. })
    }

    /// Whether it is said when there are no requests any more.
    pub(crate) fn misses_traffic(&self) -> bool {
        matches!(self, Self::Requests { misses_traffic: true, .. })
    }

    pub(crate) fn signal(&self) -> Option<&Signal> {
        match self {
            Self::Requests { .. } => None,
            Self::Events { signal, .. } | Self::Limit { signal, .. } => Some(signal),
        }
    }

    /// What says beforehand that its limit will be reached, as it was built.
    pub(crate) fn forecast(&self) -> Option<&LimitForecast> {
        match self {
            Self::Limit { forecast, .. } => forecast.as_deref(),
            _ => None,
        }
    }

    /// The side that is bad.
    pub(crate) fn direction(&self) -> Option<Direction> {
        match self {
            Self::Requests { .. } => None,
            Self::Events { direction, .. } | Self::Limit { direction, .. } => Some(*direction),
        }
    }

    /// Where it is felt.
    pub(crate) fn at(&self) -> Option<&Name> {
        match self {
            Self::Requests { at, .. } | Self::Events { at, .. } | Self::Limit { at, .. } => at.as_ref(),
        }
    }
}

impl<T: evenkeel_core::Stage<(u64, u64), Output = evenkeel_stats::sequential::RateEvidence>> SymptomState<T> {
    /// Whether nothing speaks for a breach, now or to come.
    pub(crate) fn is_calm(&self) -> bool {
        self.followed.is_calm() && (!self.followed.is_predicted() || self.is_averted() == Some(true))
    }

    /// Whether the limit will not be reached, as far as that is foreseen.
    pub(crate) fn is_averted(&self) -> Option<bool> {
        self.forecast.as_ref()?.is_averted()
    }
}

impl<M, T> State<M, T> {
    pub(crate) fn new(step: Duration, rows: usize) -> Result<Self, Error> {
        Ok(Self {
            clock: Clock::default(),
            early: Vec::new(),
            history: History::new(step, rows)?,
            metrics: Vec::new(),
            by_signal: HashMap::new(),
            sources: Vec::new(),
            source_of: HashMap::new(),
            edges: Vec::new(),
            edge_of: HashMap::new(),
            members: Members::default(),
            changes: Changes::default(),
            spans: RecentSpans::default(),
            lines: RecentLines::default(),
            expired_at: None,
            symptoms: Vec::new(),
            incidents: Vec::new(),
            next_incident: 0,
            delayed_until: None,
            noticed: Vec::with_capacity(64),
            dropped: Dropped::default(),
            is_full_said: false,
            skewed: 0,
        })
    }

    pub(crate) fn place_of(&self, signal: &Signal) -> Option<usize> {
        self.by_signal.get(signal).copied()
    }

    /// The place of a source, which is kept from now on.
    pub(crate) fn source(&mut self, name: &Name) -> usize {
        if let Some(place) = self.source_of.get(name) {
            return *place;
        }
        self.sources.push((name.clone(), Source::new()));
        self.source_of.insert(name.clone(), self.sources.len() - 1);
        self.sources.len() - 1
    }

    #[cfg(feature = "serde")]
    fn index(&mut self) {
        self.by_signal = self.metrics.iter().map(|w| w.signal.clone()).zip(0..).collect();
        self.source_of = self.sources.iter().map(|(name, _)| name.clone()).zip(0..).collect();
        self.edge_of = self.edges.iter().map(|e| (e.from.clone(), e.to.clone())).zip(0..).collect();
    }
}

impl<M, T> State<M, T>
where
    T: evenkeel_core::Stage<(u64, u64), Output = evenkeel_stats::sequential::RateEvidence>,
{
    /// The clock was set back: what is counted from a time is as old as it was, and the recent past begins
    /// anew, for its rows lie in the future.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        self.history.clear();
        self.spans.clear();
        self.lines.clear();
        self.expired_at = None;
        for source in self.sources.iter_mut().map(|(_, source)| source) {
            source.set_back(now);
        }
        for symptom in &mut self.symptoms {
            symptom.source.set_back(now);
            symptom.followed.set_back(by, now);
            symptom.forecast.iter_mut().for_each(|forecast| forecast.set_back(by));
            symptom.last_at = symptom.last_at.map(|last| last.min(now));
        }
        for watched in &mut self.metrics {
            watched.last_at = watched.last_at.map(|last| last.min(now));
        }
        self.delayed_until = self.delayed_until.map(|until| until - by);
        self.changes.set_back(by, now);
        self.incidents.iter_mut().for_each(|open| open.set_back(by, now));
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::{
        Changes, Clock, Dropped, Early, Edge, Incident, Members, Name, Source, State, SymptomState, Watched,
    };
    use evenkeel_core::{Error, Snapshot, Timestamp, Transition};
    use evenkeel_locate::History;
    use serde::{Deserialize, Deserializer};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parts<M, T> {
        clock: Clock,
        early: Vec<Early>,
        history: History,
        metrics: Vec<Watched<M>>,
        sources: Vec<(Name, Source)>,
        edges: Vec<Edge>,
        members: Members,
        changes: Changes,
        symptoms: Vec<SymptomState<T>>,
        incidents: Vec<Incident>,
        next_incident: u64,
        delayed_until: Option<Timestamp>,
        noticed: Vec<(usize, Transition)>,
        dropped: Dropped,
        is_full_said: bool,
        skewed: u64,
    }

    impl<M, T> Parts<M, T> {
        fn check(&self) -> Result<(), Error> {
            let (metrics, symptoms) = (self.metrics.len(), self.symptoms.len());
            let columns = self.history.columns();
            let inside = |name: &'static str, place: usize, end: usize| {
                Error::require(place < end, name, "a place of what is kept", place)
            };
            for watched in &self.metrics {
                inside("column", watched.column, columns)?;
                inside("source", watched.source, self.sources.len())?;
                watched.symptom.map_or(Ok(()), |symptom| inside("symptom", symptom, symptoms))?;
            }
            for edge in &self.edges {
                inside("seconds", edge.seconds, metrics)?;
                inside("errors", edge.errors, metrics)?;
                let calls = edge.calls;
                Error::require(calls >= 0.0 && calls.is_finite(), "calls", "a number of calls", calls)?;
            }
            for symptom in &self.symptoms {
                inside("columns", symptom.columns.0.max(symptom.columns.1), columns)?;
            }
            for (metric, _) in &self.noticed {
                inside("noticed", *metric, metrics)?;
            }
            for early in &self.early {
                match early {
                    Early::Value(metric, ..) => inside("early", *metric, metrics)?,
                    Early::Requests(symptom, ..) => inside("early", *symptom, symptoms)?,
                }
            }
            for open in &self.incidents {
                let is_some = !open.symptoms.is_empty();
                Error::require(is_some, "symptoms", "at least one", open.symptoms.len())?;
                open.symptoms.iter().try_for_each(|symptom| inside("symptoms", *symptom, symptoms))?;
            }
            Ok(())
        }
    }

    impl<'de, M: Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for State<M, T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let parts = Parts::deserialize(deserializer)?;
            parts.check().map_err(serde::de::Error::custom)?;
            let mut state = State {
                clock: parts.clock,
                early: parts.early,
                history: parts.history,
                metrics: parts.metrics,
                by_signal: Default::default(),
                sources: parts.sources,
                source_of: Default::default(),
                edges: parts.edges,
                edge_of: Default::default(),
                members: parts.members,
                changes: parts.changes,
                spans: Default::default(),
                lines: Default::default(),
                expired_at: None,
                symptoms: parts.symptoms,
                incidents: parts.incidents,
                next_incident: parts.next_incident,
                delayed_until: parts.delayed_until,
                noticed: parts.noticed,
                dropped: parts.dropped,
                is_full_said: parts.is_full_said,
                skewed: parts.skewed,
            };
            state.index();
            Ok(state)
        }
    }

    impl<M: Snapshot, T: Snapshot> Snapshot for State<M, T> {
        fn schema() -> String {
            format!("Observer@4<{},{},{}>", History::schema(), M::schema(), T::schema())
        }
    }
}
