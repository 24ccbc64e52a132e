use evenkeel::detect::Budget;
use evenkeel::detect::fleet::{FleetEvent, Scope};
use evenkeel_watch::many::{Instance, Setup, restart, run};

/// Of the seeds 0 to 199, with 900 normal rounds each, one has a chance page (3), where 0.15 are expected.
fn setup() -> Setup {
    let budget = Budget::per_week(1.0).unwrap();
    Setup { series: 1_000, budget, normal: 500, slower: 40, after: 40, seed: 4 }
}

#[test]
fn an_incident_of_a_service_is_one_page_and_survives_a_restart() {
    let ran = run(setup()).unwrap();
    let (from, until) = setup().incident();
    let [FleetEvent::Page(page), .., FleetEvent::Over(over)] = &ran.told[..] else {
        panic!("{:?}", ran.told)
    };
    let pages = ran.told.iter().filter(|event| matches!(event, FleetEvent::Page(_))).count();
    assert_eq!((pages, ran.fleet.ledger().pages()), (1, 1));
    let Scope::Label { label, affected, of } = page.scope() else { panic!("{page}") };
    assert_eq!((label.as_str(), *of), ("service-000", 200));
    assert!(*affected >= 150, "{page}");
    assert!(page.since() >= from && over.ended().unwrap() >= until, "{page}");
    assert_eq!(ran.updates, 580_000);
    assert_eq!(ran.fleet.len(), 1_000);
    let path = std::env::temp_dir().join(format!("evenkeel-many-{}.snapshot", std::process::id()));
    let before = ran.fleet.clone();
    let (after, saved) = restart(ran.fleet, &path).unwrap();
    assert!(after == before && saved.bytes > 1_000 && !path.exists());
    assert!(restart(after, "/no/such/folder/x".as_ref()).unwrap_err().contains("/no/such/folder/x"));
}

#[test]
fn fleets_that_are_too_small_are_refused() {
    assert!(run(Setup { series: 199, ..setup() }).is_err());
    assert_eq!(Instance(1_017).to_string(), "service-005/017");
}
