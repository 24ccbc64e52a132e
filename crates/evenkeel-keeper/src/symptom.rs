//! Symptoms: the service level objectives that are watched.

use core::time::Duration;
use evenkeel_core::{
    At, Direction, Error, Name, Prediction, Signal, Stage, Timestamp, Transition, TransitionKind, Unit,
};
use evenkeel_remedy::Sample;
use evenkeel_stats::sequential::{BernoulliCusum, RateEvidence};
use evenkeel_stats::{Limit, LimitForecast};

use crate::event::Breach;

/// What opens an incident, and what verifies that it is over: the share of bad requests of a kind, or a
/// series with a side that is bad.
///
/// `T` is the sequential test that decides when an objective is no longer kept: any [`Stage`] from counts
/// (bad, good) to [`RateEvidence`]. By default a [`BernoulliCusum`]: as long as the true share keeps the
/// objective, it takes at least a million requests on average until a false alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Symptom<T = BernoulliCusum> {
    pub(crate) name: Name,
    pub(crate) at: Option<Name>,
    pub(crate) misses_traffic: bool,
    pub(crate) signs: Signs<T>,
    /// What says beforehand that the limit will be reached.
    pub(crate) forecast: Option<LimitForecast>,
    pub(crate) unit: Option<Unit>,
}

/// What a symptom is seen by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Signs<T> {
    /// Requests, good and bad.
    Requests(T),
    /// The events that the monitor of a signal raises to this side.
    Events(Signal, Direction),
    /// Values of a signal beyond a limit on this side.
    Limit(Signal, Direction, f64, T),
}

impl Symptom {
    /// Requests of which at most this share may be bad, in (0, 1): of all users, of one route, of one
    /// customer. What must not go unnoticed is five times as many, at most halfway from the objective to 1; a
    /// false alarm comes at most once in a million requests on average. Another trigger:
    /// [`with_trigger`](Self::with_trigger).
    ///
    /// # Errors
    /// If the objective is out of its range.
    pub fn requests(name: impl Into<Name>, objective: f64) -> Result<Self, Error> {
        Error::require(objective > 0.0 && objective < 1.0, "objective", "in (0, 1)", objective)?;
        let alternative = (5.0 * objective).min(0.5 * (1.0 + objective));
        Ok(Self::with_trigger(name, BernoulliCusum::new(objective, alternative, 1e-6)?))
    }

    /// The events that the observer's monitor of a signal raises to this side: a latency that goes up, a rate
    /// of orders that goes down. Values count as bad until they are within four standard deviations of what
    /// was expected when the event was raised.
    pub fn events(name: impl Into<Name>, signal: Signal, direction: Direction) -> Self {
        let at = Some(signal.component.clone());
        let signs = Signs::Events(signal, direction);
        Self { name: name.into(), at, misses_traffic: false, signs, forecast: None, unit: None }
    }

    /// Values of a signal beyond a limit, on this side: noticed after six in a row, or as many among others
    /// as speak for more than half of them. One in twenty may be beyond it.
    ///
    /// Give the machine a [verifier](evenkeel_remedy::machine::RemediatorBuilder::verifier_for) that fits how
    /// often it has a value: to say that at most a share *s* is bad takes about 6 / *s* good values, before
    /// the deadline of the incident.
    ///
    /// # Errors
    /// If the limit is not finite, or the direction is neither up nor down.
    pub fn limit(
        name: impl Into<Name>,
        signal: Signal,
        direction: Direction,
        limit: f64,
    ) -> Result<Self, Error> {
        Error::require(limit.is_finite(), "limit", "finite", limit)?;
        Error::require(direction != Direction::Either, "direction", "up or down", "either")?;
        let at = Some(signal.component.clone());
        let trigger = BernoulliCusum::new(0.05, 0.5, 1e-6)?;
        let signs = Signs::Limit(signal, direction, limit, trigger);
        Ok(Self { name: name.into(), at, misses_traffic: false, signs, forecast: None, unit: None })
    }

