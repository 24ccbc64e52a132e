//! The observer: telemetry in, events out.

use crate::Dropped;
use crate::event::{Breach, Event, Events};
use crate::settings::Settings;
use crate::source::{Repeats, Source};
use crate::state::{Early, Edge, Observed, State, SymptomState, Watched};
use crate::symptom::{Followed, Signs, Symptom};
use core::time::Duration;
use evenkeel_core::{
    At, Direction, Error, MetricKind, Name, Signal, SourceHealth, Stage, Timestamp, Transition, Unit,
    observed,
};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_locate::guess_kind;
use evenkeel_remedy::machine::Clock;
use evenkeel_stats::LimitForecast;
use evenkeel_stats::sequential::{BernoulliCusum, RateEvidence};

/// How many values may come before the first tick; more are dropped.
const MOST_EARLY: usize = 100_000;
/// Rows of requests that are looked at for the end of all traffic: that many at least must have had some.
const LEAST_TRAFFIC_ROWS: usize = 30;
/// What a number of requests must be expected for their absence to say something: exp(-14) is less than one
/// in a million.
const LEAST_MISSING: f64 = 14.0;

/// A signal that an [`Observer`] knows: what [`Observer::signal`] gave, valid for that observer and its
/// restored snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SignalId(u32);

/// A symptom of an [`Observer`]: what [`Observer::symptom`] gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SymptomId(pub(crate) u32);

/// Calls from one component to another that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calls {
    /// How many calls ended.
    pub count: u64,
    /// How many of them failed. More than there were count as all.
    pub failed: u64,
    /// Their mean length in seconds as the caller saw it; NaN if it is not known.
    pub mean: f64,
}

