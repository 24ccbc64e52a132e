//! A fleet: a monitor for each of many series, under one budget.

use super::division::{Division, rounded_up};
use super::fleet_builder::{FleetBuilder, Settings};
use super::fleet_event::FleetEvent;
use super::incident::{Incident, IncidentKind};
use super::ledger::Ledger;
use super::loss_rate::LossRate;
use super::member::{Member, News, Observed};
use super::open_incidents::{Alerted, Open, OpenIncidents};
use super::relations::Relations;
use super::scope::Scope;
use crate::bank::Bank;
use crate::monitor::{Alert, Budget, MonitorEvent, Watch};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;
use evenkeel_core::{At, Direction, Error, Tick, Timestamp, TransitionKind, Watermark};

/// So many alerts are remembered in full between two ticks; of more only that they were.
pub(super) const DETAILS: usize = 256;

/// A monitor for each of many series, one budget of false pages for all of them together, and few pages:
/// related alerts are one incident, and so is what happens to a whole label or to the whole fleet.
///
/// *When*: hundreds to millions of series that nobody can watch one by one, and a person who is to be called
/// a stated number of times a week while nothing is wrong.
///
/// *Method*: a series is made at its first value, as a clone of the prototype, and leaves after [a
/// day](FleetBuilder::idle) without values, or to make room at the cap. Nine tenths of the budget, a rate,
/// are divided evenly among the series there are, and divided anew as they come and go: a series is told its
/// share before its next value, so that no value is ever judged by more, and whatever the number of series
/// the shares in force add up to no more than the budget (and to at least 80 % of those nine tenths, unless
/// series have just left). So the expected number of false alerts is at most the budget, as far as the monitor
/// holds its own, by the linearity of expectations, however the series depend on each other. [`tick`](Self::tick)
/// groups alerts: one joins an incident that had another within the [window](FleetBuilder::window), if
/// [`Relations`] says that they may be one. An incident waits a [moment](FleetBuilder::group_wait) for others,
/// and is told with the smallest group that explains it: the whole fleet, if [half of
/// it](FleetBuilder::fraction) is affected; a label, if it holds four fifths of the incident, and half of it is
/// affected or more than chance explains (binomial, 1e-3 over all labels). Since each incident has at least one
/// alert, there are no more false pages than false alerts.
///
/// *Silence*: single series that fall silent are no event, as they come and go; [`Incident`]s of silence are
/// told if they are a label or the fleet, or if so many within a window are rarer than a tenth of the budget
/// by what this fleet usually loses (negative binomial, with half-life a week; approximate, as counts that
/// come in bursts are learned only if they were no incident).
///
/// A share is small: one false page a week over 100,000 series at a value every ten seconds is 1.7e-10 a
/// value. No single value can carry that, unless tails are assumed; evidence accumulated over a few values
/// can ([`RankCusum`](crate::calibrate::RankCusum)), and an alert [says so](Alert::is_accumulated).
///
/// *Parameters*: see [`FleetBuilder`]. *Missing data*: as the monitor says. *Clocks*: what a series sends as
/// time is its monitor's concern; incidents, idleness and windows go by the times of the ticks, of which a
/// [`Watermark`] says which are believed.
///
/// *Cost*: a value costs that of the monitor and a look-up in a [`Bank`]; a tick one pass over all series, and
/// with an incident to tell two more that ask for labels. *State*: for each series its key, the monitor, 64
/// bytes, and the [`Bank`]'s 14 to 31; of all together the [`Ledger`], and at most 64 open incidents and 256
/// alerts of 300 bytes and a key. A tick allocates a key for each series that was raised or lost since the
/// last.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_detect::Fleet;
/// use evenkeel_detect::monitor::Budget;
/// # use evenkeel_core::{Calibrated, Error, Score, Stage, Transition, TransitionKind};
/// # use evenkeel_detect::monitor::{Alert, MonitorEvent, Watch};
/// # #[derive(Clone)]
/// # struct Positive(bool);
/// # impl Stage<At<f64>> for Positive {
/// #     type Output = MonitorEvent;
/// #     fn update(&mut self, At { time, value }: At<f64>) -> Option<MonitorEvent> {
/// #         let was_raised = core::mem::replace(&mut self.0, value > 0.0);
/// #         let (kind, end) = match (was_raised, self.0) {
/// #             (false, true) => (TransitionKind::Raised, None),
/// #             (true, false) => (TransitionKind::Cleared, Some(time)),
/// #             _ => return None,
/// #         };
/// #         let peak = At::new(time, Calibrated::clamped(1e-9, Score::from_deviation(value)?));
/// #         Some(Alert::new(Transition { kind, at: time, start: time, peak, end }, value)?.into())
/// #     }
/// #     fn reset(&mut self) {
/// #         self.0 = false;
/// #     }
/// # }
/// # impl Watch for Positive {
/// #     fn tick(&mut self, _: Timestamp) -> Option<MonitorEvent> {
/// #         None
/// #     }
/// #     fn set_budget(&mut self, _: Budget) -> Result<(), Error> {
/// #         Ok(())
/// #     }
/// # }
/// # let monitor = Positive(false);
/// // `monitor` is any `Watch`. Keys are "zone/service"; a zone is a label.
/// let zone = |key: &String, label: &mut dyn FnMut(&str)| label(key.split('/').next().unwrap_or(key));
/// let mut fleet = Fleet::builder(monitor, Budget::per_week(1.0)?).build::<String>()?;
/// let mut told = Vec::new();
/// for second in 0..120 {
///     let now = Timestamp::from_seconds(second);
///     for i in 0..20 {
///         let zone = if i % 2 == 0 { "eu" } else { "us" };
///         let wrong = zone == "eu" && (50..100).contains(&second);
///         let value = if wrong { 1.0 } else { 0.0 };
///         fleet.update(format!("{zone}/{i}").as_str(), At::new(now, value));
///     }
///     told.extend(fleet.tick(now, &zone));
/// }
/// // Ten alerts are one page, and its end.
/// assert_eq!(told.len(), 2);
/// let text = told[0].to_string();
/// assert!(text.starts_with("10 of 10 series of eu higher than expected since 1970-01-01T00:00:50Z"), "{text}");
/// # Ok::<(), Error>(())
/// ```
///
/// The results depend on inputs and settings alone: not on threads, and not on the order in which series are
/// kept.
#[derive(Debug, Clone)]
pub struct Fleet<K, M> {
    pub(super) settings: Settings,
    pub(super) budget: Budget,
    pub(super) division: Division,
    pub(super) bank: Bank<K, Member<M>>,
    pub(super) clock: Watermark,
    pub(super) ledger: Ledger<K>,
    pub(super) incidents: OpenIncidents<K>,
    pub(super) losses: LossRate,
    pub(super) details: Vec<(K, Alert)>,
    pub(super) departures: u64,
    pub(super) held_back: u64,
}

