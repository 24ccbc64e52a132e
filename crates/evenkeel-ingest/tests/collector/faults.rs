//! Sources that stop, begin again, are slow, answer garbage, lose a series: nothing is done for it, nothing
//! ends by it, and it is told.

use crate::collector::world::{Counters, STEP, Scrape, World, at};
use core::time::Duration;
use evenkeel_core::{Name, Timestamp, TransitionKind};
use evenkeel_ingest::alertmanager::{Alert, AlertSink};
use evenkeel_ingest::collector::{Collector, Origin};
use evenkeel_ingest::{FindingKind, Labels, Sample, Series, SeriesKind};
use evenkeel_keeper::{Breach, Event, Observer, Symptom};

const FINE: [Scrape; 2] = [Scrape::Fine; 2];

/// An hour of which nothing is to be said.
fn calm() -> World {
    let mut world = World::new();
    world.steps(200, 500, 0.002, FINE);
    assert_eq!((world.breached(), world.actions()), (0, 0), "{:?}", world.events);
    world
}

#[test]
fn bad_requests_open_an_incident_and_are_acted_upon() {
    // What the other tests show not to happen does happen here.
    let mut world = calm();
    world.steps(60, 500, 0.2, FINE);
    assert_eq!(world.opened(), 1, "{:?}", world.events);
    assert!(world.actions() > 0, "{:?} {:?}", world.notices, world.events);
}

#[test]
fn a_source_that_stops_is_told_and_nothing_else_happens() {
    for scrape in [Scrape::None, Scrape::Refused, Scrape::Garbage, Scrape::Stale] {
        let mut world = calm();
        let stopped = world.second;
        // Requests go on, unseen.
        world.steps(40, 500, 0.0, [scrape; 2]);
        assert_eq!((world.breached(), world.opened(), world.actions()), (0, 0, 0), "{scrape:?}");
        let health = world.health("users", stopped);
        assert_eq!(health, ["stale", "broken"], "{scrape:?}");
        let silent = world.collector.silent(at(world.second));
        assert!(silent.iter().any(|(signal, _)| signal.metric.as_str() == "queue_depth"), "{silent:?}");
        assert!(silent.iter().all(|(_, last)| *last == at(stopped)));
        // And back: a gap of the place, told once for each of both.
        let before = world.collector.gaps();
        world.steps(40, 500, 0.0, FINE);
        assert_eq!(world.health("users", stopped).last().unwrap(), "fresh", "{scrape:?}");
        assert_eq!((world.breached(), world.actions()), (0, 0), "{scrape:?}: {:?}", world.events);
        let gaps = world.collector.take_gaps();
        assert_eq!(world.collector.gaps() - before, 2, "{gaps:?}");
        for gap in &gaps {
            assert_eq!((gap.from, gap.to), (at(stopped), at(stopped + 41 * 5)));
            assert_eq!(gap.metric, None);
        }
        assert!(world.collector.silent(at(world.second)).is_empty());
    }
}

#[test]
fn a_short_gap_counts_and_a_long_one_does_not() {
    for (missed, is_counted) in [(3, true), (80, false)] {
        let mut world = calm();
        world.steps(missed, 500, 0.5, [Scrape::None; 2]);
        let counted = |world: &mut World| {
            world.steps(2, 500, 0.002, FINE);
            let before = world.observer.symptom("users").unwrap();
            world.observer.evidence(before).is_some_and(|evidence| !evidence.is_none())
        };
        // Bad requests of 15 s ago are news; those of the last seven minutes are not those of now.
        assert_eq!(counted(&mut world), is_counted, "{missed}");
    }
}

