//! Restarts of the observer, of the driver, and of both: the same end, and no action twice.

use crate::world::{Cure, Hands, Loop, USERS, log_of, machine};
use core::time::Duration;
use evenkeel_core::{At, Signal, Snapshot, Timestamp, restore};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_keeper::{Event, Observer, ObserverBuilder, State, Symptom};
use evenkeel_remedy::driver::Driver;
use evenkeel_remedy::machine::{Entry, Record, RemediatorBuilder};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{ErrorRatio, Health, Outcome, Target};
use evenkeel_stats::sequential::BernoulliCusum;
use evenkeel_testing::Source;

type Saved = State<DeviationMonitor, BernoulliCusum>;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

fn settings() -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    machine().enable("drain").enable("undrain")
}

fn builder() -> ObserverBuilder {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap());
    builder.step(Duration::from_secs(1)).rows(200).evidence(Duration::from_secs(5))
}

/// A snapshot, by way of text or of bytes.
fn saved(observer: &Observer, as_text: bool) -> Saved {
    if as_text {
        let text = serde_json::to_string(&observer.state().snapshot()).unwrap();
        restore(&mut serde_json::Deserializer::from_str(&text)).unwrap()
    } else {
        let bytes = postcard::to_allocvec(&observer.state().snapshot()).unwrap();
        restore(&mut postcard::Deserializer::from_bytes(&bytes)).unwrap()
    }
}

/// What survives of the observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Survives {
    /// Its state as it was.
    All,
    /// A state that is ten seconds old.
    Old,
    /// Nothing.
    Nothing,
}

/// What became of the fault.
#[derive(Debug, PartialEq)]
struct Course {
    actions: Vec<String>,
    opened: usize,
    closed: Vec<Outcome>,
}

/// When the incident is opened if nobody is killed: without a snapshot nothing is known of what was before,
/// and before this nothing is in the log.
const OPENED: i64 = 155;