    /// A [limit](Self::limit), and what says beforehand that it will be reached: a disk that fills, memory that
    /// leaks, a certificate that expires, a quota that is used up. The forecast has the limit, its side, the
    /// horizon and the probability; of the signal only what comes by this observer is told to it.
    ///
    /// Before the limit is reached the incident is [`Event::Predicted`](crate::Event::Predicted): its cause is
    /// the place of the signal, with the [kind](evenkeel_core::FaultKind) that its name suggests, and it is
    /// opened at once, for nothing else has to be found out. It is verified by the forecast: a value counts as
    /// good if the limit will [not be reached](LimitForecast::is_averted) within the horizon, as far as was
    /// learned since the last action had settled, and as bad if it will, or has been. As long as the forecast
    /// knows neither, nothing was seen. Give the machine a
    /// [verifier](evenkeel_remedy::machine::RemediatorBuilder::verifier_for) with an objective of about 0.5 for
    /// it: then nine good values in a row, and none from before the action, say that it is over.
    ///
    /// Where the limit is reached all the same, or was not foreseen, it is a breach as of any limit: a value at
    /// the limit counts as beyond it here. One that a machine gave up is not predicted again until the forecast
    /// was calm.
    ///
    /// How rarely what only looks like a trend is predicted is told at [`LimitForecast`]: let it look back over
    /// the cycles that the signal has.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{Signal, Timestamp, Unit};
    /// use evenkeel_keeper::{Event, Observer, Symptom};
    /// use evenkeel_stats::{Limit, LimitForecast};
    ///
    /// let memory = Signal::new("cart", "memory").at_instance("cart-2");
    /// let full = LimitForecast::builder(Limit::Above(512e6), Duration::from_secs(1800)).build()?;
    /// let symptom = Symptom::predicted("memory of cart", memory.clone(), full)?.unit(Unit::Bytes);
    /// let users = Symptom::requests("users", 0.01)?;
    /// let mut observer = Observer::builder(users).symptom(symptom).build()?;
    /// let mut said = None;
    /// for step in 0..500_i64 {
    ///     let now = Timestamp::from_seconds(10 * step);
    ///     observer.observe(now, &memory, 200e6 + 0.7e6 * step as f64 + 1e6 * (step % 3) as f64);
    ///     for event in observer.tick(now) {
    ///         if let Event::Predicted { predicted, .. } = event {
    ///             said.get_or_insert(predicted.to_string());
    ///         }
    ///     }
    /// }
    /// // 512 MB are reached 4,430 s after midnight, at 01:13.
    /// assert_eq!(said.unwrap(), "memory of cart-2 reaches 512 MB between 01:13 and 01:13 (80 %), now 442 MB");
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// None that a forecast that was built could cause.
    pub fn predicted(name: impl Into<Name>, signal: Signal, forecast: LimitForecast) -> Result<Self, Error> {
        let direction = match forecast.limit() {
            Limit::Above(_) => Direction::Up,
            Limit::Below(_) => Direction::Down,
        };
        let mut symptom = Self::limit(name, signal, direction, forecast.limit().value())?;
        symptom.forecast = Some(forecast);
        Ok(symptom)
    }
}

impl<T> Symptom<T> {
    /// Requests under a trigger of one's own.
    pub fn with_trigger(name: impl Into<Name>, trigger: T) -> Self {
        let signs = Signs::Requests(trigger);
        Self { name: name.into(), at: None, misses_traffic: true, signs, forecast: None, unit: None }
    }

    /// The component at which it is felt: where requests come in. Causes are sought among what that calls,
    /// directly or not. Default: the component of the signal; of requests, not known.
    #[must_use]
    pub fn at(mut self, component: impl Into<Name>) -> Self {
        self.at = Some(component.into());
        self
    }

    /// That there are no requests any more is no breach: for traffic that stops every night, or that one
    /// client makes. Default: it is, as told at [`Observer`](crate::Observer), by the rows that are kept.
    #[must_use]
    pub fn may_stop(mut self) -> Self {
        self.misses_traffic = false;
        self
    }

