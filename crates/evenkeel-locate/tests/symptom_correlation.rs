//! Correlation with the symptom.

use crate::shop::{FAULT, ROWS, START, STEP, at, column, graph, metric};
use evenkeel_locate::{Case, Localizer, MetricShift, SymptomCorrelation};

#[test]
fn what_moves_with_the_symptom_is_told_from_what_merely_moves() {
    let symptom: Vec<f64> =
        (0..ROWS).map(|row| if row >= FAULT && row % 9 < 5 { 0.5 } else { 0.01 }).collect();
    let follows: Vec<f64> = symptom
        .iter()
        .zip(column(1, 0.02, 0.02))
        .map(|(bad, noise)| noise + if *bad > 0.1 { 0.1 } else { 0.0 })
        .collect();
    let early = (0..ROWS).map(|row| follows[(row + 1).min(ROWS - 1)]).collect();
    let jumps: Vec<f64> =
        (0..ROWS).map(|row| if row >= FAULT - 40 { 9.0 } else { 0.5 + 0.001 * row as f64 }).collect();
    let falls = symptom.iter().map(|bad| 1.0 - bad).collect();
    let case = Case::builder(START, STEP, at(FAULT))
        .metrics([
            metric("jumps", "latency", jumps),
            metric("follows", "latency", follows.clone()),
            metric("leads", "latency", early),
            metric("harmless", "latency", falls),
            metric("demand", "requests", symptom.clone()),
            metric("constant", "latency", vec![0.3; ROWS]),
        ])
        .symptom(&symptom)
        .build()
        .unwrap();
    assert_eq!(MetricShift::default().rank(&case).first().unwrap().component(), &"jumps");
    let ranking = SymptomCorrelation::default().rank(&case);
    let score =
        |name: &str| ranking.suspects().iter().find(|suspect| suspect.component() == name).map(|s| s.score());
    assert!(score("follows").unwrap() > 0.9 && score("leads").unwrap() > 0.9);
    assert!(score("jumps").unwrap() < 0.6);
    assert_eq!((score("demand"), score("constant")), (None, None));
    assert!(score("harmless").unwrap_or(0.0) < 0.5);
}

/// A symptom in the two pieces of a ring is the same as in one.
#[test]
fn a_symptom_may_lie_in_a_ring() {
    let symptom = column(9, 0.01, 0.5);
    let ranked = |cut: Option<usize>| {
        let case = Case::builder(START, STEP, at(FAULT)).metrics([
            metric("follows", "latency", column(9, 0.1, 5.0)),
            metric("other", "latency", column(2, 0.1, 0.1)),
        ]);
        let case = match cut {
            Some(cut) => case.symptom_ring(symptom.split_at(cut)),
            None => case.symptom(&symptom),
        };
        SymptomCorrelation::default().rank(&case.build().unwrap())
    };
    let whole = ranked(None);
    assert_eq!(whole.first().unwrap().component(), &"follows");
    for cut in [0, 1, FAULT, ROWS - 1, ROWS] {
        assert_eq!(ranked(Some(cut)), whole, "{cut}");
    }
}

#[test]
fn without_a_symptom_it_abstains() {
    let case = |symptom: Option<Vec<f64>>| {
        let case = Case::builder(START, STEP, at(FAULT)).metric(metric("a", "latency", column(1, 1.0, 5.0)));
        symptom.into_iter().fold(case, |case, symptom| case.symptom(symptom)).build().unwrap()
    };
    assert!(SymptomCorrelation::default().rank(&case(None)).is_empty());
    assert!(SymptomCorrelation::default().rank(&case(Some(vec![0.1; ROWS]))).is_empty());
    assert!(SymptomCorrelation::default().rank(&case(Some(vec![f64::NAN; ROWS]))).is_empty());
    assert!(SymptomCorrelation::default().rank(&case(Some(vec![]))).is_empty());
    assert!(SymptomCorrelation::builder().lag(2000).build().is_err());
}

/// A value holds until the next one is due: a component that is scraped every 3 s is heard as well as one
/// that is scraped every 0.25 s.
#[test]
fn slow_scrapes_agree_as_well() {
    let symptom = column(9, 0.01, 0.5);
    let slow: Vec<f64> =
        (0..).zip(column(2, 1.0, 30.0)).map(|(row, x)| if row % 12 == 2 { x } else { f64::NAN }).collect();
    // So few rows that seven values are left without holding.
    let agreement = SymptomCorrelation::builder().guard(40 * STEP).build().unwrap();
    let case = Case::builder(START, STEP, at(FAULT)).metric(metric("a", "latency", slow)).symptom(symptom);
    let ranking = agreement.rank(&case.build().unwrap());
    assert!(ranking.first().unwrap().score() > 0.5, "{ranking:?}");
    assert!(ranking.unexamined().is_empty());
}

/// What varies by less than anybody can feel agrees with nothing, and was looked at all the same.
#[test]
fn a_move_that_nobody_feels_agrees_with_nothing() {
    let symptom: Vec<f64> = (0..ROWS).map(|row| if row < FAULT { 0.0 } else { 0.5 }).collect();
    let rank = |name: &str, scale: f64| {
        let values = symptom.iter().map(|x| scale * x).collect();
        let case =
            Case::builder(START, STEP, at(FAULT)).metric(metric("a", name, values)).symptom(symptom.clone());
        SymptomCorrelation::default().rank(&case.build().unwrap())
    };
    assert!(rank("error_share", 1.0).first().unwrap().score() > 0.99);
    let tiny = rank("error_share", 1e-9);
    assert!(tiny.is_empty() && tiny.unexamined().is_empty(), "{tiny:?}");
    assert!(rank("wait_seconds", 1e-6).is_empty());
}

/// Who cannot be examined is said to be so: silent ones, absent ones, those that began with the fault and
/// agree with nothing.
#[test]
fn it_says_what_it_could_not_examine() {
    let graph = graph();
    let part = |rows: std::ops::Range<usize>| -> Vec<f64> {
        let column = column(2, 1.0, 1.0);
        (0..ROWS).map(|row| if rows.contains(&row) { column[row] } else { f64::NAN }).collect()
    };
    let case = Case::builder(START, STEP, at(FAULT))
        .graph(&graph)
        .symptom(column(9, 0.01, 0.5))
        .metric(metric("edge", "latency", column(3, 1.0, 30.0)))
        .metric(metric("cart", "latency", column(4, 1.0, 1.0)))
        .metric(metric("catalog", "latency", part(0..FAULT)))
        .metric(metric("store", "latency", part(FAULT..ROWS)));
    let ranking = SymptomCorrelation::default().rank(&case.build().unwrap());
    assert_eq!(ranking.unexamined(), ["catalog", "payments", "store"]);
}
