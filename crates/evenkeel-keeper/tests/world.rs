//! A small simulated world (edge calls cart and catalog, both call store), and the loop closed over it.

use core::time::Duration;
use evenkeel_core::{At, Signal, Stage, Timestamp, Transition};
use evenkeel_keeper::{Calls, Event, Observer, ObserverBuilder, Symptom};
use evenkeel_remedy::action::{Key, Plan};
use evenkeel_remedy::driver::{Driver, MemoryLog};
use evenkeel_remedy::executor::{Applied, Executor, Permit};
use evenkeel_remedy::machine::{Record, RemediatorBuilder};
use evenkeel_remedy::policy::{Decision, Policy, Situation};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, ErrorRatio, Notice, Remediator, Target};
use evenkeel_stats::sequential::RateEvidence;
use evenkeel_testing::Source;
use std::cell::RefCell;
use std::rc::Rc;

pub(crate) const STEP: Duration = Duration::from_millis(250);
/// The symptom of all worlds.
pub(crate) const USERS: &str = "users";

pub(crate) fn machine() -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    Remediator::builder(ErrorRatio::builder(0.02).build().unwrap()).without_lease()
}

pub(crate) fn builder() -> ObserverBuilder {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap().at("edge"));
    builder.step(STEP).rows(400).evidence(Duration::from_secs(2))
}

pub(crate) fn observer() -> Observer {
    builder().build().unwrap()
}

pub(crate) fn calls(count: u64, failed: u64, mean: f64) -> Calls {
    Calls { count, failed, mean }
}

/// The circle of an observer and a driver, whose policy restarts what is blamed (or rolls a bad change back),
/// once in an incident each, and whose executor is done at once.
pub(crate) struct Loop<
    M = evenkeel_detect::monitor::DeviationMonitor,
    T = evenkeel_stats::sequential::BernoulliCusum,
> {
    pub(crate) observer: Observer<M, T>,
    pub(crate) driver: Driver<Cure, Hands, MemoryLog<StandardVerb>>,
    pub(crate) hands: Hands,
}

/// What was done so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hands {
    pub(crate) done: Rc<RefCell<Vec<Action<StandardVerb>>>>,
    pub(crate) keys: Rc<RefCell<Vec<Key>>>,
    /// Whether an action goes on until it is ended by [`end`](Self::end).
    pub(crate) takes_time: bool,
    pub(crate) under_way: Rc<RefCell<Vec<Key>>>,
    pub(crate) ended: Rc<RefCell<Vec<Key>>>,
}

impl Hands {
    pub(crate) fn end(&self) {
        self.ended.borrow_mut().append(&mut self.under_way.borrow_mut());
    }
}

