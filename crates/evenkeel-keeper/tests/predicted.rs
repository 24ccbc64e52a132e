//! Predicted incidents: a leak is acted on before any user suffers.

use core::time::Duration;
use evenkeel_core::{At, FaultKind, Signal, Timestamp, Unit};
use evenkeel_keeper::{Event, Observer, ObserverBuilder, Symptom};
use evenkeel_remedy::action::{Key, Plan};
use evenkeel_remedy::driver::{Driver, MemoryLog};
use evenkeel_remedy::executor::{Applied, Executor, Permit};
use evenkeel_remedy::machine::{Entry, Record, RemediatorBuilder};
use evenkeel_remedy::policy::{Decision, Policy, Situation};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{
    BlastRadius, ErrorRatio, Event as Told, Health, Notice, Outcome, Remediator, Runbook, Target,
};
use evenkeel_stats::{Generator, Limit, LimitForecast};
use std::cell::Cell;
use std::rc::Rc;

const STEP: i64 = 10;
const MEMORY: &str = "memory of the cart";
const LIMIT: f64 = 512e6;

/// Two instances of a cart; the memory of the second leaks from some time on, and at its limit requests fail
/// until it was restarted, or the leak was closed.
#[derive(Debug)]
struct World {
    draw: Generator,
    step: i64,
    /// When it was restarted last, in steps: by the executor.
    restarted: Rc<Cell<i64>>,
    leaks_from: i64,
    /// Bytes a step.
    leak: f64,
    bad: u64,
    /// Whether memory can be measured.
    measured: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let restarted = Rc::new(Cell::new(0));
        Self {
            draw: Generator::new(seed),
            step: 0,
            restarted,
            leaks_from: 400,
            leak: 0.6e6,
            bad: 0,
            measured: true,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_772_409_600 + STEP * self.step)
    }

    fn memory(&mut self) -> f64 {
        let since = self.step - self.restarted.get().max(self.leaks_from);
        // Garbage is collected every two minutes.
        150e6 + self.leak * since.max(0) as f64 + 2e6 * (self.step % 12) as f64 + 1e6 * self.draw.normal()
    }
}

/// Restarts, which takes effect at once.
#[derive(Debug)]
struct Hands {
    clock: Rc<Cell<i64>>,
    restarted: Rc<Cell<i64>>,
    works: bool,
    done: Vec<Target>,
}

impl Executor<StandardVerb> for Hands {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        if self.works {
            self.restarted.set(self.clock.get());
        }
        self.done.push(permit.action().target.clone());
        Applied::Done
    }

    fn probe(&mut self, _: Key) -> Applied {
        Applied::Unknown
    }
}

type Machine = Driver<Box<dyn Policy<StandardVerb>>, Hands, MemoryLog<StandardVerb>>;

struct Loop {
    world: World,
    observer: Observer,
    driver: Machine,
    clock: Rc<Cell<i64>>,
    told: Vec<Notice<StandardVerb>>,
    said: Vec<Event>,
}

fn memory() -> Signal {
    Signal::new("cart", "memory").at_instance("cart-2")
}

fn builder(predicts: bool) -> ObserverBuilder {
    let users = Symptom::requests("users", 0.02).unwrap().at("cart");
    let forecast = LimitForecast::builder(Limit::Above(LIMIT), Duration::from_secs(900)).build().unwrap();
    let full = Symptom::predicted(MEMORY, memory(), forecast).unwrap().unit(Unit::Bytes);
    let builder = Observer::builder(users).step(Duration::from_secs(10)).evidence(Duration::from_secs(30));
    if predicts { builder.symptom(full) } else { builder }
}

fn settings() -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    Remediator::builder(ErrorRatio::builder(0.02).build().unwrap())
        .verifier_for(MEMORY, ErrorRatio::builder(0.5).build().unwrap())
        .guard(BlastRadius::new(0.5).unwrap())
        .without_lease()
        .handover(Duration::ZERO)
}

impl Loop {
    fn new(
        seed: u64,
        observer: ObserverBuilder,
        machine: RemediatorBuilder<StandardVerb, ErrorRatio>,
    ) -> Self {
        Self::with(seed, observer, machine, Box::new(Runbook::standard()))
    }

    fn with(
        seed: u64,
        observer: ObserverBuilder,
        machine: RemediatorBuilder<StandardVerb, ErrorRatio>,
        policy: Box<dyn Policy<StandardVerb>>,
    ) -> Self {
        let (world, clock) = (World::new(seed), Rc::new(Cell::new(0)));
        let hands =
            Hands { clock: clock.clone(), restarted: world.restarted.clone(), works: true, done: Vec::new() };
        let driver = Driver::new(machine.build().unwrap(), policy, hands, MemoryLog::new());
        Self { world, observer: observer.build().unwrap(), driver, clock, told: Vec::new(), said: Vec::new() }
    }

