//! The runbook.

use crate::stand::{Stand, at, diagnosis, settings};
use evenkeel_core::{At, Cause, Diagnosis, Error, Evidence, FaultKind, Signal, Subject, Unit};
use evenkeel_remedy::policy::{Decision, Policy};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Event, Health, Runbook, Target};

fn decide(stand: &mut Stand, diagnosis: Diagnosis) -> String {
    let incident = stand.machine.next_incident();
    stand.tell(Event::Opened { incident, symptom: None, diagnosis });
    let mut book = Runbook::standard().optional(["ads"]);
    match book.decide(&stand.machine.situation(incident).unwrap()) {
        Decision::Act(plan) => plan.to_string(),
        Decision::Wait { why, .. } => format!("wait: {why}"),
        Decision::Escalate { why } => format!("escalate: {why}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn rules_name_kinds_and_targets_are_found() {
    let mut stand = Stand::new(settings()).fleet(3);
    let of = |component: &str, kind| diagnosis(component, kind);
    assert_eq!(decide(&mut stand, of("store", FaultKind::BadChange)), "roll back store");
    assert_eq!(decide(&mut stand, of("store-2", FaultKind::PoolExhausted)), "restart store/store-2");
    assert_eq!(decide(&mut stand, of("store-2", FaultKind::BadChange)), "roll back store");
    // Which of the three is not known.
    let unknown = decide(&mut stand, of("store", FaultKind::PoolExhausted));
    assert_eq!(unknown, "escalate: nothing is left to try for pool exhausted at store");
    // One is failing.
    stand.health("store-3", Health::Failing);
    assert_eq!(decide(&mut stand, of("store", FaultKind::PoolExhausted)), "restart store/store-3");
    // The evidence names another.
    let mut cause = Cause::new("store", 0.9).unwrap();
    cause.kind = Some(FaultKind::CpuExhausted);
    cause.evidence.push(Evidence {
        localizer: "shift".into(),
        subject: Subject::Signal(Signal::new("store", "cpu").at_instance("store-1")),
        observed: 0.9,
        expected: None,
        unit: Unit::Ratio,
        since: at(0),
        weight: 1.0,
    });
    assert_eq!(decide(&mut stand, Diagnosis::new(at(0), vec![cause]).unwrap()), "drain store/store-1");
    // Optional or not.
    assert_eq!(decide(&mut stand, of("ads", FaultKind::Dead)), "degrade ads");
    assert_eq!(decide(&mut stand, of("store", FaultKind::Dead)), "restart store/store-3");
    assert!(
        decide(&mut stand, of("store", FaultKind::Network)).starts_with("escalate: there is no rule for")
    );
}

#[test]
fn the_probability_that_is_required_can_be_set() {
    let mut stand = Stand::new(settings()).fleet(1);
    let mut cause = Cause::new("store", 0.6).unwrap();
    cause.kind = Some(FaultKind::Dead);
    let diagnosis = Diagnosis::new(at(0), vec![cause]).unwrap();
    stand.tell(Event::Opened { incident: 0, symptom: None, diagnosis });
    let situation = stand.machine.situation(0).unwrap();
    let acts = |probability| {
        let mut book = Runbook::standard().min_probability(probability).unwrap();
        matches!(book.decide(&situation), Decision::Act(_))
    };
    assert_eq!([0.3, 0.6, 0.61, 1.0].map(acts), [true, true, false, false]);
    for refused in [0.0, -0.1, 1.1, f64::NAN] {
        let error = Runbook::<StandardVerb>::new().min_probability(refused).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "probability", .. }), "{error}");
    }
}

#[test]
fn nothing_is_done_about_none_of_these() {
    let mut stand = Stand::new(settings()).fleet(1);
    let cause = |p, kind| {
        let mut cause = Cause::new("store", p).unwrap();
        cause.kind = kind;
        Diagnosis::new(at(0), vec![cause]).unwrap()
    };
    let dead = Some(FaultKind::Dead);
    for unclear in [cause(0.3, dead), cause(0.49, dead), cause(0.5, dead), cause(0.3, None)] {
        assert_eq!(decide(&mut stand, unclear), "wait: no cause is clear enough");
    }
    let of_no_kind = "wait: what kind of fault store has is not known";
    assert_eq!(decide(&mut stand, cause(0.9, None)), of_no_kind);
    assert_eq!(
        decide(&mut stand, Diagnosis::new(at(0), Vec::new()).unwrap()),
        "wait: no cause is clear enough"
    );
    assert_eq!(decide(&mut stand, cause(0.51, dead)), "restart store/store-1");
}

#[test]
fn health_that_is_not_reported_names_nobody() {
    let mut stand = Stand::new(settings());
    let target = Target::instance("store", "store-1");
    stand.tell(Event::Health { target, health: At::new(at(0), Health::Failing) });
    stand.health("store-2", Health::Serving);
    stand.now = 100;
    let found = decide(&mut stand, diagnosis("store", FaultKind::Dead));
    assert_eq!(found, "escalate: nothing is left to try for not answering at store");
}
