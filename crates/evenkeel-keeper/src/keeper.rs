//! The closed loop.

use crate::changes::Changes;
use crate::effect::{Effect, Effects};
use crate::innocent::{self, Harm};
use crate::members;
use crate::monitor::{Monitor, MonitorSettings};
use crate::quality::{Patience, Quality, Repeats};
use crate::settings::{KeeperBuilder, Rest};
use crate::trigger::Trigger;
use crate::window::Window;
use core::time::Duration;
use evenkeel_core::{
    At, Diagnosis, Error, MetricKind, Name, Signal, SourceHealth, Stage, Timestamp, Transition, Unit,
};
use evenkeel_locate::{Case, ExplainAway, Fusion, Graph, MetricShift, guess_kind};
use evenkeel_remedy::{
    Clock, Effect as RemedyEffect, ErrorRatio, Event, Outcome, Remediator, Remedy, Sample, Status, Verb,
};
use std::collections::BTreeMap;

/// The name of the source that requests are: what guards ask about before they trust verification.
pub const USERS: &str = "users";

/// How many values may come before the first tick; more are dropped.
const MOST_EARLY: usize = 100_000;

/// The closed loop as one object without input or output: it is told what happens, and says what is abnormal, what the cause seems to
/// be, and what should be done.
///
/// *In*: samples of metrics ([`observe`](Self::observe)), calls between components ([`call`](Self::call)), requests of users
/// ([`request`](Self::request)), changes ([`change`](Self::change)), answers to the remediator ([`event`](Self::event)), and the time
/// ([`tick`](Self::tick)). *Out*: [`Effects`]. It reads no clock and does no I/O, so a recorded incident replays.
///
/// *How*: each metric is watched for values far from its recent past, which is shown and triggers nothing. What triggers is
/// sequential evidence that the share of bad requests exceeds the objective. Then the window of all metrics, the call graph that was
/// observed and the changes go to a [`Fusion`], and its diagnosis to the [`Remediator`], which asks a policy, lets guards rule, and
/// verifies. By default nothing is carried out: acting is switched on for each verb where the remediator is built.
///
/// *Quality*: a source that is silent, late or stuck is told to guards by its name, and so is that the observer itself came too late
/// ([`oversleep`](Self::oversleep)).
///
/// *Time*: [`tick`](Self::tick) alone says what time it is; a [`Clock`] decides which ticks to believe, as the remediator does for
/// itself. What comes before the first tick is put in its place by it. A value with a time more than a step ahead counts as of now, is
/// counted ([`skewed`](Self::skewed)), and its source is told to guards as one whose clock is wrong. If the clock was set back, the
/// window of evidence begins anew, and what is counted from a time moves back with it.
///
/// *Late requests*: requests more than [`late_after`](KeeperBuilder::late_after) older than the newest are no news of how users fare:
/// they neither trigger nor verify. Verified is by requests that are later than the action, and later than those that were counted at an
/// earlier tick; of those that are a little late, because another front end reports later, the bad ones count as well, for a remedy is
/// rather judged too harshly than too kindly. What does not count is counted ([`late_requests`](Self::late_requests)).
///
/// *Cost*: an observation O(log signals), a tick O(signals) when a step of the grid is over and O(sources) otherwise; neither allocates
/// while nothing is wrong and nothing new is seen. Memory: 8 bytes a signal and row, and about 500 a signal.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_keeper::{Effect, Keeper};
/// use evenkeel_remedy::{ErrorRatio, Remediator};
///
/// let machine: Remediator = Remediator::builder(ErrorRatio::builder(0.02).build()?).sole_owner().build()?;
/// let mut keeper = Keeper::builder(0.02, machine).step(Duration::from_secs(1)).evidence(Duration::from_secs(5)).build()?;
/// let slow = Signal::new("store", "latency_p99");
/// let fine = Signal::new("cart", "latency_p99");
/// for second in 0..200_i64 {
///     let now = Timestamp::from_seconds(second);
///     let broken = second >= 150;
///     keeper.observe(&slow, now, if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 });
///     keeper.observe(&fine, now, 0.02 + 0.001 * (second % 5) as f64);
///     keeper.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
///     for effect in keeper.tick(now) {
///         if let Effect::Diagnosed { diagnosis, .. } = effect {
///             assert_eq!(diagnosis.causes()[0].component, "store");
///             println!("{}", diagnosis.causes()[0].evidence[0]);
///         }
///     }
/// }
/// assert!(keeper.incident().is_some());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Keeper<V: Remedy = Verb> {
    machine: Remediator<V, ErrorRatio>,
    fusion: Fusion,
    trigger: Trigger,
    monitors: MonitorSettings,
    patience: Patience,
    rest: Rest,
    clock: Clock,
    /// The last reading of the clock, which the remediator believes or not by itself.
    reading: Timestamp,
    /// What came before the first tick.
    early: Vec<Early>,
    window: Window,
    by_signal: BTreeMap<Signal, usize>,
    metrics: Vec<Watched>,
    sources: BTreeMap<Name, Quality>,
    edges: BTreeMap<(Name, Name), Edge>,
    /// Instances that were named, and what they are instances of.
    members: BTreeMap<Name, Name>,
    changes: Changes,
    users: Users,
    users_name: Name,
    incident: Option<Open>,
    /// Until when the observer counts as too late to judge.
    overslept_until: Option<Timestamp>,
    /// What was noticed between two ticks.
    noticed: Vec<(usize, Transition)>,
    dropped: u64,
    skewed: u64,
    late_requests: u64,
}