/// The sensing half of the closed loop, without input or output: it is told what happens, and says what is
/// abnormal, that users are not served as they should be, and what the cause seems to be.
///
/// *In*: samples of metrics ([`observe`](Self::observe)), calls between components ([`call`](Self::call)),
/// spans of traces ([`span`](Self::span)), log lines ([`log`](Self::log)), requests of users
/// ([`request`](Self::request)), changes ([`change`](Self::change)), what a machine says
/// ([`heed`](Self::heed)), and the time ([`tick`](Self::tick)). *Out*: [`Event`]s, which a
/// [`Driver`](evenkeel_remedy::driver::Driver) takes as they are. It reads no clock and does no I/O, so a
/// recorded incident replays.
///
/// *How*: each metric is watched by a copy of a monitor, by default [`DeviationMonitor`], whose events are
/// shown and trigger nothing. What triggers are [`Symptom`]s: sequential evidence that too many requests are
/// bad, that there are none any more, or that a series left its range. Then the recent past of all metrics,
/// the calls, traces, log lines and changes go to a localizer, by default
/// [`Fusion::default`](evenkeel_locate::Fusion), and an incident is opened with its diagnosis. A second
/// symptom joins it if it has the same cause; otherwise it is an incident of its own, with its own evidence,
/// verification and end.
///
/// *Quality*: a source that is silent, late or stuck is told to guards by its name, and so is that the
/// observer itself came too late ([`report_delay`](Self::report_delay)). How long a silence is allowed, and
/// how late a value may be, follows the source's own rhythm, which is learned: the interval from value to
/// value, or, of a source that sends in bursts, the silence between them once it came three times. A source
/// that goes on to send old values is late, and not silent. One all of whose metrics stay where they are is
/// stuck, unless one of them rests at zero: then it is idle.
///
/// *Traffic*: `request(now, 0, 0)` says that there were no requests. If there were some in at least 30 of the
/// rows that are kept, that is a [breach](Breach::NoTraffic) of its own kind: after as many such rows as
/// would have had 14 requests, and twice as many as came in a row within the rows that are kept. Traffic that
/// stops longer than that on purpose, as at night, [may](Symptom::may_stop). To say nothing is something
/// else: then the source of requests is silent.
///
/// *Time*: [`tick`](Self::tick) alone says what time it is; a [`Clock`] decides which ticks to believe, as
/// the machine does for itself. What comes before the first tick is put in its place by it. A value with a
/// time more than a step ahead counts as of now, is counted ([`skewed`](Self::skewed)), and its source is
/// told to guards as one whose clock is wrong. If the clock was set back, the recent past begins anew, and
/// what is counted from a time moves back with it.
///
/// *Late requests*: requests more than [`late_after`](crate::ObserverBuilder::late_after) older than the
/// newest are ignored for triggering and verification. A remedy is verified by requests later than the action
/// and later than those counted at an earlier tick. Of requests that are a little late, because another front
/// end reports later, the bad ones count as well: a remedy that helped may be found wanting, but none is
/// found good too early. What does not count is counted ([`dropped`](Self::dropped)).
///
/// *Restarts*: with the feature `serde` the [state](Self::state) is a [`Snapshot`](evenkeel_core::Snapshot)
/// that a builder [restores](crate::ObserverBuilder::restore); [`resume`](Self::resume) brings it, or a fresh
/// observer, in line with a machine that was recovered.
///
/// *Cost*: an observation by an interned signal O(1) and the monitor's, by its name a look-up more; a tick
/// O(sources + symptoms) while nothing is wrong; neither allocates then. A diagnosis is O(signals × rows).
/// Memory: 8 bytes a signal and row, about 700 a signal, 300 a span and 40 a log line.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_keeper::{Event, Observer, Symptom};
///
/// let builder = Observer::builder(Symptom::requests("users", 0.02)?);
/// let mut observer = builder.step(Duration::from_secs(1)).evidence(Duration::from_secs(5)).build()?;
/// let slow = observer.signal(&Signal::new("store", "latency_p99")).unwrap();
/// let fine = observer.signal(&Signal::new("cart", "latency_p99")).unwrap();
/// let mut blamed = None;
/// for second in 0..200_i64 {
///     let now = Timestamp::from_seconds(second);
///     let broken = second >= 150;
///     observer.observe_by_id(now, slow, if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 });
///     observer.observe_by_id(now, fine, 0.02 + 0.001 * (second % 5) as f64);
///     observer.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
///     for event in observer.tick(now) {
///         if let Event::Opened { diagnosis, .. } = event {
///             println!("{}", diagnosis.causes()[0].evidence[0]);
///             blamed = Some(diagnosis.causes()[0].component.clone());
///         }
///     }
/// }
/// assert_eq!(blamed.unwrap(), "store");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Observer<M = DeviationMonitor, T = BernoulliCusum> {
    pub(crate) settings: Settings<M>,
    pub(crate) state: State<M, T>,
}