impl<M> FleetBuilder<M> {
    /// The fleet, without series.
    ///
    /// # Errors
    /// If a setting is out of its range, or the prototype can't hold its share of the budget, alone or in a
    /// full fleet.
    pub fn build<K: Ord + Clone>(self) -> Result<Fleet<K, M>, Error>
    where
        M: Watch + Clone,
    {
        let Self { prototype, budget, seed, shards, settings } = self;
        settings.validate()?;
        let division = Division::new(Settings::for_series(budget)?, settings.at_least)?;
        let smallest = Settings::for_series(budget)?.share(rounded_up(settings.capacity as u64))?;
        for share in [smallest, division.share()] {
            prototype.clone().set_budget(share)?;
        }
        let shards = shards.unwrap_or((settings.capacity / 1_000).clamp(1, 64));
        let bank = Bank::builder(Member::new(prototype), settings.capacity);
        Ok(Fleet {
            settings,
            budget,
            division,
            bank: bank.shards(shards).seed(seed).build()?,
            clock: Watermark::default(),
            ledger: Ledger::new(settings.spenders),
            incidents: OpenIncidents::new(),
            losses: LossRate::new(settings.window),
            details: Vec::new(),
            departures: 0,
            held_back: 0,
        })
    }
}

/// Of no keys yet: [`build`](FleetBuilder::build) says which.
impl<M> Fleet<(), M> {
    /// A fleet of clones of `prototype`, with at most `budget` false pages of all of them together.
    pub fn builder(prototype: M, budget: Budget) -> FleetBuilder<M> {
        FleetBuilder::new(prototype, budget)
    }
}

