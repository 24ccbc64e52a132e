//! Fusion of rankings.

use crate::shop::{DRY_POOL, FAULT, START, STEP, at, column, graph, metric, shop};
use evenkeel_core::FaultKind;
use evenkeel_locate::{
    Case, Change, ExplainAway, Fusion, Graph, Localizer, MetricShift, Ranking, Suspect, SymptomCorrelation,
};
use std::time::Duration;

/// A localizer of somebody else's.
struct Blames(&'static str, f64);

impl Localizer<Case<'_>> for Blames {
    fn rank(&self, _: &Case<'_>) -> Ranking {
        Ranking::new(vec![Suspect::new(self.0, self.1).unwrap()], Vec::new())
    }
}

struct Silent;

impl Localizer<Case<'_>> for Silent {
    fn rank(&self, _: &Case<'_>) -> Ranking {
        Ranking::default()
    }
}

#[test]
fn a_dry_pool_is_found_and_explained() {
    let graph = graph();
    let case = shop(&DRY_POOL).graph(&graph).symptom_at("edge").build().unwrap();
    let diagnosis = Fusion::default().diagnose(&case).unwrap();
    let cause = &diagnosis.causes()[0];
    assert_eq!((cause.component.as_str(), cause.kind), ("store", Some(FaultKind::PoolExhausted)));
    assert_eq!(cause.metric.as_ref().unwrap(), &"pool_used");
    assert!(cause.probability() > 0.7, "{diagnosis:?}");
    assert_eq!(cause.evidence[0].since, at(FAULT));
    assert!(
        cause.evidence[0].to_string().starts_with("latency_p99 of store is 0.6"),
        "{}",
        cause.evidence[0]
    );
    assert_eq!(diagnosis.at(), at(279));
}

#[test]
fn each_kind_of_fault_is_named() {
    let graph = graph();
    for (component, name, factor, kind) in [
        ("payments", "latency_p99", 30.0, FaultKind::Slow),
        ("catalog", "cpu", 4.0, FaultKind::CpuExhausted),
        ("cart", "error_ratio", 300.0, FaultKind::Errors),
        ("store", "memory", 3.0, FaultKind::MemoryExhausted),
    ] {
        let case = shop(&[(component, name, factor)]).graph(&graph).symptom_at("edge").build().unwrap();
        let diagnosis = Fusion::default().diagnose(&case).unwrap();
        let cause = &diagnosis.causes()[0];
        assert_eq!((cause.component.as_str(), cause.kind), (component, Some(kind)));
    }
}

#[test]
fn memory_that_grows_explains_the_work_of_the_processor_and_not_the_other_way_round() {
    let graph = graph();
    // A component whose memory multiplies works hard as well; one that works hard needs a little more memory.
    for (memory, metric, kind) in
        [(4.0, "memory", FaultKind::MemoryExhausted), (1.15, "cpu", FaultKind::CpuExhausted)]
    {
        let faults = [("store", "cpu", 40.0), ("store", "memory", memory)];
        let case = shop(&faults).graph(&graph).symptom_at("edge").build().unwrap();
        let diagnosis = Fusion::default().diagnose(&case).unwrap();
        let cause = &diagnosis.causes()[0];
        assert_eq!((cause.component.as_str(), cause.kind), ("store", Some(kind)));
        assert_eq!(cause.metric.as_ref().unwrap(), metric);
        let ranking = MetricShift::default().rank(&case);
        assert_eq!(ranking.metrics()[0].0.metric, metric, "{:?}", ranking.metrics());
    }
}

#[test]
fn when_nothing_is_wrong_nothing_is_said() {
    let graph = graph();
    assert!(Fusion::default().diagnose(&shop(&[]).build().unwrap()).is_none());
    assert!(
        Fusion::default().diagnose(&shop(&[]).graph(&graph).symptom_at("edge").build().unwrap()).is_none()
    );
}

