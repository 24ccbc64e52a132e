//! Ten thousand targets and a hundred actions in flight.

use crate::stand::{Stand, at, settings};
use evenkeel_core::{At, Cause, Diagnosis, SourceHealth};
use evenkeel_remedy::action::Plan;
use evenkeel_remedy::guard::{Approval, Freeze, Guard, OneAtATime, Rate, Ruling, SourceHealthy};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, BlastRadius, Cooldown, Event, Health, Target};
use std::time::{Duration, Instant};

fn guards() -> Vec<Box<dyn Guard<StandardVerb>>> {
    vec![
        Box::new(BlastRadius::new(0.05).unwrap()),
        Box::new(Cooldown::new(Duration::from_secs(60))),
        Box::new(Rate::new(200, Duration::from_secs(300)).unwrap()),
        Box::new(Freeze::new().window(at(100_000), at(200_000)).unwrap()),
        Box::new(SourceHealthy::all()),
        Box::new(OneAtATime::in_each_component()),
        Box::new(Approval::of(["drain"])),
    ]
}

#[test]
fn a_ruling_among_ten_thousand_targets() {
    let mut stand = Stand::new(settings());
    let instance = |component: usize, i: usize| {
        Target::instance(format!("service-{component:03}"), format!("service-{component:03}-{i:02}"))
    };
    for component in 0..100 {
        for i in 0..100 {
            let health = At::new(at(0), Health::Serving);
            stand.tell(Event::Health { target: instance(component, i), health });
        }
    }
    stand.source(SourceHealth::Fresh);
    let diagnosis = || Diagnosis::new(at(0), vec![Cause::new("service-000", 0.9).unwrap()]).unwrap();
    for incident in 0..100 {
        stand.tell(Event::Opened { incident, symptom: None, diagnosis: diagnosis() });
        let action = Action::new(StandardVerb::Restart, instance(incident as usize, 0));
        stand.decide(incident, Plan::of(action));
    }
    assert_eq!(stand.permits.len(), 100);
    assert_eq!(stand.machine.ledger().in_flight().count(), 100);

    let all = guards();
    let ledger = stand.machine.ledger();
    let rule = |action: &Action<StandardVerb>| {
        all.iter().fold(Ruling::permit(), |ruling, guard| ruling.meet(guard.rule(action, &ledger)))
    };
    // One of the same component is in flight, so it has to wait.
    let same = Action::new(StandardVerb::Restart, instance(50, 7));
    assert!(!rule(&same).permits(at(0), false));
    let rounds = 2_000;
    let begun = Instant::now();
    let permitted = (0..rounds)
        .filter(|i| {
            rule(&Action::new(StandardVerb::Restart, instance(i % 100, 1 + i % 99))).permits(at(0), true)
        })
        .count();
    let each = begun.elapsed().as_secs_f64() / rounds as f64;
    println!("one ruling by {} guards, 10,000 targets, 100 in flight: {:.1} µs", all.len(), 1e6 * each);
    assert_eq!(permitted, 0);
}