impl<K, M> Fleet<K, M> {
    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bank.len()
    }

    /// Whether there is no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bank.is_empty()
    }

    /// How many series made room for others.
    #[must_use]
    pub fn evictions(&self) -> u64 {
        self.bank.evictions()
    }

    /// How many series left after they had been idle.
    #[must_use]
    pub fn departures(&self) -> u64 {
        self.departures
    }

    /// How many alerts did not become part of an incident, because the monitor had refused its share.
    #[must_use]
    pub fn held_back(&self) -> u64 {
        self.held_back
    }

    /// The budget of the whole fleet.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// The share of the budget that each series has now.
    pub fn share(&self) -> Budget {
        self.division.share()
    }

    /// Which series spent the budget.
    #[must_use]
    pub fn ledger(&self) -> &Ledger<K> {
        &self.ledger
    }

    /// The incidents that are not over, told or not.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident<K>> {
        self.incidents.open.iter().map(|open| &open.incident)
    }

    /// How many alerts joined an incident that they may not belong to, because 64 were open.
    #[must_use]
    pub fn forced(&self) -> u64 {
        self.incidents.forced
    }

    /// The bytes of the series' arena and table, without what keys and monitors own on the heap.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bank.bytes()
    }

    /// Changes the budget of the fleet; the shares follow before each series' next value.
    ///
    /// # Errors
    /// If the share of a series in a full fleet would be none; the budget before stays then.
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        let for_series = Settings::for_series(budget)?;
        let _ = for_series.share(rounded_up(self.settings.capacity as u64))?;
        self.division.set_budget(for_series);
        self.budget = budget;
        Ok(())
    }

    fn observed(&self, x: At<f64>) -> Observed {
        let now = self.clock.steady();
        Observed { x, now, share: self.division.share(), generation: self.division.generation() }
    }

    /// Keeps what an incident needs to name a series.
    fn remember(&mut self, event: &MonitorEvent, key: impl FnOnce() -> K) {
        if let MonitorEvent::Alert(alert) = event
            && alert.kind() != TransitionKind::Cleared
            && self.details.len() < DETAILS
        {
            self.details.push((key(), *alert));
        }
    }
}

impl<K: Hash + Eq, M> Fleet<K, M> {
    /// The monitor of a series.
    pub fn monitor<Q>(&self, key: &Q) -> Option<&M>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.bank.get(key).map(|member| &member.monitor)
    }

    /// Since when a series has been in the fleet: the time of its first value.
    pub fn since<Q>(&self, key: &Q) -> Option<Timestamp>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.bank.get(key)?.since
    }

    /// Forgets a series and gives its monitor back.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<M>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let gone = self.bank.remove(key)?.monitor;
        self.division.count(self.bank.len() as u64);
        Some(gone)
    }

    /// All series, in the order of their keys. O(n log n).
    pub fn iter(&self) -> impl Iterator<Item = (&K, &M)>
    where
        K: Ord,
    {
        self.bank.iter().map(|(key, member)| (key, &member.monitor))
    }
}