#[test]
fn a_decoy_beside_a_fault_is_not_the_first() {
    let graph = graph();
    let mut faults = DRY_POOL.to_vec();
    // About eight standard deviations of the payments' processor.
    faults.push(("payments", "cpu", 1.45));
    let case = shop(&faults).graph(&graph).symptom_at("edge").build().unwrap();
    let diagnosis = Fusion::default().diagnose(&case).unwrap();
    assert_eq!(diagnosis.causes()[0].component, "store");
    // That users did not begin to suffer when the decoy moved takes a little more from it.
    let symptom = column(99, 0.01, 0.5);
    let mut decoy = column(98, 0.2, 0.29);
    decoy[FAULT - 60..FAULT].copy_from_slice(&column(97, 0.29, 0.29)[..60]);
    let told = |symptom: Option<&[f64]>| {
        let case = shop(&DRY_POOL).graph(&graph).symptom_at("edge").metric(metric(
            "bystander",
            "cpu",
            decoy.clone(),
        ));
        let case =
            symptom.into_iter().fold(case, |case, symptom| case.symptom(symptom.to_vec())).build().unwrap();
        let ranking = Fusion::default().rank(&case);
        assert_eq!(ranking.first().unwrap().component(), &"store");
        ranking.suspects().iter().find(|suspect| *suspect.component() == "bystander").unwrap().score()
    };
    assert!(told(Some(&symptom)) < told(None));
}

#[test]
fn a_change_makes_a_fault_a_bad_change_and_an_innocent_one_nothing() {
    let errors = [("cart", "error_ratio", 300.0), ("edge", "error_ratio", 200.0)];
    let graph = graph();
    let diagnose = |changed: &str, row: usize| {
        let case = shop(&errors).graph(&graph).change(changed, at(row)).build().unwrap();
        let diagnosis = Fusion::default().diagnose(&case).unwrap();
        let cause = &diagnosis.causes()[0];
        (cause.component.to_string(), cause.kind, cause.probability())
    };
    let bad = diagnose("cart", FAULT - 4);
    assert_eq!((bad.0.as_str(), bad.1), ("cart", Some(FaultKind::BadChange)));
    let innocent = diagnose("payments", FAULT - 4);
    assert_eq!((innocent.0.as_str(), innocent.1), ("cart", Some(FaultKind::Errors)));
    assert!(bad.2 > innocent.2);
    let case = shop(&errors).graph(&graph).change("cart", at(FAULT - 4)).build().unwrap();
    let diagnosis = Fusion::default().diagnose(&case).unwrap();
    let sentences: Vec<String> = diagnosis.causes()[0].evidence.iter().map(ToString::to_string).collect();
    let told =
        format!("the age of the last change of cart is 2 s, since {} (changes, weight 0.30)", at(FAULT - 4));
    assert!(sentences.contains(&told), "{sentences:?}");
    // A change after the stated time is not what caused it.
    assert_eq!(diagnose("cart", FAULT + 20).1, Some(FaultKind::Errors));
}

/// A pool that has run dry is known by the wait for it, however far that and the latency moved.
#[test]
fn a_wait_for_something_bounded_tells_that_it_has_run_dry() {
    for name in [
        "pool_wait",
        "db.client.connection.wait_time",
        "queue_time_seconds",
        "hikaricp_connections_acquire_seconds",
    ] {
        let case = Case::builder(START, STEP, at(FAULT))
            .metric(metric("store", name, column(1, 2e-4, 0.6)))
            .metric(metric("store", "latency_p99", column(2, 0.01, 0.61)))
            .build()
            .unwrap();
        let diagnosis = Fusion::default().diagnose(&case).unwrap();
        assert_eq!(diagnosis.causes()[0].kind, Some(FaultKind::PoolExhausted), "{name}");
    }
}

/// Who hangs keeps its callers waiting: that it is gone tells more than how long they wait.
#[test]
fn who_is_gone_is_not_slow() {
    let kind = |up: f64| {
        let seen =
            |by: &str, seed| metric("recommend", &format!("latency seen by {by}"), column(seed, 0.008, 0.4));
        let case = Case::builder(START, STEP, at(FAULT))
            .metrics(["a", "b", "c", "d"].into_iter().zip(1..).map(|(by, seed)| seen(by, seed)))
            .metric(metric(
                "recommend",
                "up",
                (0..280).map(|row| if row < FAULT { 1.0 } else { up }).collect(),
            ));
        Fusion::default().diagnose(&case.build().unwrap()).unwrap().causes()[0].kind
    };
    assert_eq!(kind(0.0), Some(FaultKind::Dead));
    assert_eq!(kind(1.0), Some(FaultKind::Slow));
    assert_eq!(kind(0.9), Some(FaultKind::Slow));
}