impl Executor<StandardVerb> for Hands {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        assert!(!self.keys.borrow().contains(&permit.key()), "{} twice", permit.key());
        self.keys.borrow_mut().push(permit.key());
        self.done.borrow_mut().push(permit.action().clone());
        if self.takes_time {
            self.under_way.borrow_mut().push(permit.key());
            return Applied::Running;
        }
        Applied::Done
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        Some((self.ended.borrow_mut().pop()?, Applied::Done))
    }

    fn probe(&mut self, key: Key) -> Applied {
        if self.keys.borrow().contains(&key) {
            Applied::Done
        } else {
            Applied::Absent { why: "never heard of it".into() }
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Cure {
    pub(crate) keep_for: Option<Duration>,
}

impl Policy<StandardVerb> for Cure {
    fn decide(&mut self, situation: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let until = situation.now() + Duration::from_secs(30);
        let Some(cause) = situation.diagnosis().causes().first() else {
            return Decision::Wait { until, why: "no cause".into() };
        };
        let was_tried = |step: &evenkeel_remedy::action::Step<StandardVerb>| {
            step.action().target.component == cause.component
        };
        if situation.tried().iter().flat_map(|tried| tried.plan.steps()).any(was_tried) {
            return Decision::Wait { until, why: "it was tried".into() };
        }
        let is_change = cause.kind == Some(evenkeel_core::FaultKind::BadChange);
        let verb = if is_change { StandardVerb::RollBack } else { StandardVerb::Restart };
        let instance = cause.evidence.iter().find_map(|e| match &e.subject {
            evenkeel_core::Subject::Signal(signal) => signal.instance.clone(),
            _ => None,
        });
        let target = match instance {
            Some(instance) => Target::instance(cause.component.clone(), instance),
            None => Target::component(cause.component.clone()),
        };
        if let Some(length) = self.keep_for {
            return Decision::Act(Plan::of(Action::new(StandardVerb::Drain, target)).keep_for(length));
        }
        Decision::Act(Plan::of(Action::new(verb, target)))
    }
}

impl<M, T> Loop<M, T>
where
    M: Stage<At<f64>, Output = Transition> + Clone,
    T: Stage<(u64, u64), Output = RateEvidence> + Clone,
{
    pub(crate) fn new(
        observer: Observer<M, T>,
        settings: RemediatorBuilder<StandardVerb, ErrorRatio>,
    ) -> Self {
        Self::with_hands(observer, settings, Hands::default())
    }

    pub(crate) fn with_hands(
        observer: Observer<M, T>,
        settings: RemediatorBuilder<StandardVerb, ErrorRatio>,
        hands: Hands,
    ) -> Self {
        let driver = Driver::new(settings.build().unwrap(), Cure::default(), hands.clone(), MemoryLog::new());
        Self { observer, driver, hands }
    }

    /// One turn of the circle.
    pub(crate) fn tick(&mut self, now: Timestamp) -> (Vec<Event>, Vec<Notice<StandardVerb>>) {
        let (mut events, mut notices) = (Vec::new(), Vec::new());
        for event in self.observer.tick(now) {
            events.push(event.clone());
            notices.extend(self.step(now, event));
        }
        (events, notices)
    }

    pub(crate) fn step(
        &mut self,
        now: Timestamp,
        event: impl Into<evenkeel_remedy::Event<StandardVerb>>,
    ) -> Vec<Notice<StandardVerb>> {
        let notices = self.driver.step(now, event).unwrap();
        notices.iter().for_each(|notice| self.observer.heed(notice));
        notices
    }

    /// How many actions were done.
    pub(crate) fn acted(&self) -> usize {
        self.hands.done.borrow().len()
    }

    pub(crate) fn records(&self) -> Vec<Record<StandardVerb>> {
        self.driver.log().records().to_vec()
    }
}

/// A log in memory that goes on after records.
pub(crate) fn log_of(records: &[Record<StandardVerb>]) -> MemoryLog<StandardVerb> {
    use evenkeel_remedy::driver::Log;
    let mut log = MemoryLog::new();
    records.iter().for_each(|record| log.append(record).unwrap());
    log
}

pub(crate) struct World {
    source: Source,
    step: u32,
    /// Which component is slow, if any.
    pub(crate) slow: Option<&'static str>,
    /// Whose processor is busy all at once, if anyone's; users don't feel it.
    pub(crate) busy: Option<&'static str>,
    /// Whether the world's telemetry goes silent.
    pub(crate) silent: bool,
}

const EDGES: [(&str, &str); 4] =
    [("edge", "cart"), ("edge", "catalog"), ("cart", "store"), ("catalog", "store")];

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self { source: Source::new(seed), step: 0, slow: None, busy: None, silent: false }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000) + STEP * self.step
    }

    /// Whether a component is slow itself or waits for one that is.
    fn waits(&self, component: &str) -> bool {
        let waits_for = |c: &str, on: &str| EDGES.contains(&(c, on));
        let between =
            |slow: &str| ["cart", "catalog"].iter().any(|c| waits_for(component, c) && waits_for(c, slow));
        self.slow.is_some_and(|slow| slow == component || waits_for(component, slow) || between(slow))
    }

    /// One step of the world, as an observer hears of it.
    pub(crate) fn tell<M, T>(&mut self, observer: &mut Observer<M, T>)
    where
        M: Stage<At<f64>, Output = Transition> + Clone,
        T: Stage<(u64, u64), Output = RateEvidence> + Clone,
    {
        self.step += 1;
        let now = self.now();
        if self.silent {
            return;
        }
        for component in ["edge", "cart", "catalog", "store"] {
            let latency = if self.waits(component) { 0.6 } else { 0.02 } * (1.0 + 0.1 * self.source.normal());
            observer.observe(now, &Signal::new(component, "latency_p99"), latency);
            let cpu = if self.busy == Some(component) { 0.9 } else { 0.1 };
            observer.observe(now, &Signal::new(component, "cpu"), cpu + 0.01 * self.source.normal());
        }
        for (from, to) in EDGES {
            let seconds = if self.waits(to) { 0.6 } else { 0.02 } * (1.0 + 0.1 * self.source.normal());
            observer.call(now, from, to, calls(12, 0, seconds));
        }
        let bad =
            (0..25).filter(|_| self.source.uniform() < if self.waits("edge") { 0.7 } else { 0.005 }).count();
        observer.request(now, 25 - bad as u64, bad as u64);
    }

    /// One step: feeds the observer and ticks it.
    pub(crate) fn step(&mut self, observer: &mut Observer) -> Vec<Event> {
        self.tell(observer);
        observer.tick(self.now()).collect()
    }

    pub(crate) fn steps(&mut self, observer: &mut Observer, n: usize) -> Vec<Event> {
        (0..n).flat_map(|_| self.step(observer)).collect()
    }

    /// One step of the world and of the loop.
    pub(crate) fn turn(&mut self, circle: &mut Loop) -> (Vec<Event>, Vec<Notice<StandardVerb>>) {
        self.tell(&mut circle.observer);
        circle.tick(self.now())
    }

    pub(crate) fn turns(&mut self, circle: &mut Loop, n: usize) {
        (0..n).for_each(|_| {
            self.turn(circle);
        });
    }
}
