use crate::sample;
use core::time::Duration;
use evenkeel_core::{At, Cause, Diagnosis, FaultKind, Timestamp};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel_remedy::machine::{Outcome, Record};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{
    Action, Cooldown, ErrorRatio, Event, Health, Notice, Remediator, Runbook, Sample, Target,
};
use evenkeel_report::{IncidentReport, TimelineKind, UserImpact};

fn at(second: i64) -> Timestamp {
    sample::at(second)
}

type Said = Vec<(Timestamp, Notice<StandardVerb>)>;

/// An incident that a restart ends, as it was said and as it was written.
fn run() -> (Said, Vec<Record<StandardVerb>>) {
    let machine = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap())
        .guard(Cooldown::new(Duration::from_secs(60)))
        .enable("restart")
        .without_lease()
        .build()
        .unwrap();
    let log = std::rc::Rc::new(std::cell::RefCell::new(MemoryLog::new()));
    let mut driver =
        Driver::new(machine, Runbook::standard(), DryRun::new(), Shared(std::rc::Rc::clone(&log)));
    let mut said = Vec::new();
    let mut tell = |second: i64, event: Event<StandardVerb>| {
        said.extend(driver.step(at(second), event).unwrap().into_iter().map(|notice| (at(second), notice)));
    };
    for (name, health) in [("store-1", Health::Failing), ("store-2", Health::Serving)] {
        tell(0, Event::Health { target: Target::instance("store", name), health: At::new(at(0), health) });
    }
    let mut cause = Cause::new("store", 0.9).unwrap();
    cause.kind = Some(FaultKind::PoolExhausted);
    let diagnosis = Diagnosis::new(at(1), vec![cause]).unwrap();
    tell(1, Event::Opened { incident: 1, symptom: Some("users".into()), diagnosis });
    for second in 2..60 {
        let sample = At::new(at(second), Sample::Counts { good: 50, bad: 0 });
        tell(second, Event::Seen { incident: None, sample });
    }
    let records = log.borrow().records().to_vec();
    (said, records)
}

/// A log that can be read while the driver has it.
struct Shared(std::rc::Rc<std::cell::RefCell<MemoryLog>>);

impl evenkeel_remedy::driver::Log<StandardVerb> for Shared {
    fn append(&mut self, record: &Record<StandardVerb>) -> std::io::Result<()> {
        self.0.borrow_mut().append(record)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().sync()
    }
}

#[test]
fn a_live_run_and_its_journal_tell_the_same() {
    let (said, records) = run();
    let mut live = IncidentReport::new("live");
    said.iter().for_each(|(time, notice)| live.notice(*time, notice));
    let journal = IncidentReport::of_records("journal", &records);
    for report in [&live, &journal] {
        let [incident] = report.incidents() else { panic!("one incident: {:?}", report.incidents()) };
        assert_eq!((incident.number, incident.opened), (1, Some(at(1))));
        assert_eq!(incident.symptom.as_ref().unwrap(), &"users");
        assert_eq!(incident.diagnosis.as_ref().unwrap().causes()[0].component, "store");
        assert_eq!(incident.actions, [("restart store/store-1".to_string(), Some("done".to_string()))]);
        assert_eq!((incident.outcome.as_deref(), incident.is_escalated), (Some("recovered"), false));
        assert!(incident.closed.is_some() && incident.length().unwrap() > Duration::ZERO);
        let page = report.to_string();
        for text in ["restart store/store-1: done", "store (pool exhausted), 90 %", "recovered", "Incident 1"]
        {
            assert!(page.contains(text), "{text} in {page}");
        }
        assert!(page.contains("<span class=\"done\">recovered</span>"), "{page}");
    }
    assert_eq!(live.incidents(), journal.incidents());
    let page = journal.to_string();
    assert!(page.contains("from the journal of the machine alone"));
    for missing in [
        "no signals were recorded",
        "the service graph was not recorded",
        "requests of users were not recorded",
    ] {
        assert!(page.contains(missing), "{missing}");
    }
    assert!(page.contains("users are fine again"));
}