    /// The unit of the values of its signal, for sentences about what is predicted. Default: what the name of
    /// the metric says (`bytes`, `seconds`, `ratio`), else none.
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }
}

/// A symptom as it is followed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Followed<T> {
    pub(crate) name: Name,
    /// What says that an objective is not kept.
    trigger: Option<T>,
    /// Since when there is evidence that it is not.
    evidence_since: Option<Timestamp>,
    /// Since when it is not, and how.
    pub(crate) breached: Option<(Timestamp, Breach)>,
    /// An incident ended without an end of the breach: the next one begins when all was fine in between.
    pub(crate) abandoned: bool,
    /// The same of one that was predicted, until that is calm.
    foretold: bool,
    /// Those to verify by, since the last tick.
    fresh: Fresh,
    /// The time of the newest, and of the newest that was counted at an earlier tick.
    newest: Option<Timestamp>,
    counted: Option<Timestamp>,
    /// What was expected of a series when its event was raised.
    expected: Option<Band>,
    pub(crate) late: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Band {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    mean: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    reach: f64,
}

/// What is later than what was counted at earlier ticks, and what is bad and a little late.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Fresh {
    good: u64,
    bad: u64,
    /// The times of the first and of the last.
    span: Option<(Timestamp, Timestamp)>,
    stragglers: u64,
    /// The time of the first of those.
    first_straggler: Option<Timestamp>,
}

impl<T: Stage<(u64, u64), Output = RateEvidence>> Followed<T> {
    pub(crate) fn new(name: Name, trigger: Option<T>) -> Self {
        Self {
            name,
            trigger,
            evidence_since: None,
            breached: None,
            abandoned: false,
            foretold: false,
            fresh: Fresh::default(),
            newest: None,
            counted: None,
            expected: None,
            late: 0,
        }
    }

    /// Evidence that the objective is not kept.
    pub(crate) fn evidence(&mut self) -> Option<RateEvidence> {
        self.trigger.as_mut().and_then(|trigger| trigger.update((0, 0)))
    }

    /// The trigger as it was built.
    #[cfg(feature = "serde")]
    pub(crate) fn fresh_trigger(&self) -> Option<T>
    where
        T: Clone,
    {
        let mut trigger = self.trigger.clone();
        trigger.iter_mut().for_each(Stage::reset);
        trigger
    }

    /// Takes counts as evidence for or against a breach.
    pub(crate) fn suspect(&mut self, at: Timestamp, good: u64, bad: u64, breach: Breach) {
        if good == 0 && bad == 0 {
            return;
        }
        let Some(evidence) = self.trigger.as_mut().and_then(|trigger| trigger.update((bad, good))) else {
            return;
        };
        let since = *self.evidence_since.get_or_insert(at);
        if evidence.is_none() {
            self.evidence_since = None;
            self.abandoned = false;
        } else if evidence.is_enough() && !self.abandoned {
            self.breached.get_or_insert((since, breach));
        }
    }

    /// What the forecast says by now: whether it predicts that the limit is reached.
    pub(crate) fn foresee(&mut self, at: Timestamp, is_predicted: bool) {
        if !is_predicted {
            self.foretold = false;
        } else if !self.foretold {
            self.breached.get_or_insert((at, Breach::Predicted));
        }
    }

    /// Whether what breaches it has not happened yet.
    pub(crate) fn is_predicted(&self) -> bool {
        matches!(self.breached, Some((_, Breach::Predicted)))
    }

    /// There are no requests any more, since then.
    pub(crate) fn lost_traffic(&mut self, since: Timestamp) {
        self.evidence_since.get_or_insert(since);
        self.breached.get_or_insert((since, Breach::NoTraffic));
    }

    /// The monitor of its signal said something.
    pub(crate) fn transition(&mut self, direction: Direction, transition: &Transition) {
        let score = transition.peak.value.score();
        let is_bad = direction == Direction::Either || score.direction() == direction;
        match transition.kind {
            TransitionKind::Cleared => {
                self.abandoned = false;
                self.evidence_since = None;
            }
            _ if is_bad && !self.abandoned => {
                let band = |e: Prediction| Band { mean: e.mean(), reach: 4.0 * e.sd() };
                self.evidence_since.get_or_insert(transition.start);
                self.expected = score.expected().map(band).or(self.expected);
                self.breached.get_or_insert((transition.start, Breach::OutOfRange));
            }
            _ => {}
        }
    }