/// By Little's law more requests are in flight when each takes longer: nothing bounded is used up by that.
#[test]
fn requests_in_flight_tell_of_slowness() {
    let kind = |name: &str| {
        let case = Case::builder(START, STEP, at(FAULT))
            .metric(metric("store", name, column(1, 5.0, 30.0)))
            .metric(metric("store", "latency_p99", column(2, 0.01, 0.06)));
        Fusion::default().diagnose(&case.build().unwrap()).unwrap().causes()[0].kind
    };
    for name in ["inflight", "http_requests_in_flight", "http.server.active_requests", "concurrent_requests"]
    {
        assert_eq!(kind(name), Some(FaultKind::Slow), "{name}");
    }
    for name in ["pool_in_use", "db.client.connection.count", "jvm.thread.count", "queue_depth"] {
        assert_eq!(kind(name), Some(FaultKind::PoolExhausted), "{name}");
    }
}

/// What the one who asks did itself speaks against its component, but is not a change that could be rolled
/// back.
#[test]
fn an_own_action_is_no_bad_change() {
    let graph = graph();
    let errors = [("cart", "error_ratio", 300.0), ("edge", "error_ratio", 200.0)];
    let diagnose = |changes: Vec<Change>| {
        let case = changes.into_iter().fold(shop(&errors).graph(&graph), |case, change| case.changed(change));
        Fusion::default().diagnose(&case.build().unwrap()).unwrap().causes()[0].clone()
    };
    let none = diagnose(Vec::new());
    let own = diagnose(vec![Change::new("cart", at(FAULT - 4)).own()]);
    assert_eq!((own.component.as_str(), own.kind), ("cart", Some(FaultKind::Errors)));
    assert!(own.probability() > none.probability());
    assert!(own.evidence.iter().any(|evidence| evidence.localizer == "own actions"), "{own:?}");
    // Somebody else's change stays one beside it.
    let both = vec![Change::new("cart", at(FAULT - 4)).own(), Change::new("cart", at(FAULT - 4))];
    assert_eq!(diagnose(both).kind, Some(FaultKind::BadChange));
}

/// A change can only be what affects those that were changed, and all that were.
#[test]
fn a_change_is_blamed_by_the_instances_that_show_it() {
    let instance = |i: usize, slow: bool| {
        let latency = column(90 + i as u64, 0.02, if slow { 0.7 } else { 0.02 });
        metric("cart", "latency_p99", latency).instance(format!("cart-{i}"))
    };
    let kind = |slow: [bool; 3], changed: &[(usize, usize)]| {
        let mut case = Case::builder(START, STEP, at(FAULT));
        for (i, slow) in slow.into_iter().enumerate() {
            case = case.metric(instance(i, slow));
        }
        for (i, row) in changed {
            case = case.changed(Change::new("cart", at(*row)).of_instance(format!("cart-{i}")));
        }
        let diagnosis = Fusion::default().diagnose(&case.build().unwrap()).unwrap();
        assert_eq!(diagnosis.causes()[0].component, "cart");
        diagnosis.causes()[0].kind
    };
    let (bad, slow) = (Some(FaultKind::BadChange), Some(FaultKind::Slow));
    let early = FAULT - 150;
    assert_eq!(kind([true, false, false], &[(0, FAULT - 8)]), bad, "the one that was changed");
    assert_eq!(kind([true; 3], &[(0, FAULT - 30), (1, FAULT - 20), (2, FAULT - 8)]), bad, "all that were");
    assert_eq!(
        kind([true, false, false], &[(0, FAULT - 30), (1, FAULT - 20), (2, FAULT - 8)]),
        slow,
        "others are fine"
    );
    assert_eq!(kind([true, false, false], &[(1, FAULT - 8)]), slow, "another one was changed");
    assert_eq!(kind([true, true, false], &[(0, FAULT - 8)]), slow, "one that was not changed shows it, too");
    assert_eq!(
        kind([true, false, false], &[(0, early), (1, early), (2, early), (0, FAULT - 8)]),
        bad,
        "a canary later"
    );
    assert_eq!(kind([true, false, false], &[]), slow);
    // It is still going out when the first of them shows it, and is told of when it is done.
    assert_eq!(kind([true; 3], &[(0, FAULT - 1), (1, FAULT + 3), (2, FAULT + 6)]), bad, "still going out");
    assert_eq!(kind([true, false, false], &[(0, FAULT + 1)]), bad, "told of a moment later");
    assert_eq!(kind([true, false, false], &[(0, FAULT + 8)]), slow, "made later");
}