/// The machine has done with it, users have not.
#[test]
fn an_escalated_incident_is_not_shown_as_done() {
    let mut report = IncidentReport::new("escalated");
    let outcome = Outcome::Escalated { why: "nothing is left to try".into() };
    report.notice(at(9), &Notice::<StandardVerb>::Closed { incident: 3, outcome });
    assert!(report.incidents()[0].is_escalated && report.incidents()[0].closed == Some(at(9)));
    let page = report.to_string();
    assert!(page.contains("<span class=\"open\">escalated: nothing is left to try</span>"), "{page}");
}

#[test]
fn a_journal_of_any_length_and_of_nothing_is_a_page() {
    let (_, records) = run();
    for length in 0..=records.len() {
        let report = IncidentReport::of_records("part", &records[..length]);
        let page = report.to_string();
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>"));
        assert_eq!(page.contains("No incident was opened."), report.incidents().is_empty());
        let is_over = report.incidents().first().is_some_and(|incident| incident.closed.is_some());
        assert_eq!(is_over, length == records.len(), "{length}");
    }
}

#[test]
fn the_page_has_all_its_parts() {
    let page = sample::report("store", "pool_wait").to_string();
    for part in [
        "id=\"summary\"",
        "id=\"incident-0\"",
        "id=\"around\"",
        "id=\"impact\"",
        "id=\"signals\"",
        "id=\"quality\"",
        "403 of 4200</dd>",
        "edge → cart → store",
        "pool_wait of store-1 is 910 ms, expected 30 ms, since 2026-11-18 11:36:35 (metric shift, weight 1.20)",
        "gap of 60 samples",
        "no value from 11:20 to 11:21",
        "store (pool exhausted) 84 %; cart (slow) 9 %; catalog 2 %; none of these 5 %.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Identifiers are of one element each, and what labels refer to is there.
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len());
    for labels in page.split("aria-labelledby=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(labels.split(' ').all(|id| ids.contains(&id)), "{labels}");
    }
    // The signal of the evidence comes first, what was never abnormal last.
    let place = |title: &str| page.find(&format!("<title id=\"{title}")).unwrap();
    let titles = [
        "signal-0-desk-title\">store/store-1/pool_wait",
        "signal-1-desk-title\">cart/cart-1/mean",
        "signal-2-desk-title\">edge/edge-1/mean",
    ];
    assert!(place(titles[0]) < place(titles[1]) && place(titles[1]) < place(titles[2]));
}

#[test]
fn fifty_signals_of_ten_thousand_values_fit_two_megabytes() {
    let mut report = sample::report("store", "pool_wait");
    for i in 0..50_u32 {
        report.signal(sample::chart(&format!("service-{i}/mean"), 10_000, 8_000..8_100, u64::from(i)));
    }
    let started = std::time::Instant::now();
    let page = report.to_string();
    println!("{} bytes in {:?}", page.len(), started.elapsed());
    assert!(page.len() <= 2_000_000, "{}", page.len());
}