/// A store that is slow from second 150 on until it was drained, watched by a loop that is killed in a
/// second, after so many events of that tick were heeded.
fn run(killed: Option<(i64, usize)>, survives: Survives, takes_time: bool) -> Course {
    let hands = Hands { takes_time, ..Hands::default() };
    let mut circle = Loop::with_hands(builder().build().unwrap(), settings(), hands);
    let keeping = || Cure { keep_for: Some(Duration::from_secs(60)) };
    circle.driver = driver(&[], keeping(), circle.hands.clone());
    let mut old: Vec<Saved> = Vec::new();
    for second in 0..900 {
        let broken = second >= 150 && circle.acted() == 0;
        let value = if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 };
        let latency = Signal::new("store", "latency_p99").at_instance("store-1");
        circle.observer.observe(at(second), &latency, value);
        circle.observer.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
        let target = Target::instance("store", "store-1");
        let health = At::new(at(second), if broken { Health::Failing } else { Health::Serving });
        circle.step(at(second), evenkeel_remedy::Event::Health { target, health });
        if second % 3 == 0 {
            circle.hands.end();
        }
        if second > 130 && killed.is_some_and(|(when, _)| second <= when) {
            old.push(saved(&circle.observer, second % 2 == 0));
        }
        let events: Vec<Event> = circle.observer.tick(at(second)).collect();
        for (heeded, event) in events.into_iter().enumerate() {
            if killed == Some((second, heeded)) {
                let records = circle.records();
                let state = match survives {
                    Survives::All => Some(saved(&circle.observer, second % 2 == 0)),
                    Survives::Old => old.len().checked_sub(10).map(|place| old.swap_remove(place)),
                    Survives::Nothing => None,
                };
                let observer = match state {
                    Some(state) => builder().restore(state).unwrap(),
                    None => builder().build().unwrap(),
                };
                // What was under way is done all the same: its end is found out by asking.
                circle.hands.under_way.borrow_mut().clear();
                circle.hands.ended.borrow_mut().clear();
                circle.driver = driver(&records, keeping(), circle.hands.clone());
                circle.observer = observer;
                circle.observer.resume(circle.driver.machine());
                break; // the other events of this tick are lost
            }
            circle.step(at(second), event);
        }
        if second > 400 && circle.driver.machine().incidents().next().is_none() {
            break; // a second incident would have been opened by now
        }
    }
    let entries = circle.records();
    let opened = entries.iter().filter(|r| matches!(r.entry(), Entry::Opened { .. })).count();
    let closed = entries.iter().filter_map(|r| match r.entry() {
        Entry::Closed { outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    let actions = circle.hands.done.borrow().iter().map(ToString::to_string).collect();
    Course { actions, opened, closed: closed.collect() }
}

fn driver(
    records: &[Record<StandardVerb>],
    policy: Cure,
    hands: Hands,
) -> Driver<Cure, Hands, evenkeel_remedy::driver::MemoryLog<StandardVerb>> {
    Driver::recover(settings(), records.to_vec(), policy, hands, log_of(records)).unwrap()
}

#[test]
fn killed_at_any_moment_it_comes_to_the_same_end() {
    let undisturbed = run(None, Survives::All, false);
    let expected = Course {
        actions: vec!["drain store/store-1".into(), "undrain store/store-1".into()],
        opened: 1,
        closed: vec![Outcome::Recovered],
    };
    assert_eq!(undisturbed, expected);
    assert_eq!(run(None, Survives::All, true), expected);
    assert_eq!(run(Some((OPENED, 0)), Survives::Nothing, true).actions.len(), 0, "it knows nothing");
    // Every second from the fault to the end, and 200 random moments within a tick.
    let mut source = Source::new(16);
    let every = (150..330).map(|second| (second, 0));
    let random: Vec<(i64, usize)> =
        (0..200).map(|_| (150 + i64::try_from(source.below(60)).unwrap(), source.below(6))).collect();
    let mut killed = 0;
    for moment in every.chain(random) {
        for survives in [Survives::All, Survives::Old, Survives::Nothing] {
            if survives == Survives::Nothing && moment.0 <= OPENED {
                continue;
            }
            for takes_time in [false, true] {
                let course = run(Some(moment), survives, takes_time);
                assert_eq!(course, expected, "{moment:?}, survives {survives:?}, takes time {takes_time}");
                killed += 1;
            }
        }
    }
    assert!(killed > 380 * 5, "{killed}");
}

/// What is restored goes on bit for bit, whatever was open.
#[test]
fn a_snapshot_goes_on_as_the_observer_would() {
    for moment in [0, 10, 149, 152, 155, 158, 200, 400] {
        for as_text in [true, false] {
            let (mut one, mut other): (Observer, Option<Observer>) = (builder().build().unwrap(), None);
            for second in -3..500 {
                if second == moment {
                    other = Some(builder().restore(saved(&one, as_text)).unwrap());
                }
                let broken = (150..250).contains(&second);
                let mut said = Vec::new();
                for observer in [Some(&mut one), other.as_mut()].into_iter().flatten() {
                    let value = if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 };
                    observer.observe(at(second), &Signal::new("store", "latency_p99"), value);
                    observer.call(at(second), "a", "store", crate::world::calls(3, 0, value));
                    observer.change(at(second), "store");
                    observer.request(at(second), 50, if broken { 20 } else { 0 });
                    said.push(if second >= 0 { observer.tick(at(second)).collect() } else { Vec::new() });
                }
                if let [one, other] = &said[..] {
                    assert_eq!(one, other, "{moment}, {second}");
                }
            }
        }
    }
}

/// An observer in the middle of an incident, as it is written; `EVENKEEL_BLESS=1` writes the golden snapshot
/// anew.
#[test]
fn the_golden_snapshot_is_reproduced_and_goes_on() {
    let mut observer = builder().rows(20).build().unwrap();
    let feed = |observer: &mut Observer, seconds: std::ops::Range<i64>| -> Vec<Event> {
        let mut said = Vec::new();
        for second in seconds {
            let value = if second >= 50 { 0.75 } else { 0.25 + 0.125 * (second % 2) as f64 };
            observer.observe(at(second), &Signal::new("store", "latency_p99").at_instance("store-1"), value);
            observer.call(at(second), "edge", "store", crate::world::calls(4, 1, value));
            observer.change(at(second - second % 40), "store");
            observer.request(at(second), 50, if second >= 50 { 20 } else { 0 });
            said.extend(observer.tick(at(second)));
        }
        said
    };
    feed(&mut observer, 0..57);
    let text = serde_json::to_string(&observer.state().snapshot()).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../evenkeel-testing/golden/keeper/observer.json");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(golden, text);
    let state: Saved = restore(&mut serde_json::Deserializer::from_str(&golden)).unwrap();
    let mut again = builder().rows(20).restore(state).unwrap();
    assert_eq!(feed(&mut again, 57..90), feed(&mut observer, 57..90));
}

#[test]
fn a_snapshot_that_is_wrong_is_refused() {
    let mut observer = builder().build().unwrap();
    for second in 0..20 {
        observer.observe(at(second), &Signal::new("store", "latency_p99"), 0.1);
        observer.request(at(second), 5, 5);
        observer.tick(at(second)).for_each(drop);
    }
    let text = serde_json::to_string(&observer.state().snapshot()).unwrap();
    let schema = "Observer@4<History@1,DeviationMonitor@1<Deviation@1<Ewm@1>,Alarm@3>,BernoulliCusum@1>";
    assert!(text.contains(schema), "{}", &text[..200]);
    let read = |text: &str| restore::<Saved, _>(&mut serde_json::Deserializer::from_str(text));
    assert!(read(&text).is_ok());
    for (good, bad) in [
        ("Observer@4", "Observer@3"),
        ("\"column\":2", "\"column\":9"),
        ("\"source\":0", "\"source\":7"),
        ("\"symptoms\":[0]", "\"symptoms\":[5]"),
        ("\"columns\":[0,1]", "\"columns\":[0,1000]"),
        ("\"skewed\":0}", "\"skewed\":-1}"),
    ] {
        assert!(text.contains(good), "{good} in {text}");
        assert!(read(&text.replace(good, bad)).is_err(), "{bad}");
    }
    // Cut off anywhere: an error, never a panic.
    (0..text.len()).step_by(97).for_each(|end| assert!(read(&text[..end]).is_err()));
    // Of other settings.
    let state = || read(&text).unwrap();
    let others = [
        builder().rows(100),
        builder().step(Duration::from_secs(2)),
        builder().symptom(Symptom::requests("others", 0.1).unwrap()),
        Observer::builder(Symptom::requests(USERS, 0.001).unwrap()).step(Duration::from_secs(1)).rows(200),
        Observer::builder(Symptom::requests(USERS, 0.02).unwrap().at("b"))
            .step(Duration::from_secs(1))
            .rows(200),
    ];
    assert!(others.into_iter().all(|builder| builder.restore(state()).is_err()));
    assert!(builder().restore(state()).is_ok());
}

/// An incident that another opened with the same machine is followed, verified and ended; numbers do not
/// clash.
#[test]
fn incidents_of_others_are_followed() {
    let mut circle = Loop::new(builder().build().unwrap(), settings());
    let diagnosis = || {
        let mut cause = evenkeel_core::Cause::new("store", 0.9).unwrap();
        cause.kind = Some(evenkeel_core::FaultKind::Slow);
        evenkeel_core::Diagnosis::new(at(0), vec![cause]).unwrap()
    };
    let open = |incident| evenkeel_remedy::Event::Opened { incident, symptom: None, diagnosis: diagnosis() };
    for second in 0..60 {
        circle.observer.request(at(second), 50, 0);
        circle.tick(at(second));
    }
    circle.step(at(60), open(0));
    assert_eq!(circle.observer.incidents().count(), 1);
    for second in 60..120 {
        circle.observer.request(at(second), 50, 0);
        circle.tick(at(second));
    }
    assert_eq!(circle.driver.outcome(0), Some(&Outcome::Subsided));
    assert_eq!(circle.observer.incidents().count(), 0);
    // One that nobody told the observer of took the next number: its own gets another.
    let _ = circle.driver.step(at(120), open(1)).unwrap();
    let dismissed = evenkeel_remedy::Event::Dismissed { incident: 1, by: "somebody".into() };
    let _ = circle.driver.step(at(120), dismissed).unwrap();
    for second in 120..400 {
        let broken = second >= 130 && circle.acted() == 0;
        let value = if broken { 0.9 } else { 0.03 };
        circle.observer.observe(at(second), &Signal::new("store", "latency_p99"), value);
        circle.observer.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
        circle.tick(at(second));
    }
    assert!(circle.driver.machine().diagnosis(2).is_some(), "advice stands");
}

/// The driver dies before it is told of another diagnosis, and the observer does not: it says it once more.
#[test]
fn a_diagnosis_that_was_not_heard_is_said_again() {
    let mut circle = Loop::new(builder().build().unwrap(), machine());
    let mut lost = 0;
    for second in 0..240 {
        let broken = second >= 150;
        // What broke is seen only after the incident was opened.
        let slow = Signal::new("store", "latency_p99").at_instance("store-1");
        circle.observer.observe(
            at(second),
            &slow,
            if second >= 157 { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 },
        );
        circle.observer.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
        let events: Vec<Event> = circle.observer.tick(at(second)).collect();
        for event in events {
            if matches!(event, Event::Diagnosed { .. }) && lost == 0 {
                lost += 1;
                let records = circle.records();
                circle.driver = driver(&records, Cure::default(), circle.hands.clone());
                circle.observer.resume(circle.driver.machine());
                break;
            }
            circle.step(at(second), event);
        }
    }
    assert_eq!(lost, 1);
    let diagnosis = circle.driver.machine().diagnosis(0).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "store");
}