/// A value that came before the first tick: a metric, or good and bad requests.
#[derive(Debug, Clone, Copy)]
enum Early {
    Value(usize, Timestamp, f64),
    Requests(Timestamp, u64, u64),
}

/// A metric that is kept.
#[derive(Debug, Clone)]
struct Watched {
    signal: Signal,
    kind: Option<MetricKind>,
    unit: Unit,
    monitor: Monitor,
    repeats: Repeats,
    row: usize,
}

/// Calls from one component to another, and the metrics that are made of them.
#[derive(Debug, Clone)]
struct Edge {
    calls: f64,
    seconds: usize,
    errors: usize,
}

/// The requests of users.
#[derive(Debug, Clone)]
struct Users {
    quality: Quality,
    /// Rows of good and of bad requests.
    good: usize,
    bad: usize,
    /// Those to verify by, since the last tick.
    fresh: Fresh,
    /// The time of the newest, and of the newest that was counted at an earlier tick.
    newest: Option<Timestamp>,
    counted: Option<Timestamp>,
    since: Option<Timestamp>,
    /// An incident ended without an end of the suffering: the next one begins when users were fine in between.
    given_up: bool,
}

/// Requests that are later than those of earlier ticks, and bad ones that are a little late.
#[derive(Debug, Clone, Copy, Default)]
struct Fresh {
    good: u64,
    bad: u64,
    /// The times of the first and of the last.
    span: Option<(Timestamp, Timestamp)>,
    stragglers: u64,
    /// The time of the first of those.
    first_straggler: Option<Timestamp>,
}

impl Fresh {
    fn add(&mut self, at: Timestamp, good: u64, bad: u64) {
        self.good = self.good.saturating_add(good);
        self.bad = self.bad.saturating_add(bad);
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    fn straggle(&mut self, at: Timestamp, bad: u64) {
        self.stragglers = self.stragglers.saturating_add(bad);
        self.first_straggler = Some(self.first_straggler.map_or(at, |first| first.min(at)));
    }
}

/// The incident that is open.
#[derive(Debug, Clone)]
struct Open {
    number: u64,
    since: Timestamp,
    /// What was told of it; `None` while evidence is gathered.
    told: Option<Diagnosis>,
    /// When it was thought about last.
    thought: Option<Timestamp>,
}

impl<V: Remedy> Keeper<V> {
    /// A keeper of an objective: the share of requests that may be bad, in (0, 1). The remediator brings the guards, the
    /// verifier, and the verbs that are switched on.
    pub fn builder(objective: f64, machine: Remediator<V, ErrorRatio>) -> KeeperBuilder<V> {
        KeeperBuilder::new(objective, machine)
    }