#[test]
fn the_diagnosis_that_was_acted_on_is_the_one_of_the_report() {
    let named = |component: &str| Diagnosis::new(at(0), vec![Cause::new(component, 0.9).unwrap()]).unwrap();
    let action = Action::new(StandardVerb::Restart, Target::component("store"));
    let acts = |step, undo| {
        let key = Key { incident: 0, step, attempt: 0 };
        Notice::Acts { key, action: action.clone(), undo }
    };
    let mut report = IncidentReport::new("");
    let blamed = |report: &IncidentReport| {
        let of = |d: &Option<Diagnosis>| {
            d.as_ref().unwrap().causes().first().map_or(String::new(), |c| c.component.to_string())
        };
        (of(&report.incidents()[0].diagnosis), of(&report.incidents()[0].latest))
    };
    report.diagnosed(at(1), 0, &Diagnosis::new(at(0), Vec::new()).unwrap());
    report.diagnosed(at(2), 0, &named("cart"));
    report.diagnosed(at(3), 0, &named("store"));
    report.diagnosed(at(4), 0, &Diagnosis::new(at(0), Vec::new()).unwrap());
    assert_eq!(blamed(&report), ("store".into(), "store".into()));
    report.notice(at(5), &acts(0, false));
    // What is seen while the remedy takes effect does not change why it was done.
    report.diagnosed(at(6), 0, &named("edge"));
    assert_eq!(blamed(&report), ("store".into(), "edge".into()));
    report.notice(at(7), &acts(1, true));
    assert_eq!(blamed(&report), ("store".into(), "edge".into()));
    report.notice(at(8), &acts(2, false));
    assert_eq!(blamed(&report), ("edge".into(), "edge".into()));
}

#[test]
fn a_long_timeline_is_cut_and_that_is_told() {
    let mut report = IncidentReport::new("");
    report.incident(0);
    for i in 0..1_500 {
        report.timeline_mut().push(at(i), TimelineKind::Ruling, Some(0), format!("ruling {i};"));
    }
    let page = report.to_string();
    assert!(page.contains("ruling 999;") && !page.contains("ruling 1000;"));
    assert!(page.contains("and 500 more, which are not listed"));
}

/// A source with many gaps fills no page; signals of the most probable cause come first.
#[test]
fn findings_are_few_and_signals_in_the_order_of_the_evidence() {
    let mut report = IncidentReport::new("");
    let gaps: Vec<String> = (0..50).map(|i| format!("gap {i};")).collect();
    report.note("a source", gaps.join("\n"));
    report.incident(0).diagnosed(&sample::diagnosis("store", "pool_wait"));
    for title in ["edge/edge-1/cpu", "store/store-1/mean", "store/store-1/pool_wait"] {
        report.signal(sample::chart(title, 100, 0..0, 1));
    }
    let mut impact = UserImpact::new(Duration::from_secs(1), 0.02).unwrap();
    impact.count(at(10), 100, 1);
    report.impact(impact);
    let page = report.to_string();
    assert!(page.contains("gap 5;") && !page.contains("gap 6;") && page.contains("and 44 more"));
    assert!(page.contains("bad ones; there never were more."));
    let place = |title: &str| page.find(&format!(">{title}<")).unwrap();
    assert!(place("store/store-1/pool_wait") < place("store/store-1/mean"));
    assert!(place("store/store-1/mean") < place("edge/edge-1/cpu"));
}

#[test]
fn impact_is_counted_in_buckets() {
    let second = Duration::from_secs(1);
    assert!(UserImpact::new(Duration::ZERO, 0.02).is_err() && UserImpact::new(second, f64::NAN).is_err());
    let mut impact = UserImpact::new(second, 0.02).unwrap();
    assert_eq!(impact.extent(), None);
    impact.count(at(10) + Duration::from_millis(900), 10, 0);
    impact.count(at(10), 0, 10);
    impact.count(at(12), 97, 3);
    assert_eq!(impact.total(at(10), at(12)), (107, 13));
    assert_eq!(impact.total(at(11), at(11)), (0, 0));
    // A bucket that began before belongs to it.
    assert_eq!(impact.total(at(10) + Duration::from_millis(500), at(11)), (10, 10));
    assert_eq!(impact.above_objective(at(0), at(99)), 2 * second);
    impact.count(Timestamp::MIN, u64::MAX, u64::MAX);
    impact.count(Timestamp::MAX, u64::MAX, 1);
    assert_eq!(impact.total(Timestamp::MIN, Timestamp::MAX), (u64::MAX, u64::MAX));
    assert!(impact.chart("x", []).draw(500).description().contains("values"));
}