    /// Whether a value is what was expected when the event was raised, or better; good if nothing is known.
    pub(crate) fn is_as_expected(&self, direction: Direction, value: f64) -> bool {
        self.expected.is_none_or(|Band { mean, reach }| {
            let above = value - mean;
            match direction {
                Direction::Up => above <= reach,
                Direction::Down => -above <= reach,
                _ => above.abs() <= reach,
            }
        })
    }

    /// Counts what is later than what was counted before; bad ones also a little late. What is much later
    /// than the newest is not taken at all: whether it is.
    pub(crate) fn is_in_time(&mut self, at: Timestamp, late_after: Duration, count: u64) -> bool {
        if self.newest.is_some_and(|newest| at + late_after < newest) {
            self.late = self.late.saturating_add(count);
            return false;
        }
        true
    }

    pub(crate) fn count(&mut self, at: Timestamp, good: u64, bad: u64) {
        self.newest = self.newest.max(Some(at));
        let fresh = &mut self.fresh;
        if self.counted.is_none_or(|counted| at > counted) {
            fresh.good = fresh.good.saturating_add(good);
            fresh.bad = fresh.bad.saturating_add(bad);
            let (first, last) = fresh.span.unwrap_or((at, at));
            fresh.span = Some((first.min(at), last.max(at)));
        } else {
            fresh.stragglers = fresh.stragglers.saturating_add(bad);
            fresh.first_straggler = Some(fresh.first_straggler.map_or(at, |first| first.min(at)));
            self.late = self.late.saturating_add(good);
        }
    }

    /// Whether there is anything to verify by.
    pub(crate) fn is_seen(&self) -> bool {
        self.fresh.good > 0 || self.fresh.bad > 0
    }

    /// What to verify by since the last tick, if anything; of what is late, the bad ones that are later than
    /// `from`.
    pub(crate) fn sample(&mut self, from: Option<Timestamp>) -> Option<At<Sample>> {
        let (first, last) = self.fresh.span?;
        let Fresh { good, bad, stragglers, first_straggler, .. } = core::mem::take(&mut self.fresh);
        self.counted = self.counted.max(Some(last));
        let is_later = |t: Timestamp| from.is_some_and(|from| t.as_seconds() > from.as_seconds());
        let late = if first_straggler.is_some_and(is_later) { stragglers } else { 0 };
        // The remediator takes it by its first request: one before the end of an action spoils the sample.
        (good > 0 || bad > 0).then(|| At::new(first, Sample::Counts { good, bad: bad.saturating_add(late) }))
    }

    /// The incident that it opened is over.
    pub(crate) fn close(&mut self, is_fine: bool) {
        self.foretold = !is_fine && self.is_predicted();
        self.breached = None;
        // Where nothing speaks for a breach any more, it ended before its incident did.
        self.abandoned = !is_fine && !self.is_calm();
        self.expected = None;
        if is_fine && let Some(trigger) = &mut self.trigger {
            trigger.reset();
            self.evidence_since = None;
        }
    }

    /// Since when something speaks for a breach.
    pub(crate) fn suspected_since(&self) -> Option<Timestamp> {
        self.evidence_since
    }

    /// Whether nothing speaks for a breach.
    pub(crate) fn is_calm(&self) -> bool {
        self.evidence_since.is_none()
    }

    /// The clock was set back, or the first tick said what time it is: nothing is of later than now.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        let back = |time: Timestamp| (time - by).min(now);
        self.evidence_since = self.evidence_since.map(back);
        self.breached = self.breached.map(|(since, breach)| (back(since), breach));
        self.newest = self.newest.map(|newest| newest.min(now));
        self.counted = self.counted.map(|counted| counted.min(now));
    }
}