#[test]
fn silence_clears_no_alert_and_ends_no_incident() {
    for scrape in [Scrape::None, Scrape::Refused, Scrape::Garbage, Scrape::Stale] {
        let mut world = calm();
        let mut sink = AlertSink::new(Duration::from_secs(60)).unwrap();
        let labels = Labels::new([("alertname", "users")]).unwrap();
        // Until something was done against it, and is being verified.
        while world.actions() == 0 && world.second < 1200 {
            world.step(500, 0.2, FINE);
        }
        assert_eq!(world.opened(), 1, "{:?}", world.events);
        sink.raise(Alert::new(labels.clone(), at(world.second)));
        let open = world.observer.incidents().count();
        assert_eq!(open, 1, "{:?}", world.notices);
        // The source falls silent while it burns, for ten minutes.
        let silent_from = world.events.len();
        world.steps(120, 500, 0.2, [scrape; 2]);
        let said: Vec<_> = world.events[silent_from..].iter().map(|(_, event)| event).collect();
        assert!(!said.iter().any(|event| matches!(event, Event::Subsided { .. })), "{scrape:?}: {said:?}");
        // But for `up` itself, which has values, and to whose new level its monitor gets used.
        let cleared = said.iter().filter(|event| match event {
            Event::Alert { signal, transition } => {
                transition.kind == TransitionKind::Cleared && signal.metric.as_str() != "up"
            }
            _ => false,
        });
        assert_eq!(cleared.count(), 0, "{scrape:?}: {said:?}");
        // No machine calls that recovered.
        let outcome = world.driver.outcome(0).map(|outcome| outcome.to_string());
        assert_ne!(outcome.as_deref(), Some("recovered"), "{scrape:?}");
        assert_eq!(sink.firing().count(), 1);
    }
}

#[test]
fn one_silent_instance_is_no_end_of_all_traffic() {
    let mut world = World::new();
    // All requests go to the second instance; the first one is a spare.
    for _ in 0..200 {
        world.step(500, 0.0, FINE);
        world.counters[0] = Counters { good: 7, bad: 0 };
    }
    // Its scrapes fail, the spare's go on, and tell of no request.
    for _ in 0..200 {
        world.step(500, 0.0, [Scrape::Fine, Scrape::Refused]);
        world.counters[0] = Counters { good: 7, bad: 0 };
    }
    assert_eq!((world.breached(), world.actions()), (0, 0), "{:?}", world.events);
}

#[test]
fn an_end_of_all_traffic_that_is_seen_is_told() {
    let mut world = calm();
    world.steps(100, 0, 0.0, FINE);
    let ended = |event: &Event| matches!(event, Event::ObjectiveBreached { breach: Breach::NoTraffic, .. });
    assert_eq!(world.count(ended), 1, "{:?}", world.events);
}

#[test]
fn a_restart_is_no_incident_and_its_requests_count() {
    let mut world = calm();
    for _ in 0..5 {
        // An instance begins again at nothing.
        world.counters[0] = Counters::default();
        world.steps(20, 500, 0.002, FINE);
    }
    assert_eq!((world.breached(), world.actions()), (0, 0), "{:?}", world.events);
    let restarts: Vec<_> =
        world.events.iter().filter(|(_, event)| matches!(event, Event::Alert { .. })).collect();
    assert!(restarts.is_empty(), "{restarts:?}");
}

