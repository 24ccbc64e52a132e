//! A report of everything that can be in one, of made-up data, with hostile names where asked.

use core::time::Duration;
use evenkeel_core::{
    At, Cause, Diagnosis, Evidence, FaultKind, Name, Prediction, Signal, Subject, Timestamp, Unit,
};
use evenkeel_locate::Graph;
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::machine::{Notice, Outcome};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::verify::{Recovery, Verdict};
use evenkeel_remedy::{Action, Target};
use evenkeel_report::{AlertSpan, IncidentReport, SeriesChart, TimelineKind, UserImpact};
use evenkeel_series::clean::Quality;
use evenkeel_testing::Source;

/// The second of 2026-11-18T11:06:40Z and so many more.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_000_000 + second)
}

/// A value a second with a wave of ten minutes, and half as much again from one second to another.
pub(crate) fn values(count: i64, fault: core::ops::Range<i64>, seed: u64) -> Vec<At<f64>> {
    let mut source = Source::new(seed);
    (0..count)
        .map(|i| {
            let wave = (i as f64 * core::f64::consts::TAU / 600.0).sin();
            let level = if fault.contains(&i) { 0.75 } else { 0.45 };
            At::new(at(i), level + 0.08 * wave + 0.02 * source.normal())
        })
        .collect()
}

/// What was expected of them.
pub(crate) fn expected(count: i64) -> impl Iterator<Item = At<Prediction>> {
    (count / 3..count).map(|i| {
        let wave = (i as f64 * core::f64::consts::TAU / 600.0).sin();
        At::new(at(i), Prediction::new(0.45 + 0.08 * wave, 0.022).unwrap())
    })
}

/// A chart of them with everything.
pub(crate) fn chart(title: &str, count: i64, fault: core::ops::Range<i64>, seed: u64) -> SeriesChart {
    let spans = (!fault.is_empty()).then(|| AlertSpan::new(at(fault.start), Some(at(fault.end)), "p = 1e-9"));
    SeriesChart::new(title, &values(count, fault, seed))
        .unit(Unit::Seconds)
        .expected(0.99, expected(count))
        .unwrap()
        .learned(at(0), at(count / 3))
        .alerts(spans)
}

/// A diagnosis that names the store with 84 %.
pub(crate) fn diagnosis(store: &str, metric: &str) -> Diagnosis {
    let evidence = |localizer: &str, metric: &str, observed, expected| Evidence {
        localizer: localizer.into(),
        subject: Subject::Signal(Signal::new(store, metric).at_instance(format!("{store}-1"))),
        observed,
        expected: Some(expected),
        unit: Unit::Seconds,
        since: at(1_795),
        weight: 1.2,
    };
    let mut first = Cause::new(store, 0.84).unwrap();
    first.kind = Some(FaultKind::PoolExhausted);
    first.evidence = vec![
        evidence("metric shift", metric, 0.91, 0.03),
        Evidence {
            subject: Subject::Edge { from: "cart".into(), to: store.into() },
            ..evidence("call gap", metric, 0.62, 0.011)
        },
    ];
    let mut second = Cause::new("cart", 0.09).unwrap();
    second.kind = Some(FaultKind::Slow);
    second.evidence = vec![evidence("symptom correlation", "mean", 0.5, 0.4)];
    let third = Cause::new("catalog", 0.02).unwrap();
    Diagnosis::new(at(1_805), vec![first, second, third]).unwrap()
}

/// The report; `store` and `metric` stand where names of components and metrics do.
pub(crate) fn report(store: &str, metric: &str) -> IncidentReport {
    let mut report = IncidentReport::new(format!("{store} on 18 November"));
    let diagnosis = diagnosis(store, metric);
    let opened = Notice::<StandardVerb>::Opened {
        incident: 0,
        symptom: Some("users".into()),
        diagnosis: diagnosis.clone(),
    };
    report.timeline_mut().push(
        at(1_798),
        TimelineKind::Alert,
        None,
        format!("{metric} of {store}-1 is abnormal"),
    );
    report.timeline_mut().push(at(1_796), TimelineKind::Change, None, format!("{store}-1 runs version v2"));
    report.notice(at(1_805), &opened);
    report.incident(0).began = Some(at(1_799));
    report.diagnosed(at(1_806), 0, &diagnosis);
    let action = Action::new(StandardVerb::Restart, Target::instance(store, format!("{store}-1")));
    let key = Key { incident: 0, step: 0, attempt: 0 };
    let undo = false;
    report.notice(at(1_807), &Notice::Acts { key, action: action.clone(), undo });
    let outcome = Applied::Done;
    report.notice(at(1_812), &Notice::Settled { key, action, outcome, undo });
    report.notice(at(1_813), &Notice::<StandardVerb>::Verifying { incident: 0, from: at(1_813) });
    let recovery = Recovery::new(Verdict::Recovered, 0.02, 0.0, 0.017, 640);
    report.notice(at(1_840), &Notice::<StandardVerb>::Verified { incident: 0, recovery: Some(recovery) });
    report.notice(at(1_840), &Notice::<StandardVerb>::Closed { incident: 0, outcome: Outcome::Recovered });
    let title = format!("{store}/{store}-1/{metric}");
    report.signal(chart("edge/edge-1/mean", 2_400, 0..0, 3));
    report.signal(chart(&title, 2_400, 1_795..1_815, 1));
    report.signal(chart("cart/cart-1/mean", 2_400, 1_797..1_816, 2));
    let edges =
        crate::browser::CALLS.map(|(from, to, calls)| (from, if to == "store" { store } else { to }, calls));
    let graph = Graph::from_edges(edges).unwrap();
    report.graph(&graph, Some(Name::from("edge")));
    let mut impact = UserImpact::new(Duration::from_secs(1), 0.02).unwrap();
    for second in 1_500..2_100 {
        let bad = if (1_799..1_812).contains(&second) { 31 } else { u64::from(second % 97 == 0) };
        impact.count(at(second), 100 - bad, bad);
    }
    report.impact(impact);
    let gap: Vec<At<f64>> =
        values(2_400, 0..0, 9).into_iter().filter(|x| !(at(900)..at(960)).contains(&x.time)).collect();
    report.quality(title, &Quality::default().check(&gap).unwrap());
    report.note(format!("{store}-2"), "no value from 11:20 to 11:21");
    report
}