    fn heed(&mut self, now: Timestamp, event: Told<StandardVerb>) {
        for notice in self.driver.step(now, event).unwrap() {
            self.observer.heed(&notice);
            self.told.push(notice);
        }
    }

    fn step(&mut self) {
        let world = &mut self.world;
        world.step += 1;
        self.clock.set(world.step);
        let (now, used) = (world.now(), world.memory());
        let fails = used >= LIMIT;
        world.bad += if fails { 20 } else { 0 };
        if world.measured {
            self.observer.observe(now, &memory(), used);
        }
        self.observer.observe(now, &Signal::new("cart", "memory").at_instance("cart-1"), 150e6 + used % 1e6);
        self.observer.request(now, if fails { 80 } else { 100 }, if fails { 20 } else { 0 });
        for (name, failing) in [("cart-1", false), ("cart-2", fails)] {
            let health = At::new(now, if failing { Health::Failing } else { Health::Serving });
            self.heed(now, Told::Health { target: Target::instance("cart", name), health });
        }
        for event in self.observer.tick(now) {
            if event.is_news() {
                self.said.push(event.clone());
            }
            self.heed(now, event.into());
        }
    }

    fn steps(&mut self, steps: usize) {
        (0..steps).for_each(|_| self.step());
    }

    fn until(&mut self, steps: usize, mut is: impl FnMut(&Notice<StandardVerb>) -> bool) -> bool {
        (0..steps).any(|_| {
            self.step();
            self.told.iter().any(&mut is)
        })
    }

    fn outcomes(&self) -> Vec<&Outcome> {
        self.told
            .iter()
            .filter_map(|n| match n {
                Notice::Closed { outcome, .. } => Some(outcome),
                _ => None,
            })
            .collect()
    }

    fn predictions(&self) -> usize {
        self.said.iter().filter(|event| matches!(event, Event::Predicted { .. })).count()
    }
}

#[test]
fn a_leak_is_acted_on_before_the_first_bad_request() {
    let mut actions = 0;
    for seed in 0..5 {
        let mut with = Loop::new(seed, builder(true), settings().enable("restart"));
        // Three times the length of a leak from a fresh start to the limit.
        with.steps(2_200);
        assert_eq!(with.world.bad, 0, "seed {seed}");
        let done = &with.driver.executor().done;
        assert!((2..=4).contains(&done.len()), "{done:?}");
        assert!(done.iter().all(|target| *target == Target::instance("cart", "cart-2")));
        assert!(
            with.outcomes().iter().all(|outcome| **outcome == Outcome::Recovered),
            "{:?}",
            with.outcomes()
        );
        assert_eq!(with.outcomes().len(), with.predictions());
        actions += done.len();
        let mut without = Loop::new(seed, builder(false), settings().enable("restart"));
        without.steps(2_200);
        assert!(without.world.bad > 0, "seed {seed}");
        println!("seed {seed}: {} bad requests without a prediction", without.world.bad);
    }
    println!("{actions} restarts in time");
}

#[test]
fn it_is_said_in_a_sentence_with_a_deadline_that_holds() {
    let mut circle = Loop::new(1, builder(true), settings());
    circle.steps(1_200);
    let notice = circle.told.iter().find(|n| matches!(n, Notice::Predicted { .. })).unwrap();
    let sentence = notice.to_string();
    println!("{sentence}");
    assert!(sentence.starts_with("incident 0: memory of cart-2 reaches 512 MB between "), "{sentence}");
    assert!(sentence.contains(" (80 %), now ") && sentence.ends_with(" MB"), "{sentence}");
    let Notice::Predicted { predicted, .. } = notice else { unreachable!() };
    assert_eq!((predicted.signal(), predicted.unit()), (&memory(), Unit::Bytes));
    let first = circle.said.iter().find(|event| matches!(event, Event::ObjectiveBreached { .. })).unwrap();
    assert!(first.to_string().contains("its limit will be reached"), "{first}");
    let Some(Event::Predicted { diagnosis, symptom, .. }) =
        circle.said.iter().find(|event| matches!(event, Event::Predicted { .. }))
    else {
        panic!("nothing was predicted");
    };
    assert_eq!(*symptom, MEMORY);
    let cause = &diagnosis.causes()[0];
    assert_eq!((&cause.component, cause.kind), (&"cart".into(), Some(FaultKind::MemoryExhausted)));
    // The limit is reached at step 400 + 362 / 0.6, less what the collector leaves and noise add.
    let reached = (circle.world.leaks_from as f64 + 340.0 / 0.6) as i64 * STEP + 1_772_409_600;
    let (early, late) = predicted.deadline().interval(0.98).unwrap();
    let (early, late) = (early.unwrap().as_seconds(), late.unwrap().as_seconds());
    assert!(early - 120 <= reached && reached <= late + 120, "{early} {reached} {late}");
}