/// Another observer's incident, of a symptom that is not ours, is none of ours: our healthy users say nothing
/// of it. One without a symptom that comes while ours is breached does not take our breach with it when it is
/// abandoned.
#[test]
fn incidents_of_others_are_not_verified_by_our_users() {
    let diagnosis = || {
        let cause = evenkeel_core::Cause::new("printer", 0.9).unwrap();
        evenkeel_core::Diagnosis::new(at(0), vec![cause]).unwrap()
    };
    let run = |symptom: Option<&str>| {
        let mut circle = Loop::new(builder().build().unwrap(), machine().enable("restart"));
        let mut seen_of_others = 0;
        for second in 0..400 {
            let store = Target::component("store");
            let broken = second >= 150 && !circle.hands.done.borrow().iter().any(|a| a.target == store);
            circle.observer.observe(
                at(second),
                &Signal::new("store", "latency_p99"),
                if broken { 0.9 } else { 0.03 },
            );
            circle.observer.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
            if second == 152 {
                let opened = evenkeel_remedy::Event::Opened {
                    incident: 0,
                    symptom: symptom.map(Into::into),
                    diagnosis: diagnosis(),
                };
                circle.step(at(second), opened);
                let by = "somebody".into();
                circle.step(at(second), evenkeel_remedy::Event::Dismissed { incident: 0, by });
            }
            let (events, _) = circle.tick(at(second));
            seen_of_others += events.iter().filter(|e| matches!(e, Event::Seen { incident: 0, .. })).count();
        }
        assert_eq!(seen_of_others, 0);
        assert_eq!(circle.driver.outcome(1), Some(&Outcome::Recovered), "{symptom:?}");
    };
    [None, Some("paper"), Some(USERS)].into_iter().for_each(run);
}
