//! The published baselines (N-Sigma, RobustScorer) by hand; their reference values are in `reference`.

use crate::shop::{START, STEP, at, metric};
use evenkeel_core::Unit;
use evenkeel_locate::{Case, Localizer, NSigma, RobustScorer};

const NORMAL: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 10.0];

#[test]
fn scores_by_hand() {
    // Mean 4, variance (9 + 4 + 1 + 0 + 36) / 5 = 10.
    assert!((NSigma::score(&NORMAL, &[9.0, 14.0]).unwrap() - 10.0 / 10.0_f64.sqrt()).abs() < 1e-15);
    // Quartiles 2 and 4, median 3.
    assert_eq!(RobustScorer::new().score(&NORMAL, &[9.0, -20.0]), Some(3.0));
    assert_eq!(RobustScorer::new().absolute().score(&NORMAL, &[9.0, -20.0]), Some(11.5));
    assert_eq!(RobustScorer::new().score(&NORMAL, &[-1.0, -20.0]), Some(-2.0));
    assert_eq!(RobustScorer::by_rank().score(&NORMAL, &[-1.0, -20.0]), Some(2.0));
    // No spread counts as 1.
    assert_eq!(RobustScorer::new().score(&[5.0; 4], &[7.5]), Some(2.5));
    assert_eq!(NSigma::score(&[5.0; 4], &[7.5]), Some(2.5));
}

#[test]
fn missing_values_are_skipped() {
    let gaps = [1.0, f64::NAN, 2.0, 3.0, 4.0, f64::INFINITY, 10.0];
    assert_eq!(NSigma::score(&gaps, &[f64::NAN, 14.0]), NSigma::score(&NORMAL, &[14.0]));
    assert_eq!(RobustScorer::new().score(&gaps, &[f64::NAN, 9.0]), Some(3.0));
    assert_eq!(RobustScorer::by_rank().score(&[], &[1.0]), None);
    assert_eq!((NSigma::score(&NORMAL, &[]), NSigma::score(&[f64::NAN], &[1.0])), (None, None));
}

#[test]
fn constant_columns_are_left_out_and_bytes_are_megabytes() {
    let case = Case::builder(START, STEP, at(5))
        .metrics([
            metric("a", "flat_before", [&[1.0; 5][..], &[5.0, 9.0]].concat()),
            metric("b", "flat_after", [&NORMAL[..], &[5.0, 5.0]].concat()),
            metric("c", "moves", [&NORMAL[..], &[9.0, 8.0]].concat()),
            metric("d", "memory", [1e6, 1e6, 1e6, 1e6, 2e6, 3e6, 4e6].to_vec()).unit(Unit::Bytes),
        ])
        .build()
        .unwrap();
    let names = |ranking: &evenkeel_locate::Ranking| -> Vec<(String, f64)> {
        ranking.suspects().iter().map(|suspect| (suspect.component().to_string(), suspect.score())).collect()
    };
    assert_eq!(names(&RobustScorer::new().rank(&case)), [("c".into(), 3.0), ("d".into(), 3.0)]);
    assert_eq!(names(&RobustScorer::new().in_bytes().rank(&case)), [("d".into(), 3e6), ("c".into(), 3.0)]);
    assert_eq!(RobustScorer::by_rank().rank(&case).suspects().len(), 4);
    assert_eq!(NSigma.rank(&case).suspects().len(), 2);
}