/// It advises by default; and what was only advised is not verified by nobody having done anything.
#[test]
fn by_default_it_advises_and_the_breach_that_follows_is_an_ordinary_one() {
    let mut circle = Loop::new(2, builder(true), settings().deadline(Duration::from_secs(600)));
    circle.steps(1_400);
    assert!(circle.told.iter().any(|n| matches!(n, Notice::Advise { .. })));
    assert!(circle.driver.executor().done.is_empty());
    assert!(circle.world.bad > 0);
    let gives_up = |n: &Notice<StandardVerb>| {
        matches!(n, Notice::Closed { incident: 0, outcome: Outcome::Escalated { .. } })
    };
    assert!(circle.told.iter().any(gives_up), "{:?}", circle.outcomes());
    assert_eq!(circle.predictions(), 1, "what was given up is not predicted again");
    let is_ordinary = |event: &Event| matches!(event, Event::Opened { .. });
    assert!(circle.said.iter().any(is_ordinary), "the limit was reached, and that is another incident");
}

/// A restart that has no effect is not taken for one, and without data nothing is.
#[test]
fn no_data_is_never_good() {
    let mut circle =
        Loop::new(3, builder(true), settings().enable("restart").verify_within(Duration::from_secs(600)));
    circle.driver.executor_mut().works = false;
    assert!(circle.until(1_200, |n| matches!(n, Notice::Settled { .. })));
    circle.steps(25);
    assert_eq!(circle.driver.executor().done.len(), 1);
    assert!(
        circle.outcomes().iter().all(|outcome| !matches!(outcome, Outcome::Recovered | Outcome::Subsided))
    );
    // Nothing is measured after the restart.
    let mut blind = Loop::new(3, builder(true), settings().enable("restart"));
    assert!(blind.until(1_200, |n| matches!(n, Notice::Settled { .. })));
    blind.world.measured = false;
    blind.steps(400);
    assert!(matches!(blind.outcomes()[..], [Outcome::Escalated { .. }]), "{:?}", blind.outcomes());
}

/// What heals by itself has subsided.
#[test]
fn it_is_over_when_the_forecast_does_not_reach_the_limit_any_more() {
    let mut circle = Loop::new(4, builder(true), settings().advise_for(Duration::from_secs(1800)));
    assert!(circle.until(1_200, |n| matches!(n, Notice::Predicted { .. })));
    // Somebody restarts it, and tells nobody; the leak goes with it.
    circle.world.restarted.set(circle.world.step);
    circle.world.leak = 0.0;
    circle.steps(170);
    assert_eq!(circle.outcomes(), [&Outcome::Subsided]);
    assert_eq!(circle.world.bad, 0);
}

/// Guards rule as always: a prediction permits nothing.
#[test]
fn guards_hold_what_is_predicted() {
    let machine = settings().enable("restart").guard(BlastRadius::new(0.4).unwrap());
    let mut circle = Loop::new(5, builder(true), machine);
    while circle.world.bad == 0 {
        circle.step();
    }
    assert!(
        circle.predictions() == 1 && circle.driver.executor().done.is_empty(),
        "half of two may not be out"
    );
    assert!(circle.told.iter().any(|n| matches!(n, Notice::Ruled { ruling, .. } if ruling.is_denied())));
}

/// A policy that waits until a minute before the earliest time, and sees that there is less left.
#[derive(Debug, Default)]
struct Late {
    asked: Rc<Cell<u32>>,
}

impl Policy<StandardVerb> for Late {
    fn decide(&mut self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        self.asked.set(self.asked.get() + 1);
        let Some(predicted) = s.predicted() else {
            return Decision::Escalate { why: "it has happened".into() };
        };
        let early = predicted.deadline().quantile(0.05).unwrap() - Duration::from_secs(60);
        if s.now() < early && s.tried().is_empty() {
            return Decision::Wait { until: early, why: predicted.to_string() };
        }
        Decision::Act(Plan::of(evenkeel_remedy::Action::new(
            StandardVerb::Restart,
            Target::instance("cart", "cart-2"),
        )))
    }
}

