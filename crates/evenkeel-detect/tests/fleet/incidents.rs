use super::member::Small;
use core::time::Duration;
use evenkeel_core::{At, Direction, Timestamp};
use evenkeel_detect::Fleet;
use evenkeel_detect::fleet::{FleetBuilder, FleetEvent, IncidentKind, Relations, Scope, TimeOnly};
use evenkeel_detect::monitor::Budget;
use evenkeel_stats::Generator;

pub(super) const STEP: Duration = Duration::from_secs(10);

pub(super) fn builder() -> FleetBuilder<Small> {
    Fleet::builder(Small::new(STEP), Budget::per_week(1.0).unwrap()).at_least(60)
}

pub(super) fn at(step: u32) -> Timestamp {
    Timestamp::from_seconds(1_796_040_000) + step * STEP
}

/// "zone-a/web-3": the labels are the zone and the service.
#[expect(clippy::ptr_arg, reason = "a key is a `String`")]
fn labels(key: &String, label: &mut dyn FnMut(&str)) {
    let (zone, instance) = key.split_once('/').unwrap();
    label(zone);
    label(instance.split_once('-').unwrap().0);
}

pub(super) fn keys() -> Vec<String> {
    let of = |zone: char| (0..30).map(move |i| format!("zone-{zone}/{}-{i}", ["web", "db"][i % 2]));
    of('a').chain(of('b')).collect()
}

/// What the fleet tells when each series has this value, or none, at each of 500 steps.
fn run(
    builder: FleetBuilder<Small>,
    relations: &impl Relations<String>,
    value: impl Fn(u32, &str, f64) -> Option<f64>,
) -> (Fleet<String, Small>, Vec<FleetEvent<String>>) {
    let mut fleet = builder.build::<String>().unwrap();
    let (keys, mut told) = (keys(), Vec::new());
    let mut noise: Vec<Generator> = (0..keys.len()).map(|i| Generator::stream(5, i as u64)).collect();
    for step in 0..500 {
        for (key, noise) in keys.iter().zip(&mut noise) {
            if let Some(x) = value(step, key, 100.0 + 3.0 * noise.normal()) {
                fleet.update(key.as_str(), At::new(at(step), x));
            }
        }
        told.extend(fleet.tick(at(step), relations));
    }
    (fleet, told)
}

fn kinds(told: &[FleetEvent<String>]) -> Vec<&'static str> {
    let name = |event: &FleetEvent<String>| match event {
        FleetEvent::Page(_) => "page",
        FleetEvent::Grown(_) => "grown",
        FleetEvent::Over(_) => "over",
        _ => "other",
    };
    told.iter().map(name).collect()
}

#[test]
fn when_nothing_is_wrong_nothing_is_told() {
    let (fleet, told) = run(builder(), &labels, |_, _, x| Some(x));
    assert_eq!((kinds(&told).len(), fleet.len(), fleet.ledger().alerts()), (0, 60, 0));
}

#[test]
fn one_series_is_one_page_and_its_end() {
    let wrong = |step: u32| (400..420).contains(&step);
    let (fleet, told) = run(builder(), &labels, |step, key, x| {
        Some(if key == "zone-a/db-1" && wrong(step) { x + 30.0 } else { x })
    });
    assert_eq!(kinds(&told), ["page", "over"]);
    let page = told[0].incident();
    assert_eq!(
        (page.kind(), page.scope(), page.direction()),
        (IncidentKind::Abnormal, &Scope::Series, Direction::Up)
    );
    assert!((at(400)..at(412)).contains(&page.since()), "{}", page.since());
    let text = told[0].to_string();
    assert!(text.starts_with("zone-a/db-1: abnormal since 2026-11-30T13:0"), "{text}");
    assert!(text.contains("by evidence accumulated over many values, not by a single one"), "{text}");
    assert!(text.ends_with("; false pages are at most 1 a week over 60 series"), "{text}");
    let spent = fleet.ledger().spent(&"zone-a/db-1".to_string()).unwrap();
    assert_eq!((spent.alerts, spent.pages, fleet.ledger().pages()), (1, 1, 1));
    assert_eq!(fleet.incidents().count(), 0);
}

/// A spike of a hundred standard deviations is one value: its rank can't carry the share of the budget.
#[test]
fn a_single_spike_does_not_page() {
    let (_, told) = run(builder(), &labels, |step, key, x| {
        Some(if key == "zone-a/db-1" && step == 400 { x + 300.0 } else { x })
    });
    assert_eq!(kinds(&told), [""; 0]);
}

#[test]
fn all_that_fall_together_are_one_event() {
    let (_, told) =
        run(builder(), &labels, |step, _, x| Some(if (400..430).contains(&step) { x - 40.0 } else { x }));
    assert_eq!(kinds(&told).first(), Some(&"page"));
    assert!(kinds(&told)[1..].iter().filter(|kind| **kind == "page").count() == 0, "{:?}", kinds(&told));
    let page = told[0].incident();
    assert!(matches!(page.scope(), Scope::Fleet { affected: 50.., of: 60 }), "{:?}", page.scope());
    assert_eq!(page.direction(), Direction::Down);
    assert!(
        told[0].to_string().contains("of 60 series, the whole fleet, lower than expected since"),
        "{}",
        told[0]
    );
    assert_eq!(page.worst().len(), 8);
    assert!(page.worst().is_sorted_by(|a, b| a.1.p() <= b.1.p()));
}