#[test]
fn scales_of_voices_make_no_difference_nor_does_their_order() {
    let case = shop(&DRY_POOL).build().unwrap();
    let fuse = |localizers: [(Blames, f64); 3]| {
        let fusion = localizers
            .into_iter()
            .fold(Fusion::empty(), |fusion, (localizer, weight)| fusion.with(localizer, weight).unwrap());
        fusion.rank(&case)
    };
    let a = fuse([(Blames("a", 1e-3), 0.1), (Blames("b", 1e9), 0.2), (Blames("c", 1.0), 0.3)]);
    let b = fuse([(Blames("c", 5.0), 0.3), (Blames("a", 1.0), 0.1), (Blames("b", 7.0), 0.2)]);
    assert_eq!(a, b);
    assert_eq!(a.first().unwrap().component(), &"c");
    let all: f64 = a.suspects().iter().map(Suspect::score).sum();
    assert!((all - 1.0).abs() < 1e-15);
}

/// That a localizer could not look is nothing in anybody's favor.
#[test]
fn what_a_localizer_could_not_examine_does_not_count() {
    struct Blind;
    impl Localizer<Case<'_>> for Blind {
        fn rank(&self, _: &Case<'_>) -> Ranking {
            Ranking::new(vec![Suspect::new("a", 1.0).unwrap()], Vec::new()).with_unexamined(["b".into()])
        }
    }
    let case = shop(&DRY_POOL).build().unwrap();
    let both = Fusion::empty().with(Blames("b", 1.0), 0.7).unwrap().with(Blind, 0.3).unwrap().rank(&case);
    let scores: Vec<f64> = both.suspects().iter().map(Suspect::score).collect();
    assert_eq!((both.suspects()[0].component().as_str(), scores[0]), ("b", 1.0));
    assert!((scores[1] - 0.3).abs() < 1e-15);
}

#[test]
fn one_who_abstains_takes_no_share() {
    let case = shop(&DRY_POOL).build().unwrap();
    let with = Fusion::default().with(Silent, 10.0).unwrap().rank(&case);
    assert_eq!(with, Fusion::default().rank(&case));
    assert!(Fusion::empty().rank(&case).is_empty() && Fusion::empty().diagnose(&case).is_none());
    assert!(
        Fusion::default().with(Silent, 0.0).is_err() && Fusion::default().with(Silent, f64::NAN).is_err()
    );
}

#[test]
fn a_settled_fusion_can_be_put_together() {
    let shift = MetricShift::builder().guard(Duration::from_secs(20)).build().unwrap();
    let fusion = Fusion::empty()
        .with(ExplainAway::new(shift), 1.0)
        .unwrap()
        .with(SymptomCorrelation::default(), 0.3)
        .unwrap();
    let graph = graph();
    let symptom = column(99, 0.01, 0.5);
    let case = shop(&DRY_POOL).graph(&graph).symptom(&symptom).symptom_at("edge").build().unwrap();
    assert_eq!(fusion.rank(&case).first().unwrap().component(), &"store");
    assert!(format!("{fusion:?}").contains("0.3"));
    let unrelated = Case::builder(START, STEP, at(FAULT)).metric(metric("a", "cpu", vec![])).build().unwrap();
    assert!(fusion.rank(&unrelated).is_empty());
}

#[test]
fn two_faults_on_different_branches_are_two_diagnoses() {
    let graph = Graph::from_edges([
        ("edge", "cart", 1.0),
        ("edge", "catalog", 1.0),
        ("cart", "payments", 1.0),
        ("catalog", "store", 1.0),
    ])
    .unwrap();
    let first =
        [("store", "latency_p99", 40.0), ("catalog", "latency_p99", 38.0), ("edge", "latency_p99", 36.0)];
    let found = |faults: &[(&str, &str, f64)], most: usize| -> Vec<String> {
        let case = shop(faults).graph(&graph).symptom_at("edge").build().unwrap();
        let all = Fusion::default().diagnose_all(&case, most);
        all.iter().map(|diagnosis| diagnosis.causes()[0].component.to_string()).collect()
    };
    assert_eq!(found(&first, 5), ["store"]);
    let mut both = first.to_vec();
    both.extend([("payments", "latency_p99", 20.0), ("cart", "latency_p99", 18.0)]);
    assert_eq!(found(&both, 5), ["store", "payments"]);
    assert_eq!(found(&both, 1), ["store"]);
    assert!(found(&both, 0).is_empty() && found(&[], 5).is_empty());
    // Without calls nobody knows what the first explains.
    let case = shop(&[("store", "cpu", 4.0), ("payments", "cpu", 3.0)]).build().unwrap();
    assert!(Fusion::default().diagnose_all(&case, 5).len() <= 1);
}
