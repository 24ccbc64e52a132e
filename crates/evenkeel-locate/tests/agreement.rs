//! Who moves with the symptom.

use crate::shop::{FAULT, ROWS, START, STEP, at, column, metric};
use evenkeel_locate::{Agreement, Case, Localizer, MetricShift};

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
    let ranking = Agreement::default().rank(&case);
    let score =
        |name: &str| ranking.suspects().iter().find(|suspect| suspect.component() == name).map(|s| s.score());
    assert!(score("follows").unwrap() > 0.9 && score("leads").unwrap() > 0.9);
    assert!(score("jumps").unwrap() < 0.6);
    assert_eq!((score("demand"), score("constant")), (None, None));
    assert!(score("harmless").unwrap_or(0.0) < 0.5);
}

#[test]
fn without_a_symptom_it_abstains() {
    let case = |symptom: Option<Vec<f64>>| {
        let case = Case::builder(START, STEP, at(FAULT)).metric(metric("a", "latency", column(1, 1.0, 5.0)));
        symptom.into_iter().fold(case, |case, symptom| case.symptom(symptom)).build().unwrap()
    };
    assert!(Agreement::default().rank(&case(None)).is_empty());
    assert!(Agreement::default().rank(&case(Some(vec![0.1; ROWS]))).is_empty());
    assert!(Agreement::default().rank(&case(Some(vec![f64::NAN; ROWS]))).is_empty());
    assert!(Agreement::default().rank(&case(Some(vec![]))).is_empty());
    assert!(Agreement::builder().lag(2000).build().is_err());
}