impl<K: Hash + Ord + Clone, M: Watch + Clone> Fleet<K, M> {
    /// Takes a value of a series, which is made if it is new, and gives what its monitor has to say of it: for
    /// showing. What deserves attention comes from [`tick`](Self::tick).
    pub fn update<Q>(&mut self, key: &Q, x: At<f64>) -> Option<MonitorEvent>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        self.update_with(key, x, Q::to_owned)
    }

    /// [`update`](Self::update) for keys that are not owned by `to_owned`, as a
    /// [`Name`](evenkeel_core::Name) looked up by a `&str`: `own` makes the key of a new series.
    pub fn update_with<Q>(&mut self, key: &Q, x: At<f64>, own: impl Fn(&Q) -> K) -> Option<MonitorEvent>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (observed, before) = (self.observed(x), self.bank.len());
        let event = self.bank.update_with(key, observed, &own);
        if self.bank.len() != before {
            self.division.count(self.bank.len() as u64);
        }
        let event = event?;
        self.remember(&event, || own(key));
        Some(event)
    }

    /// Takes many values, in their order for each series, and writes what the monitors have to say to
    /// `outputs`, in the order of the inputs. New series are counted first: all values are judged by shares
    /// of the fleet with them. With feature `rayon` shards are worked on by all threads; the results are the
    /// same. Allocates O(values).
    #[cfg(not(feature = "rayon"))]
    pub fn update_all(&mut self, inputs: &[(K, At<f64>)], outputs: &mut Vec<Option<MonitorEvent>>) {
        let before = self.division;
        self.count_new(inputs);
        let now = self.observed(At::default());
        self.bank.update_all_by(inputs, |x| Observed { x: *x, ..now }, outputs);
        self.after_all(&before, inputs, outputs);
    }

    /// Takes many values, in their order for each series, and writes what the monitors have to say to
    /// `outputs`, in the order of the inputs. New series are counted first: all values are judged by shares
    /// of the fleet with them. Shards are worked on by all threads of the current `rayon` pool; the results
    /// are those of one. Allocates O(values).
    #[cfg(feature = "rayon")]
    pub fn update_all(&mut self, inputs: &[(K, At<f64>)], outputs: &mut Vec<Option<MonitorEvent>>)
    where
        K: Send + Sync,
        M: Send + Sync,
    {
        let before = self.division;
        self.count_new(inputs);
        let now = self.observed(At::default());
        self.bank.update_all_by(inputs, |x| Observed { x: *x, ..now }, outputs);
        self.after_all(&before, inputs, outputs);
    }

    /// Divides the budget among what the inputs will have made: new keys are counted as often as they occur,
    /// which is too much rather than too little until the batch is over.
    fn count_new(&mut self, inputs: &[(K, At<f64>)]) {
        let room = self.settings.capacity - self.bank.len();
        let new = inputs.iter().filter(|(key, _)| self.bank.get(key).is_none()).take(room).count();
        if new > 0 {
            self.division.count((self.bank.len() + new) as u64);
        }
    }

    fn after_all(&mut self, before: &Division, inputs: &[(K, At<f64>)], outputs: &[Option<MonitorEvent>]) {
        self.division.recount(before, self.bank.len() as u64);
        for ((key, _), event) in inputs.iter().zip(outputs) {
            if let Some(event) = event {
                self.remember(event, || key.clone());
            }
        }
    }

    /// Lets time pass, and gives what deserves attention: call it every few seconds. Series are asked whether
    /// they have fallen silent, those that have been idle leave, and alerts since the last tick become
    /// incidents.
    pub fn tick(&mut self, now: Timestamp, relations: &impl Relations<K>) -> Vec<FleetEvent<K>> {
        let is_first = self.clock.latest().is_none();
        let now = self.clock.tick(now);
        self.losses.pass(now.elapsed());
        let fresh = self.look(&now, is_first);
        if !fresh.is_empty() || !self.incidents.open.is_empty() {
            self.group(&fresh, &now, relations);
        }
        for (key, alert) in core::mem::take(&mut self.details) {
            let id = self.bank.get(&key).map_or(0, |member| member.incidents[0]);
            if let Some(incident) = self.incidents.get_mut(id) {
                incident.name(key, alert);
            }
        }
        self.tell(&now, relations)
    }

    /// Ticks all series, and gives those that have news, in the order of their keys.
    fn look(&mut self, now: &Tick, is_first: bool) -> Vec<(K, News)> {
        let mut fresh = Vec::new();
        let (idle, held_back) = (self.settings.idle, &mut self.held_back);
        let departures = self.bank.retain(|key, member| {
            if is_first {
                member.seen = now.steady;
            }
            if now.since(member.seen) > idle {
                return false;
            }
            member.tick(now.time);
            let mut news = core::mem::take(&mut member.news);
            if news.raised.is_some() && !member.is_within {
                *held_back = held_back.saturating_add(1);
                news.raised = None;
            }
            if news != News::default() {
                fresh.push((key.clone(), news));
            }
            true
        });
        if departures > 0 {
            self.departures = self.departures.saturating_add(departures as u64);
            self.division.count(self.bank.len() as u64);
        }
        fresh.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        fresh
    }

    /// Lets alerts join incidents.
    fn group(&mut self, fresh: &[(K, News)], now: &Tick, relations: &impl Relations<K>) {
        let (window, context) = (self.settings.window, (self.bank.len() as u64, self.budget));
        let mut merged = Vec::new();
        for (key, news) in fresh {
            let abnormal = news.raised.map(|direction| (IncidentKind::Abnormal, direction));
            let silent = news.lost.then_some((IncidentKind::Silent, Direction::Either));
            for (kind, direction) in abnormal.into_iter().chain(silent) {
                let alerted = Alerted { key, kind, direction };
                let id = self.incidents.join(&alerted, now, window, context, relations, &mut merged);
                if let Some(member) = self.bank.get_mut(key) {
                    member.incidents[place(kind)] = id;
                }
                if kind == IncidentKind::Abnormal {
                    self.ledger.alert(key, now.time);
                }
            }
        }
        if !merged.is_empty() {
            // What was merged into one that was itself merged later is followed to the end.
            self.bank.retain(|_, member| {
                for (from, to) in &merged {
                    for id in &mut member.incidents {
                        *id = if id == from { *to } else { *id };
                    }
                }
                true
            });
        }
    }

    /// What is to be told of open incidents.
    fn tell(&mut self, now: &Tick, relations: &impl Relations<K>) -> Vec<FleetEvent<K>> {
        let mut events = Vec::new();
        if self.incidents.open.is_empty() {
            return events;
        }
        let mut still: Vec<(u32, u64)> =
            self.incidents.open.iter().map(|open| (open.incident.id, 0)).collect();
        for (_, member) in self.bank.unordered() {
            for (id, is_on) in member.incidents.iter().zip([member.is_raised, member.is_lost]) {
                if is_on && let Some((_, count)) = still.iter_mut().find(|(open, _)| open == id) {
                    *count += 1;
                }
            }
        }
        let mut open = core::mem::take(&mut self.incidents.open);
        open.retain_mut(|open| {
            let is_on = still.iter().any(|(id, count)| *id == open.incident.id && *count > 0);
            self.tell_one(open, is_on, now, relations, &mut events)
        });
        self.incidents.open = open;
        events
    }

    /// Whether the incident stays open.
    fn tell_one(
        &mut self,
        open: &mut Open<K>,
        is_on: bool,
        now: &Tick,
        relations: &impl Relations<K>,
        events: &mut Vec<FleetEvent<K>>,
    ) -> bool {
        let alerts = open.incident.series;
        if open.told == 0 {
            if now.since(open.opened) < self.settings.group_wait {
                return true;
            }
            if !self.deserves_a_page(open, relations) {
                if is_on && now.since(open.opened) <= self.settings.window {
                    return true;
                }
                self.losses.learn(alerts);
                return false;
            }
            let leading = open.incident.worst.first().map_or(&open.incident.first, |(key, _)| key);
            self.ledger.page(leading);
            open.told = alerts;
            events.push(FleetEvent::Page(open.incident.clone()));
        } else if is_on && alerts >= open.told.saturating_mul(2) {
            self.find_scope(open, relations);
            open.told = alerts;
            events.push(FleetEvent::Grown(open.incident.clone()));
        }
        if !is_on {
            open.incident.ended = Some(now.time);
            events.push(FleetEvent::Over(open.incident.clone()));
        }
        is_on
    }

    /// Whether an incident that was not told is to be: any of abnormal values, and silence of a whole group
    /// or of more series than are usual.
    fn deserves_a_page(&self, open: &mut Open<K>, relations: &impl Relations<K>) -> bool {
        let alerts = open.incident.series;
        if open.incident.kind == IncidentKind::Abnormal {
            self.find_scope(open, relations);
            return true;
        }
        if alerts < self.settings.least || alerts == open.scoped {
            return false;
        }
        self.find_scope(open, relations);
        open.incident.scope.is_group()
            || self.losses.at_least(alerts, self.settings.window) <= self.settings.for_silence(self.budget)
    }

    fn find_scope(&self, open: &mut Open<K>, relations: &impl Relations<K>) {
        let (id, kind) = (open.incident.id, open.incident.kind);
        let series = self.bank.unordered().map(|(key, member)| (key, member.incidents[place(kind)] == id));
        open.incident.scope = Scope::of(series, relations, self.settings.extent());
        open.incident.fleet = self.bank.len() as u64;
        open.scoped = open.incident.series;
    }
}

/// Where a series keeps the number of its incident.
fn place(kind: IncidentKind) -> usize {
    usize::from(kind == IncidentKind::Silent)
}

/// The same settings, series, counts and incidents.
impl<K: Hash + Eq, M: PartialEq> PartialEq for Fleet<K, M> {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.budget == other.budget
            && self.division == other.division
            && self.clock == other.clock
            && self.ledger == other.ledger
            && self.incidents == other.incidents
            && self.losses == other.losses
            && self.details == other.details
            && (self.departures, self.held_back) == (other.departures, other.held_back)
            && self.bank == other.bank
    }
}