    pub(crate) fn assemble(
        machine: Remediator<V, ErrorRatio>,
        trigger: Trigger,
        monitors: MonitorSettings,
        patience: Patience,
        (step, rows): (Duration, usize),
        rest: Rest,
    ) -> Result<Self, Error> {
        // The beginning is known to a few steps, from the evidence itself: little of what was before it is in doubt.
        let shift = MetricShift::builder().guard(4 * step).build()?;
        let mut window = Window::new(step, rows);
        let (good, bad) = (window.add(), window.add());
        Ok(Self {
            machine,
            fusion: Fusion::silent().with(ExplainAway::new(shift), 1.0)?,
            trigger,
            monitors,
            patience,
            rest,
            clock: Clock::default(),
            reading: Timestamp::MIN,
            early: Vec::new(),
            window,
            by_signal: BTreeMap::new(),
            metrics: Vec::new(),
            sources: BTreeMap::new(),
            edges: BTreeMap::new(),
            members: BTreeMap::new(),
            changes: Changes::default(),
            users: Users {
                quality: Quality::new(),
                good,
                bad,
                fresh: Fresh::default(),
                newest: None,
                counted: None,
                since: None,
                given_up: false,
            },
            users_name: Name::from(USERS),
            incident: None,
            overslept_until: None,
            noticed: Vec::with_capacity(64),
            dropped: 0,
            skewed: 0,
            late_requests: 0,
        })
    }

    /// A metric of a component had a value at a time. NaN or infinite: it was asked for and there was none.
    pub fn observe(&mut self, signal: &Signal, at: Timestamp, value: f64) {
        let metric = match self.by_signal.get(signal) {
            Some(metric) => *metric,
            None => match self.add(signal.clone(), None, Unit::None) {
                Some(metric) => metric,
                None => return,
            },
        };
        self.put(metric, at, value);
    }

    /// Calls from one component to another ended: how many, how many of them failed, and their mean length in seconds as the
    /// caller saw it. They make the call graph, and two metrics of the callee.
    pub fn call(&mut self, at: Timestamp, from: &Name, to: &Name, calls: u64, failed: u64, seconds: f64) {
        let key = (from.clone(), to.clone());
        if !self.edges.contains_key(&key) {
            let made = |what: &str| Signal::new(to.clone(), format!("{what} seen by {from}"));
            let seconds = self.add(made("latency"), Some(MetricKind::Latency), Unit::Seconds);
            let errors = self.add(made("errors"), Some(MetricKind::Errors), Unit::Ratio);
            let (Some(seconds), Some(errors)) = (seconds, errors) else { return };
            self.edges.insert(key.clone(), Edge { calls: 0.0, seconds, errors });
        }
        let Some(edge) = self.edges.get_mut(&key) else { return };
        edge.calls += calls as f64;
        if calls > 0 {
            let (latency, errors) = (edge.seconds, edge.errors);
            self.put(latency, at, seconds);
            self.put(errors, at, failed as f64 / calls as f64);
        }
    }

    /// Requests of users ended: how many were good, how many bad.
    pub fn request(&mut self, at: Timestamp, good: u64, bad: u64) {
        if self.clock.now().is_none() {
            self.defer(Early::Requests(at, good, bad));
            self.suspect(at, good, bad);
            return;
        }
        let (at, is_skewed) = self.clamp_future(at);
        self.place_requests(at, is_skewed, good, bad);
        let count = good.saturating_add(bad);
        let late_after = self.patience.late_after;
        if self.users.newest.is_some_and(|newest| at + late_after < newest) {
            self.late_requests = self.late_requests.saturating_add(count);
            return;
        }
        self.suspect(at, good, bad);
        if is_skewed {
            return; // when it was is not known, so it verifies nothing
        }
        self.users.newest = self.users.newest.max(Some(at));
        if self.users.counted.is_none_or(|counted| at > counted) {
            self.users.fresh.add(at, good, bad);
        } else {
            self.users.fresh.straggle(at, bad);
            self.late_requests = self.late_requests.saturating_add(good);
        }
    }