#[test]
fn a_lost_series_is_a_gap_of_its_own() {
    let mut world = calm();
    let lost = world.second;
    world.steps(40, 500, 0.002, [Scrape::Partial; 2]);
    // Only the counter of bad requests is left: it alone must not look like 100 % bad ones.
    assert_eq!((world.opened(), world.actions()), (0, 0), "{:?}", world.events);
    let silent = world.collector.silent(at(world.second));
    assert_eq!(silent.len(), 2, "{silent:?}");
    world.steps(5, 500, 0.002, FINE);
    let gaps = world.collector.take_gaps();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    for gap in gaps {
        assert_eq!(gap.metric.as_ref().map(Name::as_str), Some(r#"requests_total{code="200"}"#));
        assert_eq!((gap.from, gap.to), (at(lost), at(lost + 41 * 5)));
    }
}

#[test]
fn a_slow_source_is_late_and_triggers_nothing() {
    let mut world = World::new();
    let mut queue: Vec<(Timestamp, u64)> = Vec::new();
    let origin = Origin::new("cart", "cart-1");
    let mut slow =
        Collector::builder(STEP).requests("users", "requests_total", "none").unwrap().build().unwrap();
    for i in 0..400_i64 {
        let now = at(5 * i);
        queue.push((now, 100 * i as u64));
        // From the 200th step on all comes a minute late.
        let delay = if i < 200 { 0 } else { 60 };
        let due = queue.iter().take_while(|(time, _)| *time + Duration::from_secs(delay) <= now).count();
        for (time, value) in queue.drain(..due) {
            let labels = Labels::new([("__name__", "requests_total")]).unwrap();
            let mut series = Series::new(labels, SeriesKind::Counter);
            series.samples.push(Sample::new(time, value as f64));
            slow.series(now, &origin, [series]);
        }
        slow.feed(now, &mut world.observer).unwrap();
        world.events.extend(world.observer.tick(now).filter(Event::is_news).map(|event| (5 * i, event)));
    }
    assert_eq!(world.breached(), 0, "{:?}", world.events);
    let health = world.health("users", 1000);
    assert!(health.iter().any(|health| health == "unreliable: arrives late"), "{health:?}");
}

#[test]
fn what_is_sent_twice_counts_once() {
    let mut collector =
        Collector::builder(STEP).requests("users", "r_total", "none").unwrap().build().unwrap();
    let mut observer =
        Observer::builder(Symptom::requests("users", 0.02).unwrap()).step(STEP).build().unwrap();
    let labels = Labels::new([("__name__", "r_total"), ("job", "cart")]).unwrap();
    for i in 0..50 {
        let mut series = Series::new(labels.clone(), SeriesKind::Unknown);
        series.samples.push(Sample::new(at(5 * i), 10.0 * i as f64));
        for _ in 0..3 {
            collector.series(at(5 * i), &Origin::default(), [series.clone()]);
        }
        collector.feed(at(5 * i), &mut observer).unwrap();
        let _ = observer.tick(at(5 * i));
    }
    assert_eq!(collector.take_findings().count(FindingKind::RepeatedSample), 100);
    assert_eq!(observer.dropped().late_requests, 0);
    assert_eq!(collector.len(), 1);
}

#[test]
fn a_time_far_ahead_holds_nothing_up() {
    let mut world = calm();
    let origin = Origin::new("cart", "cart-1");
    let labels = Labels::new([("__name__", "requests_total"), ("code", "200")]).unwrap();
    let mut series = Series::new(labels, SeriesKind::Counter);
    series.samples.push(Sample::new(at(1_000_000_000), 1.0));
    world.collector.series(at(world.second + 1), &origin, [series]);
    world.steps(10, 500, 0.002, FINE);
    assert!(world.observer.skewed() > 0);
    assert_eq!((world.breached(), world.actions()), (0, 0), "{:?}", world.events);
    assert!(world.collector.silent(at(world.second)).is_empty());
    world.steps(60, 500, 0.2, FINE);
    assert_eq!(world.opened(), 1, "what is bad is still seen");
}

#[test]
fn caps_hold_and_are_told() {
    let mut collector = Collector::builder(STEP).max_series(10).build().unwrap();
    for i in 0..100 {
        let labels = Labels::new([("__name__", "m".to_owned()), ("i", i.to_string())]).unwrap();
        let mut series = Series::new(labels, SeriesKind::Gauge);
        series.samples.push(Sample::new(at(0), 1.0));
        collector.series(at(0), &Origin::default(), [series]);
    }
    assert_eq!(collector.len(), 10);
    assert_eq!(collector.take_findings().count(FindingKind::BeyondCap), 90);
}

#[test]
fn series_that_are_gone_make_room() {
    let build = || Collector::builder(STEP).max_series(10).forget_after(Duration::from_secs(600)).build();
    let mut collector = build().unwrap();
    let mut observer =
        Observer::builder(Symptom::requests("users", 0.02).unwrap()).step(STEP).build().unwrap();
    for round in 0..20 {
        let now = at(700 * round);
        for i in 0..10 {
            let labels = Labels::new([("__name__", format!("m{round}")), ("i", i.to_string())]).unwrap();
            let mut series = Series::new(labels, SeriesKind::Gauge);
            series.samples.push(Sample::new(now, 1.0));
            collector.series(now, &Origin::default(), [series]);
        }
        collector.feed(now, &mut observer).unwrap();
        let before = collector.len();
        assert!(before <= 10);
        collector.feed(now + Duration::from_secs(650), &mut observer).unwrap();
        assert!(collector.is_empty());
    }
    assert_eq!(collector.take_findings().count(FindingKind::BeyondCap), 0);
}

#[test]
fn an_unknown_symptom_is_an_error() {
    let mut collector = Collector::builder(STEP).requests("guests", "a", "b").unwrap().build().unwrap();
    let mut observer =
        Observer::builder(Symptom::requests("users", 0.02).unwrap()).step(STEP).build().unwrap();
    let refused = collector.feed(at(0), &mut observer).unwrap_err();
    assert!(refused.to_string().contains("guests"), "{refused}");
    assert!(Collector::builder(Duration::ZERO).build().is_err());
    let forgets = Collector::builder(STEP).forget_after(Duration::from_secs(1)).build();
    assert!(forgets.is_err());
    assert!(Collector::builder(STEP).requests("users", "a{", "b").is_err());
}