#[test]
fn a_policy_is_given_the_deadline_and_asked_again_when_it_comes_nearer() {
    let run = |faster: bool| {
        let policy = Late::default();
        let asked = policy.asked.clone();
        let mut circle = Loop::with(6, builder(true), settings().enable("restart"), Box::new(policy));
        assert!(circle.until(1_200, |n| matches!(n, Notice::Predicted { .. })));
        let predicted = circle.world.step;
        assert!(circle.driver.executor().done.is_empty());
        if faster {
            // The same level, three times the pace: its level is 150 + 0.6 (s - 400).
            let level = circle.world.leak * (predicted - circle.world.leaks_from) as f64;
            circle.world.leak *= 2.0;
            circle.world.leaks_from = predicted - (level / circle.world.leak) as i64;
        }
        assert!(circle.until(200, |n| matches!(n, Notice::Settled { .. })));
        assert_eq!(circle.world.bad, 0, "in time");
        (circle.world.step - predicted, asked.get())
    };
    let (slow, fast) = (run(false), run(true));
    println!("acted after {slow:?} and {fast:?} steps and questions");
    assert!(fast.0 < slow.0 && slow.0 > 3);
}

/// The journal says the same again, and a machine that was recovered goes on with the prediction.
#[test]
fn a_journal_replays_and_goes_on() {
    let mut circle = Loop::new(7, builder(true), settings());
    assert!(circle.until(1_200, |n| matches!(n, Notice::Advise { .. })));
    let records: Vec<Record<StandardVerb>> = circle.driver.log().records().to_vec();
    assert!(matches!(records[0].entry(), Entry::Opened { .. }));
    let Entry::Predicted { incident: 0, predicted } = records[1].entry() else { panic!("{:?}", records[1]) };
    // A round trip through text.
    let text: Vec<String> = records.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
    let read: Vec<Record<StandardVerb>> = text.iter().map(|r| serde_json::from_str(r).unwrap()).collect();
    assert_eq!(read, records);
    let machine = Remediator::recover(settings(), read.clone()).unwrap();
    assert!(machine.remembers_like(circle.driver.machine()));
    assert_eq!(machine.predicted(0), Some(&**predicted));
    // A log that was torn between the two records is of an ordinary incident, until it is predicted anew.
    let mut torn = Remediator::recover(settings(), read.into_iter().take(1)).unwrap();
    assert_eq!(torn.predicted(0), None);
    let forecast = Told::Forecast { incident: 0, predicted: predicted.clone() };
    let effects = torn.step(circle.world.now(), forecast);
    assert!(effects.iter().any(|e| format!("{e:?}").contains("Append")), "{effects:?}");
    assert_eq!(torn.predicted(0), Some(&**predicted));
    // The observer is lost as well: a fresh one takes it over, and nothing is good before it knows.
    let mut fresh = builder(true).build().unwrap();
    fresh.resume(circle.driver.machine());
    let mut seen = Vec::new();
    for _ in 0..4 {
        circle.world.step += 1;
        let (now, used) = (circle.world.now(), circle.world.memory());
        fresh.observe(now, &memory(), used);
        seen.extend(fresh.tick(now).filter(|event| matches!(event, Event::Seen { .. })));
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|event| event.to_string().ends_with("nothing was seen")), "{seen:?}");
}

#[test]
fn what_is_constant_missing_or_at_its_limit_is_not_predicted() {
    let run = |mut value: Box<dyn FnMut(i64) -> f64>| {
        let mut observer = builder(true).build().unwrap();
        let mut said = Vec::new();
        for step in 0..1_500 {
            let now = Timestamp::from_seconds(1_772_409_600 + STEP * step);
            observer.observe(now, &memory(), value(step));
            observer.request(now, 100, 0);
            said.extend(
                observer
                    .tick(now)
                    .filter(|e| e.is_news() && !matches!(e, Event::Source { .. } | Event::Alert { .. })),
            );
        }
        said
    };
    assert!(run(Box::new(|_| 400e6)).is_empty());
    assert!(run(Box::new(|_| f64::NAN)).is_empty());
    assert!(
        run(Box::new(|step| if step % 2 == 0 { f64::NAN } else { 300e6 + (step % 7) as f64 })).is_empty()
    );
    // Beyond it from the beginning: a breach as of any limit.
    let said = run(Box::new(|_| 600e6));
    assert!(matches!(said[0], Event::ObjectiveBreached { breach: evenkeel_keeper::Breach::OutOfRange, .. }));
    assert!(said.iter().all(|event| !matches!(event, Event::Predicted { .. })));
    // A clock that leaps and comes back, and a gap: the leak is predicted all the same.
    let mut observer = builder(true).build().unwrap();
    let mut predicted = 0;
    for step in 0..700_i64 {
        let wrong = match step {
            300 | 301 => 86_400,
            _ => 0,
        };
        let now = Timestamp::from_seconds(1_772_409_600 + STEP * step + wrong);
        if !(350..360).contains(&step) {
            observer.observe(now, &memory(), 100e6 + 0.6e6 * step as f64);
        }
        predicted += observer.tick(now).filter(|event| matches!(event, Event::Predicted { .. })).count();
    }
    assert_eq!(predicted, 1);
}