    /// Keeps requests where their time says, as evidence.
    fn place_requests(&mut self, at: Timestamp, is_skewed: bool, good: u64, bad: u64) {
        let now = self.clock.now().unwrap_or(at).max(at);
        self.users.quality.arrived(at, now, is_skewed);
        self.window.increase(self.users.good, at, good as f64);
        self.window.increase(self.users.bad, at, bad as f64);
    }

    /// Takes requests as evidence that users suffer, or not.
    fn suspect(&mut self, at: Timestamp, good: u64, bad: u64) {
        let suffering = self.trigger.update(At::new(at, (good, bad)));
        self.users.given_up &= !self.trigger.is_calm();
        if let Some(since) = suffering.filter(|_| !self.users.given_up) {
            self.users.since.get_or_insert(since);
        }
    }

    /// Says that what metrics, calls and changes call `instance` is an instance of `component`. Causes are then sought among
    /// components, and their evidence names the instances that show it: one of them, or several.
    pub fn member(&mut self, component: impl Into<Name>, instance: impl Into<Name>) {
        self.members.insert(instance.into(), component.into());
    }

    /// Something was changed: a release, a new configuration. It may be blamed once: not after it was rolled back, nor in the
    /// next incident after one that blamed it and in which something was done. What is reported of a target that the remediator is
    /// just acting on is that action; it is no bad change.
    pub fn change(&mut self, at: Timestamp, component: impl Into<Name>) {
        let (at, _) = self.clamp_future(at);
        self.changes.report(at, component.into(), &self.members);
    }

    /// The observer woke up later than it meant to. If by more than a quarter of a step, the machine that it runs on is too busy: what
    /// it sees in the twenty steps from `now` on is not to be judged by.
    pub fn oversleep(&mut self, now: Timestamp, by: Duration) {
        if by > self.window.step() / 4 {
            // It is as much after the last tick as it overslept, whatever the clock says.
            let latest = self.clock.now().map(|last| last + self.window.step() + by.min(Clock::LARGEST_JUMP));
            let now = latest.map_or(now, |latest| now.min(latest));
            self.overslept_until = Some(now + 20 * self.window.step());
        }
    }

    /// Tells the remediator something: a decision, that a record is durable, what an executor did, the health of an instance, a halt.
    pub fn event(&mut self, now: Timestamp, event: Event<V>) -> Effects<V> {
        let mut effects = Effects(Vec::new());
        self.step(now, event, &mut effects);
        effects
    }

    /// Time passes. To be called about once a step or oftener, with what the clock says.
    pub fn tick(&mut self, now: Timestamp) -> Effects<V> {
        let is_first = self.clock.now().is_none();
        let next = self.clock.now().map_or(Timestamp::MIN, |last| last + 2 * self.window.step());
        let back = self.clock.read(now, next);
        self.reading = now;
        let now = self.clock.now().unwrap_or(now);
        if !back.is_zero() {
            self.set_back(back, now);
        }
        if is_first {
            self.place_early(now);
        }
        self.window.advance(now);
        let mut effects = Effects(Vec::new());
        for (metric, transition) in self.noticed.drain(..) {
            effects.0.push(Effect::Alert { signal: self.metrics[metric].signal.clone(), transition });
        }
        self.judge_sources(now, &mut effects);
        self.judge_users(now, &mut effects);
        self.step(self.reading, Event::Tick, &mut effects);
        effects
    }

    /// The first tick says what time it is: what came before it is put where it belongs.
    fn place_early(&mut self, now: Timestamp) {
        for early in core::mem::take(&mut self.early) {
            match early {
                Early::Value(metric, at, value) => self.put(metric, at, value),
                Early::Requests(at, good, bad) => {
                    let (at, is_skewed) = self.clamp_future(at);
                    self.place_requests(at, is_skewed, good, bad);
                }
            }
        }
        self.trigger.set_back(Duration::ZERO, now);
        self.users.since = self.users.since.map(|since| since.min(now));
        self.changes.set_back(Duration::ZERO, now);
    }