impl<M, T> Observer<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    pub(crate) fn assemble(settings: Settings<M>, symptoms: Vec<Symptom<T>>) -> Result<Self, Error> {
        let mut state = State::new(settings.step, settings.rows)?;
        for (symptom, observed) in symptoms.into_iter().zip(&settings.symptoms) {
            let trigger = match symptom.signs {
                Signs::Requests(trigger) | Signs::Limit(.., trigger) => Some(trigger),
                Signs::Events(..) => None,
            };
            let columns = (state.history.add(), state.history.add());
            let followed = Followed::new(symptom.name, trigger);
            state.symptoms.push(SymptomState {
                followed,
                observed: observed.clone(),
                forecast: observed.forecast().cloned(),
                columns,
                source: Source::new(),
                last_at: None,
                is_seen: false,
                sample: None,
            });
        }
        let mut observer = Self { settings, state };
        // There is room for the signals of symptoms, whatever names come before theirs.
        let signals: Vec<Signal> =
            observer.settings.symptoms.iter().filter_map(Observed::signal).cloned().collect();
        for signal in signals {
            let kept = observer.signal(&signal).is_some();
            let max_names = observer.settings.max_names;
            Error::require(kept, "max_names", "room for the signals of symptoms", max_names)?;
        }
        Ok(observer)
    }

    /// The identity of a signal, which is kept from now on: for the hot path, where names are not compared.
    /// `None` if no more names are kept.
    pub fn signal(&mut self, signal: &Signal) -> Option<SignalId> {
        let place = match self.state.place_of(signal) {
            Some(place) => place,
            None => self.add(signal.clone(), None, Unit::None)?,
        };
        Some(SignalId(u32::try_from(place).ok()?))
    }

    /// The identity of a symptom by its name.
    #[must_use]
    pub fn symptom(&self, name: &str) -> Option<SymptomId> {
        let place = self.state.symptoms.iter().position(|symptom| symptom.followed.name == *name)?;
        Some(SymptomId(u32::try_from(place).ok()?))
    }

    /// A metric had a value at a time. NaN or infinite: it was asked for and there was none.
    pub fn observe(&mut self, at: Timestamp, signal: &Signal, value: f64) {
        if let Some(id) = self.signal(signal) {
            self.put(id.0 as usize, at, value);
        }
    }

    /// The same by the identity of the signal. One of another observer is dropped and counted.
    pub fn observe_by_id(&mut self, at: Timestamp, signal: SignalId, value: f64) {
        if (signal.0 as usize) < self.state.metrics.len() {
            self.put(signal.0 as usize, at, value);
        } else {
            self.state.dropped.values = self.state.dropped.values.saturating_add(1);
        }
    }

    /// Calls from one component, or an instance of it, to another ended. They make the call graph, and two
    /// metrics of the callee. A [`Name`] that is kept and passed as a reference is not allocated anew.
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_keeper::{Calls, Observer, Symptom};
    ///
    /// let mut observer = Observer::builder(Symptom::requests("users", 0.02)?).build()?;
    /// let now = Timestamp::from_seconds(1_772_409_600);
    /// observer.call(now, "web", "cache-1", Calls { count: 50, failed: 2, mean: 0.004 });
    /// assert_eq!(observer.dropped().calls, 0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn call(&mut self, at: Timestamp, from: impl Into<Name>, to: impl Into<Name>, calls: Calls) {
        let edge = (from.into(), to.into());
        let place = match self.state.edge_of.get(&edge) {
            Some(place) => *place,
            None => match self.add_edge(&edge.0, &edge.1) {
                Some(place) => place,
                None => {
                    self.state.dropped.calls = self.state.dropped.calls.saturating_add(calls.count);
                    return;
                }
            },
        };
        let Calls { count, failed, mean } = calls;
        let edge = &mut self.state.edges[place];
        edge.calls += count as f64;
        if count > 0 {
            let (latency, errors) = (edge.seconds, edge.errors);
            self.put(latency, at, if mean >= 0.0 { mean } else { f64::NAN });
            self.put(errors, at, failed.min(count) as f64 / count as f64);
        }
    }

    /// Requests of the first symptom ended: how many were good, how many bad. Both 0: there were none.
    pub fn request(&mut self, at: Timestamp, good: u64, bad: u64) {
        self.request_of(at, SymptomId(0), good, bad);
    }

    /// Requests of a symptom ended: how many were good, how many bad. Both 0: there were none. What is no
    /// symptom of requests is dropped and counted.
    pub fn request_of(&mut self, at: Timestamp, symptom: SymptomId, good: u64, bad: u64) {
        let place = symptom.0 as usize;
        if !self.settings.symptoms.get(place).is_some_and(Observed::is_requests) {
            self.state.dropped.values = self.state.dropped.values.saturating_add(1);
            return;
        }
        if self.state.clock.now().is_none() {
            self.defer(Early::Requests(place, at, good, bad));
            self.state.symptoms[place].followed.suspect(at, good, bad, Breach::TooManyBad);
            return;
        }
        let (at, is_skewed) = self.clamp_future(at);
        self.place_requests(place, at, is_skewed, good, bad);
        let symptom = &mut self.state.symptoms[place].followed;
        if !symptom.is_in_time(at, self.settings.limits.late_after, good.saturating_add(bad)) {
            return;
        }
        symptom.suspect(at, good, bad, Breach::TooManyBad);
        if !is_skewed {
            symptom.count(at, good, bad); // otherwise it is not known when it was, so it verifies nothing
        }
    }

    /// Keeps requests where their time says, as evidence.
    fn place_requests(&mut self, place: usize, at: Timestamp, is_skewed: bool, good: u64, bad: u64) {
        let state = &mut self.state;
        let now = state.clock.now().unwrap_or(at).max(at);
        let symptom = &mut state.symptoms[place];
        let interval = symptom.last_at.map(|last| at.since(last));
        symptom.last_at = symptom.last_at.max(Some(at));
        symptom.source.arrived(at, now, interval, is_skewed, &self.settings.limits);
        state.history.increase(symptom.columns.0, at, good as f64);
        state.history.increase(symptom.columns.1, at, bad as f64);
    }

    /// Says that what metrics, calls and changes call `instance` is an instance of `component`. Causes are
    /// then sought among components, and their evidence names the instances that show it: one of them, or
    /// several. A [`Signal`] that names its instance says so itself.
    pub fn member(&mut self, component: impl Into<Name>, instance: impl Into<Name>) {
        let instance = instance.into();
        if self.state.members.is_instance(&instance) || self.has_room() {
            self.state.members.insert(component.into(), instance);
        } else {
            self.state.dropped.members = self.state.dropped.members.saturating_add(1);
        }
    }

    /// A component, or an instance, left for good: its silence is no news any more, until it says something
    /// again. Tell the machine as well, by [`Event::Gone`](evenkeel_remedy::Event::Gone).
    pub fn forget(&mut self, name: &Name) {
        let state = &mut self.state;
        for (source, what) in &mut state.sources {
            if source == name || state.members.component(source) == name {
                what.leave();
            }
        }
        // What comes under its signals later is of something new.
        for symptom in &mut state.symptoms {
            let signal = symptom.observed.signal();
            if signal.is_some_and(|signal| signal.place() == name || signal.component == *name) {
                symptom.forecast.iter_mut().for_each(Stage::reset);
                symptom.followed.foresee(state.clock.now().unwrap_or_default(), false);
            }
        }
    }

    /// Something was changed: a release, a new configuration. It may be blamed once: not after it was rolled
    /// back, nor in the next incident after one that blamed it and in which something was done. What is
    /// reported of a target that the machine is just acting on is that action; it is no bad change.
    pub fn change(&mut self, at: Timestamp, component: impl Into<Name>) {
        let (at, _) = self.clamp_future(at);
        self.state.changes.report(at, component.into(), &self.state.members);
    }

    /// The observer is behind: it woke up later than it meant to. If by more than a quarter of a step, the
    /// computer that it runs on is too busy: what it sees in the twenty steps from `now` on is not to be
    /// relied on.
    pub fn report_delay(&mut self, now: Timestamp, by: Duration) {
        let step = self.settings.step;
        if by > step / 4 {
            // It is as much after the last tick as it was late, whatever the clock says.
            let latest = self.state.clock.now().map(|last| last + step + by.min(Clock::LARGEST_JUMP));
            let now = latest.map_or(now, |latest| now.min(latest));
            self.state.delayed_until = Some(now + 20 * step);
        }
    }

    /// Time passes. To be called about once a step or oftener, with what the clock says.
    pub fn tick(&mut self, now: Timestamp) -> Events {
        let step = self.settings.step;
        let is_first = self.state.clock.now().is_none();
        let next = self.state.clock.now().map_or(Timestamp::MIN, |last| last + 2 * step);
        let back = self.state.clock.read(now, next);
        let now = self.state.clock.now().unwrap_or(now);
        if !back.is_zero() {
            self.state.set_back(back, now);
        }
        if is_first {
            self.place_early(now);
        }
        self.state.history.advance(now);
        self.expire_spans_and_lines(now);
        let mut events = Vec::new();
        let state = &mut self.state;
        for (metric, transition) in state.noticed.drain(..) {
            events.push(Event::Alert { signal: state.metrics[metric].signal.clone(), transition });
        }
        if state.dropped.is_full() && !core::mem::replace(&mut state.is_full_said, true) {
            events.push(Event::Full { names: self.settings.max_names });
        }
        self.check_sources(now, &mut events);
        self.check_traffic();
        self.follow_incidents(now, &mut events);
        Events::new(events)
    }

    /// The first tick says what time it is: what came before it is put where it belongs.
    fn place_early(&mut self, now: Timestamp) {
        for early in core::mem::take(&mut self.state.early) {
            match early {
                Early::Value(metric, at, value) => self.put(metric, at, value),
                Early::Requests(symptom, at, good, bad) => {
                    let (at, is_skewed) = self.clamp_future(at);
                    self.place_requests(symptom, at, is_skewed, good, bad);
                }
            }
        }
        for symptom in &mut self.state.symptoms {
            symptom.followed.set_back(Duration::ZERO, now);
        }
        self.state.changes.set_back(Duration::ZERO, now);
    }

    fn defer(&mut self, early: Early) {
        if self.state.early.len() < MOST_EARLY {
            self.state.early.push(early);
        } else {
            self.state.dropped.values = self.state.dropped.values.saturating_add(1);
        }
    }

    /// The incidents that are open and were given a number, each with since when.
    pub fn incidents(&self) -> impl Iterator<Item = (u64, Timestamp)> + '_ {
        self.state.incidents.iter().filter_map(|open| Some((open.number?, open.since)))
    }

    /// The evidence that the objective of a symptom is not kept. `None` for one that goes by the events of a
    /// monitor.
    pub fn evidence(&mut self, symptom: SymptomId) -> Option<RateEvidence> {
        self.state.symptoms.get_mut(symptom.0 as usize)?.followed.evidence()
    }

    /// Since when there is evidence that the objective of a symptom is not kept; `None` while nothing speaks
    /// for it. Only data change it: a breach that nobody sees any more is not over, and a silent source
    /// breaches nothing. What tells people goes by this, for an incident may end, by escalation, long before
    /// its symptom does.
    #[must_use]
    pub fn suspected_since(&self, symptom: SymptomId) -> Option<Timestamp> {
        self.state.symptoms.get(symptom.0 as usize)?.followed.suspected_since()
    }

    /// How long it usually is from a value to the next of the same metric of a source: of a component, an
    /// instance, or a symptom whose requests are reported. `None` where that is not known.
    #[must_use]
    pub fn rhythm(&self, source: &Name) -> Option<Duration> {
        let of_metrics = self.state.source_of.get(source).map(|place| &self.state.sources[*place].1);
        let of_requests = self.state.symptoms.iter().find(|symptom| symptom.followed.name == *source);
        let now = self.state.clock.now().unwrap_or_default();
        of_metrics.or(of_requests.map(|symptom| &symptom.source))?.rhythm(now)
    }

    /// How many signals are kept.
    #[must_use]
    pub fn signals(&self) -> usize {
        self.state.metrics.len()
    }

    /// What was dropped, or does not count.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        let late_requests = self.state.symptoms.iter().map(|symptom| symptom.followed.late);
        Dropped {
            late_values: self.state.history.late(),
            late_requests: late_requests.fold(0, u64::saturating_add),
            ..self.state.dropped
        }
    }

    /// How many values, calls and changes came with a time more than a step ahead of the last tick; they
    /// count as of that tick.
    #[must_use]
    pub fn skewed(&self) -> u64 {
        self.state.skewed
    }

    /// What the clock was read to be: how often it was doubted, late, or set back.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.state.clock
    }

    /// The state, to be saved. What it was built with, its localizer above all, is not in it.
    #[must_use]
    pub fn state(&self) -> &State<M, T> {
        &self.state
    }

    /// A time as it can be: one that lies more than a step after the last tick comes from a clock that is
    /// wrong, and counts as now.
    fn clamp_future(&mut self, at: Timestamp) -> (Timestamp, bool) {
        match self.state.clock.now() {
            Some(now) if at > now + self.settings.step => {
                self.state.skewed = self.state.skewed.saturating_add(1);
                (now, true)
            }
            _ => (at, false),
        }
    }

    fn has_room(&self) -> bool {
        let state = &self.state;
        state.metrics.len() + state.edges.len() + state.members.len() < self.settings.max_names
    }

    /// Starts to keep a metric, if there is room.
    fn add(&mut self, signal: Signal, kind: Option<MetricKind>, unit: Unit) -> Option<usize> {
        if !self.has_room() {
            self.state.dropped.names = self.state.dropped.names.saturating_add(1);
            return None;
        }
        if let Some(instance) = &signal.instance
            && !self.state.members.is_instance(instance)
        {
            self.state.members.insert(signal.component.clone(), instance.clone());
        }
        let symptom = self.settings.symptoms.iter().position(|s| s.signal() == Some(&signal));
        let state = &mut self.state;
        let source = state.source(signal.place());
        state.sources[source].1.add_metric();
        let column = state.history.add();
        state.metrics.push(Watched {
            signal: signal.clone(),
            kind: kind.unwrap_or_else(|| guess_kind(signal.metric.as_str())),
            unit,
            monitor: self.settings.monitor.clone(),
            repeats: Repeats::default(),
            last_at: None,
            column,
            source,
            symptom,
        });
        state.by_signal.insert(signal, state.metrics.len() - 1);
        Some(state.metrics.len() - 1)
    }

    fn add_edge(&mut self, from: &Name, to: &Name) -> Option<usize> {
        let named = |what: &str| Signal::new(to.clone(), format!("{what} seen by {from}"));
        let seconds = self.add(named("latency"), Some(MetricKind::Latency), Unit::Seconds)?;
        let errors = self.add(named("errors"), Some(MetricKind::Errors), Unit::Ratio)?;
        if !self.has_room() {
            return None;
        }
        let state = &mut self.state;
        state.edges.push(Edge { from: from.clone(), to: to.clone(), calls: 0.0, seconds, errors });
        state.edge_of.insert((from.clone(), to.clone()), state.edges.len() - 1);
        Some(state.edges.len() - 1)
    }

    fn put(&mut self, metric: usize, at: Timestamp, value: f64) {
        let Some(now) = self.state.clock.now() else {
            return self.defer(Early::Value(metric, at, value));
        };
        let (at, is_skewed) = self.clamp_future(at);
        let state = &mut self.state;
        let watched = &mut state.metrics[metric];
        state.history.put(watched.column, at, value);
        let Some(value) = observed(value) else { return };
        let source = &mut state.sources[watched.source].1;
        let interval = watched.last_at.map(|last| at.since(last));
        watched.last_at = watched.last_at.max(Some(at));
        source.arrived(at, now.max(at), interval, is_skewed, &self.settings.limits);
        if let Some(rest) = watched.repeats.update(value, &self.settings.limits) {
            source.rests(rest);
        }
        let transition = watched.monitor.update(At::new(at, value));
        if let Some(transition) = transition {
            state.noticed.push((metric, transition));
        }
        if let Some(symptom) = watched.symptom {
            let source = &mut state.symptoms[symptom].source;
            source.arrived(at, now.max(at), interval, is_skewed, &self.settings.limits);
            self.see_value(symptom, At::new(at, value), is_skewed, transition);
        }
    }

    /// A value of a signal that is a symptom.
    fn see_value(
        &mut self,
        symptom: usize,
        At { time, value }: At<f64>,
        is_skewed: bool,
        transition: Option<Transition>,
    ) {
        let SymptomState { followed, forecast, .. } = &mut self.state.symptoms[symptom];
        let is_bad = match &self.settings.symptoms[symptom] {
            Observed::Requests { .. } => return,
            Observed::Events { direction, .. } => {
                if let Some(transition) = &transition {
                    followed.transition(*direction, transition);
                }
                !followed.is_as_expected(*direction, value)
            }
            Observed::Limit { forecast: Some(forecast), .. } => forecast.limit().is_reached_by(value),
            Observed::Limit { direction, limit, .. } => match direction {
                Direction::Down => value < *limit,
                _ => value > *limit,
            },
        };
        let (good, bad) = (u64::from(!is_bad), u64::from(is_bad));
        if followed.is_in_time(time, self.settings.limits.late_after, 1) {
            if let Some(forecast) = forecast {
                forecast.update(At::new(time, value));
                followed.foresee(time, forecast.is_predicted());
            }
            followed.suspect(time, good, bad, Breach::OutOfRange);
            let averted = forecast.as_ref().and_then(LimitForecast::is_averted);
            let (good, bad) = match averted {
                // What has not happened yet is verified by what is foreseen: of what is not, nothing was seen.
                _ if !followed.is_predicted() => (good, bad),
                Some(averted) => (u64::from(averted && !is_bad), u64::from(!averted || is_bad)),
                None => (0, bad),
            };
            if !is_skewed && good.saturating_add(bad) > 0 {
                followed.count(time, good, bad);
            }
        }
    }

    fn check_sources(&mut self, now: Timestamp, events: &mut Vec<Event>) {
        let limits = &self.settings.limits;
        let is_late = self.state.delayed_until.is_some_and(|until| now < until);
        // Guards trust no old report: while an incident is open they get all anew.
        let all = self.state.incidents.iter().any(|open| open.number.is_some())
            || self.state.symptoms.iter().any(|symptom| symptom.followed.breached.is_some());
        let mut check = |name: &Name, source: &mut Source| {
            let changed = source.changed_health(now, limits, is_late);
            if changed.is_some() || all {
                let health = changed.unwrap_or_else(|| source.health(now, limits, is_late));
                let is_news = changed.is_some();
                // What is told of the rhythm explains why a source is called silent, or fresh again.
                let rhythm = source.rhythm(now).filter(|_| is_news && health != SourceHealth::Broken);
                let health = At::new(now, health);
                events.push(Event::Source { name: name.clone(), health, rhythm, is_news });
            }
        };
        for (name, source) in self.state.sources.iter_mut().filter(|(_, source)| !source.is_gone()) {
            check(name, source);
        }
        let gone = |signal: &Signal| {
            let place = self.state.source_of.get(signal.place());
            place.is_some_and(|place| self.state.sources[*place].1.is_gone())
        };
        for (symptom, kind) in self.state.symptoms.iter_mut().zip(&self.settings.symptoms) {
            if !kind.signal().is_some_and(gone) {
                check(&symptom.followed.name, &mut symptom.source);
            }
        }
    }

    /// Whether there are no requests any more where there always were some.
    fn check_traffic(&mut self) {
        let state = &mut self.state;
        for (place, kind) in self.settings.symptoms.iter().enumerate() {
            let symptom = &mut state.symptoms[place];
            if !kind.misses_traffic() || symptom.followed.abandoned || symptom.followed.breached.is_some() {
                continue;
            }
            let (good, bad) = symptom.columns;
            let counts = state.history.sums(good, bad);
            // Of the newest row that was reported at all.
            if counts.clone().rev().take(3).find(|count| !count.is_nan()) != Some(0.0) {
                continue;
            }
            let counts: Vec<f64> = counts.collect();
            if let Some(row) = traffic_ended(&counts) {
                let since = state.history.time(row);
                state.symptoms[place].followed.lost_traffic(since);
            }
        }
    }
}

/// The row from which on there are no requests, if that is no accident; of the newest row all is not known
/// yet.
fn traffic_ended(counts: &[f64]) -> Option<usize> {
    let known = counts.len().checked_sub(1)?;
    let seen: Vec<(usize, f64)> =
        counts[..known].iter().copied().enumerate().filter(|(_, count)| !count.is_nan()).collect();
    let begins = seen.iter().rposition(|(_, count)| *count > 0.0)? + 1;
    let (before, none) = seen.split_at(begins);
    let with_some = before.iter().filter(|(_, count)| *count > 0.0).count();
    // The longest time without any before.
    let (mut longest, mut run) = (0, 0);
    for (_, count) in before {
        run = if *count > 0.0 { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    let usual = before.iter().map(|(_, count)| count).sum::<f64>() / before.len() as f64;
    let is_enough = with_some >= LEAST_TRAFFIC_ROWS
        && none.len() >= 3
        && none.len() > 2 * longest
        && none.len() as f64 * usual >= LEAST_MISSING;
    is_enough.then(|| none[0].0)
}