#[test]
fn a_label_explains_what_is_wrong_with_it() {
    let (_, told) = run(builder(), &labels, |step, key, x| {
        Some(if key.starts_with("zone-b/db") && (400..430).contains(&step) { x + 40.0 } else { x })
    });
    assert_eq!(kinds(&told)[0], "page");
    let Scope::Label { label, affected, of } = told[0].incident().scope() else { panic!("{}", told[0]) };
    // Half of the zone is affected, and half of the service: the smaller label of both, by name the first.
    assert_eq!((label.as_str(), *affected, *of), ("db", 15, 30), "{}", told[0]);
    let both = |key: &String, label: &mut dyn FnMut(&str)| {
        labels(key, label);
        label(key.split_once('-').unwrap().1.split_once('-').unwrap().0);
    };
    let (_, told) = run(builder(), &both, |step, key, x| {
        Some(if key.starts_with("zone-b/db") && (400..430).contains(&step) { x + 40.0 } else { x })
    });
    let Scope::Label { label, affected, of } = told[0].incident().scope() else { panic!("{}", told[0]) };
    assert_eq!((label.as_str(), *affected, *of), ("b/db", 15, 15), "{}", told[0]);
}

#[test]
fn a_label_that_falls_silent_is_one_event_and_single_series_are_none() {
    let (fleet, told) = run(builder(), &labels, |step, key, x| {
        let silent = match key {
            "zone-a/web-2" => (150..200).contains(&step),
            "zone-b/db-5" => step >= 250,
            _ => key.starts_with("zone-b") && (400..450).contains(&step),
        };
        (!silent).then_some(x)
    });
    assert_eq!(kinds(&told), ["page", "over"], "{told:?}");
    let page = told[0].incident();
    assert_eq!(page.kind(), IncidentKind::Silent);
    let Scope::Label { label, affected, of } = page.scope() else { panic!("{}", told[0]) };
    assert_eq!((label.as_str(), *affected, *of), ("zone-b", 29, 30));
    assert!(told[0].to_string().starts_with("29 of 30 series of zone-b without values since"), "{}", told[0]);
    assert_eq!(fleet.len(), 60);
}

/// Series that are not related are incidents of their own; what connects two makes them one.
#[test]
fn a_graph_keeps_incidents_apart() {
    struct Chain;
    impl Relations<String> for Chain {
        fn labels(&self, _: &String, _: &mut dyn FnMut(&str)) {}
        fn are_related(&self, one: &String, other: &String) -> bool {
            let n = |key: &String| key.rsplit_once('-').unwrap().1.parse::<u32>().unwrap();
            n(one).abs_diff(n(other)) <= 2
        }
    }
    let disturbed = |names: &'static [&'static str]| {
        move |step: u32, key: &str, x: f64| {
            Some(if names.contains(&key) && (400..430).contains(&step) { x + 60.0 } else { x })
        }
    };
    let pages = |names| {
        let (_, told) = run(builder(), &Chain, disturbed(names));
        kinds(&told).iter().filter(|kind| **kind == "page").count()
    };
    assert_eq!(pages(&["zone-a/web-0", "zone-a/web-20"]), 2);
    assert_eq!(pages(&["zone-a/web-0", "zone-a/web-2"]), 1);
    // 4 and 8 are apart until 6 comes, whatever the order of their names.
    assert_eq!(pages(&["zone-a/web-4", "zone-a/web-6", "zone-a/web-8"]), 1);
    let (_, told) = run(builder(), &TimeOnly, disturbed(&["zone-a/web-0", "zone-a/web-20"]));
    assert_eq!(kinds(&told), ["page", "over"]);
    assert_eq!(told[0].incident().scope(), &Scope::Several);
}

/// Clocks of series may say anything, and that of the ticks may leap once: nothing is lost by it.
#[test]
fn wrong_clocks_lose_nothing() {
    let mut fleet = builder().build::<String>().unwrap();
    for step in 0..50 {
        for (i, key) in keys().iter().enumerate() {
            let wrong =
                [at(step), Timestamp::MIN, Timestamp::MAX, at(step)][if step == 20 { i % 4 } else { 0 }];
            fleet.update(key.as_str(), At::new(wrong, [100.0, f64::NAN, f64::INFINITY][(step % 3) as usize]));
        }
        let now = if step == 30 { Timestamp::MAX } else { at(step) };
        assert!(fleet.tick(now, &labels).iter().all(|event| event.incident().kind() == IncidentKind::Silent));
    }
    assert_eq!((fleet.len(), fleet.departures(), fleet.evictions()), (60, 0, 0));
}

#[test]
fn idle_series_leave() {
    let mut fleet = builder().idle(Duration::from_secs(600)).build::<String>().unwrap();
    for step in 0..200 {
        for key in &keys()[..if step < 100 { 60 } else { 10 }] {
            fleet.update(key.as_str(), At::new(at(step), 1.0));
        }
        let _ = fleet.tick(at(step), &labels);
    }
    assert_eq!((fleet.len(), fleet.departures()), (10, 50));
    assert_eq!(fleet.since("zone-a/web-0"), Some(at(0)));
    assert!(fleet.remove("zone-a/web-0").is_some() && fleet.monitor("zone-a/web-0").is_none());
}