    fn defer(&mut self, early: Early) {
        if self.early.len() < MOST_EARLY {
            self.early.push(early);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The clock was set back: what is counted from a time is as old as it was, and the window begins anew, for its rows lie in the
    /// future.
    fn set_back(&mut self, by: Duration, now: Timestamp) {
        let (older, newer) = self.window.pieces(self.users.good);
        let mut window = Window::new(self.window.step(), older.len() + newer.len());
        for _ in 0..self.metrics.len() + 2 {
            window.add();
        }
        self.dropped = self.dropped.saturating_add(self.window.late());
        self.window = window;
        self.trigger.set_back(by, now);
        for quality in self.sources.values_mut().chain([&mut self.users.quality]) {
            quality.set_back(now);
        }
        let back = |time: Timestamp| (time - by).min(now);
        self.users.since = self.users.since.map(back);
        self.users.newest = self.users.newest.map(|newest| newest.min(now));
        self.users.counted = self.users.counted.map(|counted| counted.min(now));
        self.overslept_until = self.overslept_until.map(|until| until - by);
        self.changes.set_back(by, now);
        if let Some(open) = &mut self.incident {
            open.since = back(open.since);
            open.thought = open.thought.map(back);
        }
    }

    /// The incident that is open, and since when users suffer.
    #[must_use]
    pub fn incident(&self) -> Option<(u64, Timestamp)> {
        self.incident.as_ref().map(|open| (open.number, open.since))
    }

    /// The remediator: what it knows and thinks.
    #[must_use]
    pub fn remediator(&self) -> &Remediator<V, ErrorRatio> {
        &self.machine
    }

    /// The evidence that users suffer, as the natural logarithm of an e-value, and the value that triggers.
    #[must_use]
    pub fn evidence(&self) -> (f64, f64) {
        self.trigger.evidence()
    }

    /// How many metrics are kept.
    #[must_use]
    pub fn signals(&self) -> usize {
        self.metrics.len()
    }

    /// How many values were dropped: of metrics beyond the most that are kept, of times already gone, and, beyond 100,000, from before
    /// the first tick.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.saturating_add(self.window.late())
    }

    /// How many values, calls and changes came with a time more than a step ahead of the last tick; they count as of that tick.
    #[must_use]
    pub fn skewed(&self) -> u64 {
        self.skewed
    }

    /// How many requests came too late to say how users fare: much later than others of their time, or, of the good ones, after
    /// those of their time had been counted.
    #[must_use]
    pub fn late_requests(&self) -> u64 {
        self.late_requests
    }

    /// What the clock was read to be: how often it was doubted, late, or set back.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// A time as it can be: one that lies more than a step after the last tick comes from a clock that is wrong, and counts as now.
    fn clamp_future(&mut self, at: Timestamp) -> (Timestamp, bool) {
        match self.clock.now() {
            Some(now) if at > now + self.window.step() => {
                self.skewed = self.skewed.saturating_add(1);
                (now, true)
            }
            _ => (at, false),
        }
    }

    /// Starts to keep a metric, if there is room.
    fn add(&mut self, signal: Signal, kind: Option<MetricKind>, unit: Unit) -> Option<usize> {
        let monitor =
            Monitor::new(&self.monitors).ok().filter(|_| self.metrics.len() < self.rest.max_signals);
        let Some(monitor) = monitor else {
            self.dropped = self.dropped.saturating_add(1);
            return None;
        };
        let row = self.window.add();
        self.sources.entry(signal.component.clone()).or_insert_with(Quality::new).add_metric();
        let watched =
            Watched { signal: signal.clone(), kind, unit, monitor, repeats: Repeats::default(), row };
        self.metrics.push(watched);
        self.by_signal.insert(signal, self.metrics.len() - 1);
        Some(self.metrics.len() - 1)
    }

    fn put(&mut self, metric: usize, at: Timestamp, value: f64) {
        if self.clock.now().is_none() {
            return self.defer(Early::Value(metric, at, value));
        }
        let (at, is_skewed) = self.clamp_future(at);
        let watched = &mut self.metrics[metric];
        self.window.put(watched.row, at, value);
        if !value.is_finite() {
            return;
        }
        let now = self.clock.now().unwrap_or(at).max(at);
        if let Some(quality) = self.sources.get_mut(&watched.signal.component) {
            quality.arrived(at, now, is_skewed);
            if let Some(stuck) = watched.repeats.update(value, &self.patience) {
                quality.stuck(stuck);
            }
        }
        if let Some(transition) = watched.monitor.update(At::new(at, value)) {
            self.noticed.push((metric, transition));
        }
    }

    fn judge_sources(&mut self, now: Timestamp, effects: &mut Effects<V>) {
        let overslept = self.overslept_until.is_some_and(|until| now < until);
        // Guards trust no old report: while an incident is open they get all anew.
        let all = self.incident.is_some();
        let mut news: Vec<(Name, SourceHealth, bool)> = Vec::new();
        let users = core::iter::once((&self.users_name, &mut self.users.quality));
        for (name, quality) in self.sources.iter_mut().chain(users) {
            let new = quality.news(now, &self.patience, overslept);
            if new.is_some() || all {
                let health = new.unwrap_or_else(|| quality.health(now, &self.patience, overslept));
                news.push((name.clone(), health, new.is_some()));
            }
        }
        for (name, health, new) in news {
            if new {
                effects.0.push(Effect::Source { name: name.clone(), health });
            }
            self.step(self.reading, Event::Source { name, health: At::new(now, health) }, effects);
        }
    }

    fn judge_users(&mut self, now: Timestamp, effects: &mut Effects<V>) {
        if let Some((first, last)) = self.users.fresh.span {
            let Fresh { good, bad, stragglers, first_straggler, .. } = core::mem::take(&mut self.users.fresh);
            self.users.counted = self.users.counted.max(Some(last));
            let from = self.incident.as_ref().and_then(|open| self.machine.judged_from(open.number));
            let is_later = |t: Timestamp| from.is_some_and(|from| t.as_seconds() > from.as_seconds());
            let late = if first_straggler.is_some_and(is_later) { stragglers } else { 0 };
            if self.incident.is_some() {
                // The remediator takes it by its first request: one before the end of an action spoils the sample.
                let sample = At::new(first, Sample::Counts { good, bad: bad.saturating_add(late) });
                self.step(self.reading, Event::Seen { incident: None, sample }, effects);
            }
        } else if self.incident.is_some() {
            let sample = At::new(now, Sample::Missing);
            self.step(self.reading, Event::Seen { incident: None, sample }, effects);
        }
        if self.incident.is_none()
            && self.machine.next_incident() < u64::MAX
            && let Some(since) = self.users.since
        {
            self.incident =
                Some(Open { number: self.machine.next_incident(), since, told: None, thought: None });
            effects.0.push(Effect::Suffering { incident: self.machine.next_incident(), since });
        }
        self.diagnose(now, effects);
    }

    /// Diagnoses an open incident: once enough evidence is there, and again while that changes what is thought; after four times the
    /// time of evidence only once in that time. What was thought when something was done stays: what is seen later is the remedy's doing.
    fn diagnose(&mut self, now: Timestamp, effects: &mut Effects<V>) {
        let evidence = self.rest.evidence;
        let Some(open) = self.incident.clone().filter(|open| now.since(open.since) >= evidence) else {
            return;
        };
        let what = |d: &Diagnosis| d.causes().first().map(|c| (c.component.clone(), c.kind));
        let known = open.told.as_ref().and_then(what);
        let is_old = now.since(open.since) > evidence.saturating_mul(4);
        let is_fresh = open.thought.is_some_and(|at| now.since(at) < evidence);
        if known.is_some() && is_old && is_fresh || self.is_touched(open.number) {
            return;
        }
        let Ok(diagnosis) = self.think(open.since, now) else { return };
        let is_news = open.told.is_none() || known != what(&diagnosis);
        let opened = open.told.is_some();
        let (incident, told) =
            (open.number, if is_news { Some(diagnosis.clone()) } else { open.told.clone() });
        self.incident = Some(Open { told, thought: Some(now), ..open });
        if !is_news {
            return;
        }
        effects.0.push(Effect::Diagnosed { incident, diagnosis: diagnosis.clone() });
        let event = if opened {
            Event::Diagnosed { incident, diagnosis }
        } else {
            Event::Opened { incident, diagnosis }
        };
        self.step(self.reading, event, effects);
    }

    /// Whether anything is being done about an incident, or was done.
    fn is_touched(&self, incident: u64) -> bool {
        let under_way = matches!(
            self.machine.status(incident),
            Some(Status::InFlight { .. } | Status::Verifying { .. } | Status::Keeping { .. })
        );
        // As long as advice stands nothing was done, and what is seen still tells of the fault.
        under_way && !self.machine.is_advice(incident)
            || self.machine.situation(incident).is_some_and(|s| s.tried().iter().any(|t| !t.advised))
    }

    /// Asks the localizers.
    fn think(&self, since: Timestamp, now: Timestamp) -> Result<Diagnosis, Error> {
        let edges = self
            .edges
            .iter()
            .map(|((from, to), edge)| (self.component(from), self.component(to), edge.calls));
        let graph = Graph::from_edges(edges.filter(|(from, to, _)| from != to))?;
        let column = |row: usize| {
            let (older, newer) = self.window.pieces(row);
            older.iter().chain(newer).copied()
        };
        let bad_share: Vec<f64> =
            column(self.users.good).zip(column(self.users.bad)).map(|(g, b)| b / (g + b)).collect();
        let innocent = innocent::components(&self.harms(since));
        let metrics = self
            .metrics
            .iter()
            .filter(|w| !innocent.contains(&self.component(&w.signal.component)))
            .map(|watched| {
                let metric = members::metric(&watched.signal, &self.members, self.window.pieces(watched.row));
                metric
                    .unit(watched.unit)
                    .kind(watched.kind.unwrap_or_else(|| guess_kind(watched.signal.metric.as_str())))
            });
        let mut case = Case::builder(self.window.start(), self.window.step(), since)
            .metrics(metrics)
            .graph(&graph)
            .symptom(bad_share);
        if let Some(component) = &self.rest.symptom_at {
            case = case.symptom_at(component.clone());
        }
        for change in self.changes.told(&self.members) {
            case = case.changed(change);
        }
        for component in innocent {
            case = case.cleared(component);
        }
        let causes = self.fusion.diagnose(&case.build()?).map_or_else(Vec::new, |d| d.causes().to_vec());
        Diagnosis::new(
            now,
            causes.into_iter().map(|cause| members::told_apart(cause, &self.members)).collect(),
        )
    }

    /// What callers saw of each component before and after users began to suffer.
    fn harms(&self, since: Timestamp) -> Vec<Harm> {
        let first = since.since(self.window.start()).as_nanos() / self.window.step().as_nanos().max(1);
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let parts = |metric: usize| {
            let (older, newer) = self.window.pieces(self.metrics[metric].row);
            let all = || older.iter().chain(newer).copied();
            // A few rows before the beginning are in doubt.
            let before: Vec<f64> = all().take(first.saturating_sub(4)).filter(|x| !x.is_nan()).collect();
            let after: Vec<f64> = all().skip(first).filter(|x| !x.is_nan()).collect();
            (before, after)
        };
        let edges = self.edges.iter();
        edges
            .map(|((from, to), e)| {
                Harm::new(self.component(from), self.component(to), &parts(e.seconds), &parts(e.errors))
            })
            .collect()
    }

    /// What a name is an instance of, or itself.
    fn component(&self, name: &Name) -> Name {
        self.members.get(name).unwrap_or(name).clone()
    }

    /// Takes the remediator one step on.
    fn step(&mut self, now: Timestamp, event: Event<V>, effects: &mut Effects<V>) {
        for effect in self.machine.step(now, event) {
            let told = self.incident.as_ref().and_then(|open| open.told.as_ref());
            self.changes.follow(now, &effect, told, &self.members);
            if let RemedyEffect::Closed { incident, outcome } = &effect
                && self.incident.as_ref().is_some_and(|open| open.number == *incident)
            {
                self.incident = None;
                self.users.since = None;
                self.users.given_up = !matches!(outcome, Outcome::Recovered | Outcome::Subsided);
                if !self.users.given_up {
                    self.trigger.reset();
                }
            }
            effects.0.push(Effect::Remedy(effect));
        }
    }
}
